package notice

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// Numbers are read eight digits at once: of every length they are those that strconv reads.
func FuzzParse(f *testing.F) {
	for digits := range maxDigits + 2 {
		f.Add(strings.Repeat("9", digits), strings.Repeat("1", maxDigits-min(digits, maxDigits)), byte(','), false)
	}
	f.Add("007", strconv.Itoa(math.MaxInt64), byte('\t'), true)
	f.Add("1/", "1:", byte(' '), false)
	f.Add("-0", "1", byte(','), false)
	f.Fuzz(func(t *testing.T, a, b string, divider byte, windows bool) {
		if strings.ContainsAny(a+b, ", \t\r\n#") || !divides[divider] {
			return
		}
		line := a + string(rune(divider)) + b + map[bool]string{false: "\n", true: "\r\n"}[windows]
		text := append([]byte(line+line), make([]byte, pad)...)
		ids, _, err := parse(text[:2*len(line)], nil)
		first, errA := strconv.ParseUint(a, 10, 63)
		second, errB := strconv.ParseUint(b, 10, 63)
		if errA != nil || errB != nil {
			if err == nil {
				t.Errorf("%q was read as %d", line, ids)
			}
			return
		}
		if want := []uint64{first, second, first, second}; err != nil || fmt.Sprint(ids) != fmt.Sprint(want) {
			t.Errorf("%q was read as %d, %v", line, ids, err)
		}
	})
}
