package election

// ReadRuleBooks is for tests of files that are not the society's.
var ReadRuleBooks = readRuleBooks

// LookUp has a job look up so many members for a roll.
func (e *Elections) LookUp(members int) { e.membersAtOnce = members }
