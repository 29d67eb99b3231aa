package notice

import (
	"bytes"
	"strconv"
)

// Histogram is how many people have which degree.
type Histogram struct {
	Counts      []int // by degree, up to Max
	Unreachable int
	Max         int // the greatest degree that anybody has
}

// NewHistogram counts degrees.
func NewHistogram(degrees []int32) Histogram {
	var h Histogram
	for _, d := range degrees {
		if d == Unreachable {
			h.Unreachable++
			continue
		}
		for int(d) >= len(h.Counts) {
			h.Counts = append(h.Counts, 0)
		}
		h.Counts[d]++
	}
	h.Max = max(0, len(h.Counts)-1)
	return h
}

// MarshalJSON names the degrees in their order: {"0":5,"1":12,"unreachable":3}.
func (h Histogram) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for d, n := range h.Counts {
		out.WriteString(strconv.Quote(strconv.Itoa(d)) + ":" + strconv.Itoa(n) + ",")
	}
	out.WriteString(`"unreachable":` + strconv.Itoa(h.Unreachable) + "}")
	return out.Bytes(), nil
}
