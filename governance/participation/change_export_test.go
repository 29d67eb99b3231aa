package participation

import "folkmoot/governance/member"

// PublishedColumn is how the numbers of one answer are told: over all, and by class.
func PublishedColumn(cells []int) (all int, told []int) {
	counted := map[member.Class]map[Stand]int{}
	for i, class := range tallied {
		counted[class] = map[Stand]int{Agree: cells[i]}
	}
	t := publishable(counted)
	for _, class := range tallied {
		told = append(told, t.ByClass[class][Agree])
	}
	return t.All[Agree], told
}
