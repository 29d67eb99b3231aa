package tally

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a BLT file, and where.
type SyntaxError struct {
	Line int // from 1
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// ReadBLT reads an election from a BLT file: candidates and seats; withdrawn candidates as -3; a line for each paper or for papers that say
// the same, as in "12 4 1 3 0"; a line 0; the candidates' names and the title, each on a line and in quotes. Comments begin with #.
//
// What a voter did is not an error of the file. Two candidates at one preference (4=1), a preference left out (-) and a candidate named again
// leave doubt about what follows, so the paper is read up to there; it is blank when that is its beginning. What no paper can say is an
// error: a number that no candidate has, say.
//
// Size is about how many bytes there will be, so that room can be made at once; 0 if that is not known.
func ReadBLT(r io.Reader, size int64) (*Election, error) {
	p := &reader{lines: lines{from: r, buf: make([]byte, 0, maxLine)}, election: &Election{Ballots: roomFor(size)}}
	err := p.read()
	var syntax *SyntaxError
	switch {
	case err == nil:
		return p.election, nil
	case errors.As(err, &syntax) || p.failed != nil:
		return nil, err
	}
	return nil, &SyntaxError{Line: p.number, What: err.Error()}
}

// reader reads one file.
type reader struct {
	lines
	election *Election
	seen     [MaxCandidates + 1]uint32 // by candidate: the last paper that named them
	paper    uint32
}

func (p *reader) read() error {
	if err := p.head(); err != nil {
		return err
	}
	if err := p.withdrawn(); err != nil {
		return err
	}
	for {
		end, err := p.onePaper()
		if err != nil {
			return err
		}
		if end {
			break
		}
		if err := p.mustAdvance("a paper, or the 0 that ends the papers"); err != nil {
			return err
		}
	}
	return p.names()
}

// head reads the numbers of candidates and of seats.
func (p *reader) head() error {
	const what = "the numbers of candidates and of seats, as in 4 2"
	if err := p.mustAdvance(what); err != nil {
		return err
	}
	fields := strings.Fields(string(p.line))
	if len(fields) != 2 {
		return fmt.Errorf("here belong %s", what)
	}
	candidates, seats := parseCount(fields[0]), parseCount(fields[1])
	switch {
	case candidates < 0 || seats < 0:
		return fmt.Errorf("here belong %s", what)
	case candidates < 1 || candidates > MaxCandidates:
		return fmt.Errorf("there can be from 1 to %d candidates, not %s", MaxCandidates, fields[0])
	case seats < 1 || seats > MaxSeats:
		return fmt.Errorf("there can be from 1 to %d seats, not %s", MaxSeats, fields[1])
	}
	p.election.Candidates = make([]string, candidates)
	p.election.Seats = seats
	return nil
}

// withdrawn reads lines of withdrawn candidates, and leaves the first line of another kind.
func (p *reader) withdrawn() error {
	for {
		if err := p.mustAdvance("a paper, or the 0 that ends the papers"); err != nil {
			return err
		}
		if p.line[0] != '-' {
			return nil
		}
		for field := range strings.FieldsSeq(string(p.line)) {
			number, negative := strings.CutPrefix(field, "-")
			c := parseCount(number)
			switch {
			case !negative || c < 1:
				return fmt.Errorf("%s is not a withdrawn candidate, as -3 is", quoted(field))
			case c > len(p.election.Candidates):
				return fmt.Errorf("candidate %d withdrew, but there are %d candidates", c, len(p.election.Candidates))
			case slices.Contains(p.election.Withdrawn, c):
				return fmt.Errorf("candidate %d withdrew twice", c)
			}
			p.election.Withdrawn = append(p.election.Withdrawn, c)
		}
	}
}

// onePaper reads the line of a paper, and reports whether it was the 0 that ends them.
func (p *reader) onePaper() (end bool, err error) {
	papers, rest, err := p.weight()
	if err != nil {
		return false, err
	}
	if papers == 0 {
		if len(bytes.TrimLeft(rest, " \t")) > 0 {
			return false, errors.New("a line says that there are 0 such papers")
		}
		return true, nil
	}
	b := &p.election.Ballots
	b.preferences = slices.Grow(b.preferences, len(rest)+1)
	begun := len(b.preferences)
	n, doubt, err := p.preferences(rest, b.preferences[begun:cap(b.preferences)])
	if err != nil {
		return false, err
	}
	if doubt {
		b.cutShort += papers
	}
	b.preferences = b.preferences[:begun+n]
	return false, b.seal(begun, papers)
}

// preferences reads a paper up to its 0, into room for them, and says how many there are before any doubt. It works byte by byte and without
// append, because it is where reading a million papers spends its time.
func (p *reader) preferences(rest, into []byte) (n int, doubt bool, err error) {
	p.paper++
	for i := 0; i < len(rest); {
		if rest[i] == ' ' || rest[i] == '\t' {
			i++
			continue
		}
		from, c := i, 0
		for i < len(rest) && rest[i]-'0' <= 9 && c <= MaxCandidates {
			c = 10*c + int(rest[i]-'0')
			i++
		}
		switch {
		case i == from || i < len(rest) && rest[i] != ' ' && rest[i] != '\t':
			i = wordEnd(rest, from)
			if err := p.doubtful(string(rest[from:i])); err != nil {
				return 0, false, err
			}
			doubt = true
		case c == 0:
			if after := trimmed(rest[i:]); len(after) > 0 {
				return 0, false, fmt.Errorf("%s follows the 0 that ends the paper", quoted(string(after)))
			}
			return n, doubt, nil
		case c > len(p.election.Candidates):
			return 0, false, fmt.Errorf("there is no candidate %s: there are %d", rest[from:i], len(p.election.Candidates))
		case doubt || p.seen[c] == p.paper:
			doubt = true
		default:
			p.seen[c] = p.paper
			into[n] = byte(c)
			n++
		}
	}
	return 0, false, errors.New("the paper does not end with 0")
}

// weight reads how many papers a line stands for.
func (p *reader) weight() (papers int64, rest []byte, err error) {
	end := wordEnd(p.line, 0)
	for _, d := range p.line[:end] {
		if d-'0' > 9 {
			return 0, nil, fmt.Errorf("%s is not a number of papers", quoted(string(p.line[:end])))
		}
		if papers = 10*papers + int64(d-'0'); papers > MaxPapers {
			return 0, nil, ErrTooManyPapers
		}
	}
	return papers, p.line[end:], nil
}

// doubtful checks a word that is no single candidate: a preference left out, or candidates at one preference.
func (p *reader) doubtful(word string) error {
	if word == "-" {
		return nil
	}
	for part := range strings.SplitSeq(word, "=") {
		switch c := parseCount(part); {
		case c < 1:
			return fmt.Errorf("%s is not a preference", quoted(word))
		case c > len(p.election.Candidates):
			return fmt.Errorf("there is no candidate %s: there are %d", part, len(p.election.Candidates))
		}
	}
	return nil
}

// names reads the candidates' names and the title.
func (p *reader) names() error {
	for i := range p.election.Candidates {
		what := fmt.Sprintf("the name of candidate %d, in quotes", i+1)
		if err := p.mustAdvance(what); err != nil {
			return err
		}
		name, err := parseName(p.line, what)
		if err != nil {
			return err
		}
		if name == "" {
			return fmt.Errorf("candidate %d has no name", i+1)
		}
		p.election.Candidates[i] = name
	}
	more, err := p.advance()
	if err != nil || !more {
		return err
	}
	if p.election.Title, err = parseName(p.line, "the title, in quotes"); err != nil {
		return err
	}
	if more, err = p.advance(); err != nil || !more {
		return err
	}
	return errors.New("nothing belongs after the title")
}

// parseName takes the words out of their quotes. Quotes among the words stay; both "" and \" may stand for one.
func parseName(line []byte, what string) (string, error) {
	text := strings.TrimRight(string(line), " \t")
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", fmt.Errorf("here belongs %s", what)
	}
	name := strings.NewReplacer(`\"`, `"`, `""`, `"`).Replace(text[1 : len(text)-1])
	if !utf8.ValidString(name) {
		return "", errors.New("the name is not in UTF-8")
	}
	if strings.ContainsFunc(name, unprintable) {
		return "", errors.New("the name holds a character that cannot be printed")
	}
	return strings.TrimSpace(strings.ReplaceAll(name, "\t", " ")), nil
}

// unprintable are characters that would make a page or a terminal show something else than it says.
func unprintable(r rune) bool {
	reorders := r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029' || reorders
}

// parseCount is a number in plain digits; -1: it is none, or far too large for anything here.
func parseCount(word string) int {
	if word == "" || len(word) > 9 || strings.Trim(word, "0123456789") != "" {
		return -1
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		return -1
	}
	return n
}

func wordEnd(line []byte, from int) int {
	for i := from; i < len(line); i++ {
		if line[i] == ' ' || line[i] == '\t' {
			return i
		}
	}
	return len(line)
}

// quoted is a piece of the file to show in an error, not too long and safe to print.
func quoted(word string) string {
	const most = 40
	if len(word) > most {
		word = word[:most] + "…"
	}
	return strconv.Quote(strings.ToValidUTF8(word, "\uFFFD"))
}
