package billing

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"folkmoot/internal/calendar"
)

// ChainFile is the name of the file that holds a line for each month, from the first that was ever closed.
const ChainFile = "chain.txt"

// Edition is one month as it was published.
type Edition struct {
	Book  Book
	Files []BookFile
	Line  string // of the chain
	Head  string // the chain's hash up to this month
}

// edition publishes a month behind another's head; the first one's is "".
func edition(b Book, before string) Edition {
	e := Edition{Book: b, Files: b.files()}
	words := []string{b.Month.String()}
	for _, f := range e.Files {
		words = append(words, f.Name+"="+hashed(f.Text))
	}
	e.Head = link(before, words)
	e.Line = strings.Join(append(words, e.Head), " ")
	return e
}

func hashed(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// link is the hash over a month's words and the hash before.
func link(before string, words []string) string {
	return hashed([]byte(before + "\n" + strings.Join(words, " ") + "\n"))
}

// Chain is the text of the chain up to the last of some editions, which must begin with the first month.
func Chain(editions []Edition) []byte {
	var t bytes.Buffer
	for _, e := range editions {
		t.WriteString(e.Line + "\n")
	}
	return t.Bytes()
}

// ErrBooksChanged says that published books are not what they were.
var ErrBooksChanged = errors.New("the books are not as they were published")

func changed(where, why string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", where, fmt.Sprintf(why, args...), ErrBooksChanged)
}

// VerifyBooks checks a directory of published books: that the chain holds together and ends in head (if that is not ""), that every file
// is one of the chain's, unchanged, and that no month between the first file and the end of the chain is missing. It returns the head.
func VerifyBooks(dir fs.FS, head string) (string, error) {
	text, err := fs.ReadFile(dir, ChainFile)
	if err != nil {
		return "", fmt.Errorf("read the chain: %w", err)
	}
	months, want, end, err := readChain(string(text))
	if err != nil {
		return "", err
	}
	if head != "" && head != end {
		return "", changed(fmt.Sprintf("%s line %d", ChainFile, len(months)), "it ends in %s, not in the head that you were told", end)
	}
	files, err := fs.ReadDir(dir, ".")
	if err != nil {
		return "", err
	}
	there := map[string]bool{}
	for _, f := range files {
		if f.Name() == ChainFile {
			continue
		}
		sum, ours := want[f.Name()]
		if !ours {
			return "", changed(f.Name(), "the chain does not know it")
		}
		got, err := fs.ReadFile(dir, f.Name())
		if err != nil {
			return "", err
		}
		if hashed(got) != sum {
			return "", changed(f.Name(), "its SHA-256 is %s and the chain has %s", hashed(got), sum)
		}
		there[f.Name()] = true
	}
	return end, complete(months, want, there)
}

// complete looks for months that are missing. Which forms there should be is told by those that are there.
func complete(months []string, want map[string]string, there map[string]bool) error {
	began := map[string]bool{}
	for _, m := range months {
		for _, name := range slices.Sorted(maps.Keys(want)) {
			form, ofMonth := strings.CutPrefix(name, m)
			switch {
			case !ofMonth:
			case there[name]:
				began[form] = true
			case began[form]:
				return changed(name, "it is missing")
			}
		}
	}
	if len(there) == 0 {
		return changed(ChainFile, "there is no file beside it")
	}
	return nil
}

// readChain takes the chain apart and joins it again, byte by byte.
func readChain(text string) (months []string, want map[string]string, head string, err error) {
	want = map[string]string{}
	lines := strings.SplitAfter(text, "\n")
	if last := lines[len(lines)-1]; last != "" || len(lines) == 1 {
		return nil, nil, "", changed(fmt.Sprintf("%s line %d", ChainFile, len(lines)), "it is cut off")
	}
	var before calendar.Month
	for i, line := range lines[:len(lines)-1] {
		where := fmt.Sprintf("%s line %d", ChainFile, i+1)
		words := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		month, err := calendar.ParseMonth(words[0])
		if err != nil {
			return nil, nil, "", changed(where, "%v", err)
		}
		if i > 0 && month != before.Add(1) {
			return nil, nil, "", changed(where, "%s does not follow %s", month, before)
		}
		last := len(words) - 1
		if last < 1 || link(head, words[:last]) != words[last] {
			return nil, nil, "", changed(where+" ("+month.String()+")", "its hash does not follow from what it says and the line before")
		}
		for _, w := range words[1:last] {
			name, sum, ok := strings.Cut(w, "=")
			if !ok || !strings.HasPrefix(name, month.String()) {
				return nil, nil, "", changed(where, "%q is no file of %s", w, month)
			}
			want[name] = sum
		}
		months, before, head = append(months, month.String()), month, words[last]
	}
	return months, want, head, nil
}
