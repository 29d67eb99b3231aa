package notice

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// maxLine is the longest line that a list may have, in bytes.
const maxLine = 4 << 10

var errLongLine = fmt.Errorf("the line is longer than %d bytes", maxLine)

// SyntaxError says what is wrong with a list of edges or of payers, and where.
type SyntaxError struct {
	Line int // from 1; 0: the whole of it
	What string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.What
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.What)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// afterHeader is where a list begins that may have one line of names above it. What has a number in it is no header.
func afterHeader(text []byte) int {
	from := len(text) - len(bytes.TrimPrefix(text, byteOrderMark))
	line, _, found := bytes.Cut(text[from:], []byte("\n"))
	if first := bytes.TrimSpace(line); len(first) == 0 || first[0] == '#' {
		return from
	}
	for _, field := range fieldsOf(bytes.Trim(line, " \t\r")) {
		if len(field) == 0 || bytes.IndexByte([]byte("+-.0123456789"), field[0]) >= 0 {
			return from
		}
	}
	if !found {
		return len(text)
	}
	return from + len(line) + 1
}

// pad is how many bytes have to follow a text, so that both numbers' eight can be had at once.
const pad = 8 + 1 + 8

var divides = [256]bool{',': true, ' ': true, '\t': true}

// parse adds the ids of a text's edges, two a line. The text ends with the end of a line, and pad zeros follow it. If a line is bad, it says
// where that begins, and why.
func parse(text []byte, ids []uint64) (_ []uint64, bad int, _ error) {
	padded := text[:len(text)+pad]
	for i := 0; i < len(text); {
		n, a := eight(padded[i:])
		m, b := eight(padded[i+n+1:])
		if end := i + n + 1 + m; n > 0 && m > 0 && divides[padded[i+n]] && padded[end] == '\n' {
			ids = append(ids, a, b)
			i = end + 1
			continue
		}
		if a, b, after := pair(padded, i); after > 0 {
			ids = append(ids, a, b)
			i = after
			continue
		}
		line, _, _ := bytes.Cut(text[i:], []byte("\n"))
		found, err := idsOf(line, 2)
		if err != nil {
			return ids, i, err
		}
		ids = append(ids, found...)
		i += len(line) + 1
	}
	return ids, 0, nil
}

// pair reads the line at i quickly if it is like nearly all: two numbers, one separator. Otherwise there is nothing after it.
func pair(text []byte, i int) (a, b uint64, after int) {
	a, j := number(text, i)
	if j == i || j-i > maxDigits || !divides[text[j]] {
		return 0, 0, 0
	}
	b, k := number(text, j+1)
	if k == j+1 || k-j-1 > maxDigits || a > math.MaxInt64 || b > math.MaxInt64 {
		return 0, 0, 0
	}
	if text[k] == '\r' {
		k++
	}
	if text[k] != '\n' {
		return 0, 0, 0
	}
	return a, b, k + 1
}

// maxDigits is how many digits the greatest id has.
const maxDigits = 19

// number reads a number quickly: of eight digits at once. More than 19 digits overflow.
func number(text []byte, i int) (n uint64, after int) {
	digits, x := eight(text[i:])
	if digits < 8 {
		return x, i + digits
	}
	for i += digits; text[i]-'0' < 10; i++ {
		x = x*10 + uint64(text[i]-'0')
	}
	return x, i
}

// eight reads up to eight digits as one word: it looks where they end, moves them to the word's end, and adds pairs, fours and eights.
func eight(text []byte) (digits int, n uint64) {
	x := binary.LittleEndian.Uint64(text) ^ 0x3030303030303030
	digits = bits.TrailingZeros64((x+0x7676767676767676|x)&0x8080808080808080) / 8
	x <<= (64 - 8*digits) & 63
	x = x*10 + x>>8
	x = ((x&0x000000ff000000ff)*0x000f424000000064 + (x>>16&0x000000ff000000ff)*0x0000271000000001) >> 32
	return digits, x
}

// idsOf reads a line with care: so many ids, or none if it is blank or a comment.
func idsOf(line []byte, want int) ([]uint64, error) {
	if len(line) > maxLine {
		return nil, errLongLine
	}
	line = bytes.Trim(line, " \t\r")
	if len(line) == 0 || line[0] == '#' {
		return nil, nil
	}
	fields := fieldsOf(line)
	if len(fields) != want {
		return nil, fmt.Errorf("%d ids belong on a line, and here are %d fields", want, len(fields))
	}
	var ids []uint64
	for _, field := range fields {
		id, err := strconv.ParseUint(string(field), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("%q is no id: ids are whole numbers from 0 to %d", field[:min(len(field), 40)], math.MaxInt64)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// fieldsOf divides a line at commas and at space.
func fieldsOf(line []byte) (fields [][]byte) {
	for {
		end := bytes.IndexAny(line, ", \t")
		if end < 0 {
			return append(fields, line)
		}
		fields = append(fields, line[:end])
		line = bytes.TrimLeft(line[end:], " \t")
		if after, comma := bytes.CutPrefix(line, []byte(",")); comma {
			line = bytes.TrimLeft(after, " \t")
		}
	}
}
