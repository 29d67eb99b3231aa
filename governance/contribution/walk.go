package contribution

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"folkmoot/internal/identity"
)

const (
	mostCommits = 1_000_000 // of a repository; each is some bytes in memory while it is walked
	oldInARow   = 100       // commits that are too old, after which the rest is, too: some clocks are wrong
)

var errTooManyCommits = errors.New("the repository has more commits than a walk can take")

// history is a repository's commits from one of them back.
type history struct {
	store storer.EncodedObjectStorer
	head  plumbing.Hash
}

// walk reads the main line of a repository: the commits that its maintainers put there, each the first parent of the next. What was merged
// by squashing or rebasing is a commit of the main line; what was merged with a merge commit is the work of the commits that it brought
// in, not of whoever pressed the button. Without all, only changes that have a number are told.
func walk(h history, since, now time.Time, all bool) ([]Merged, error) {
	line, err := h.mainLine(since)
	if err != nil {
		return nil, err
	}
	var found []Merged
	seen := map[plumbing.Hash]bool{}
	for i, c := range slices.Backward(line) {
		if i == len(line)-1 { // the oldest: what it brought in was merged before, or is nobody's news
			for _, parent := range c.ParentHashes {
				if _, err := h.bringsIn(parent, seen); err != nil {
					return nil, err
				}
			}
		}
		brought := []*object.Commit{c}
		for n, parent := range c.ParentHashes {
			commits, err := h.bringsIn(parent, seen)
			if err != nil {
				return nil, err
			}
			if n == 1 {
				brought = nil // a merge: its own author merged, and its message is a forge's
			}
			if n > 0 {
				brought = append(brought, commits...)
			}
		}
		seen[c.Hash] = true
		m := mergedBy(c, brought, now)
		if c.Committer.When.Before(since) || !all && m.Number == m.SHA {
			continue
		}
		found = append(found, m)
	}
	return found, nil
}

// mainLine is the first parents from the head back, the newest first, as far as they are not all too old.
func (h history) mainLine(since time.Time) (line []*object.Commit, err error) {
	old := 0
	for at := h.head; old < oldInARow; {
		c, err := object.GetCommit(h.store, at)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return line, nil // a shallow clone ends here
		}
		if err != nil {
			return nil, err
		}
		if line = append(line, c); len(line) > mostCommits {
			return nil, errTooManyCommits
		}
		if old++; !c.Committer.When.Before(since) {
			old = 0
		}
		if len(c.ParentHashes) == 0 {
			return line, nil
		}
		at = c.ParentHashes[0]
	}
	return line, nil
}

// bringsIn is what can be reached from a commit and was not seen before. It is seen from now on.
func (h history) bringsIn(from plumbing.Hash, seen map[plumbing.Hash]bool) (found []*object.Commit, err error) {
	for todo := []plumbing.Hash{from}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[at] {
			continue
		}
		if seen[at] = true; len(seen) > mostCommits {
			return nil, errTooManyCommits
		}
		c, err := object.GetCommit(h.store, at)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, c)
		todo = append(todo, c.ParentHashes...)
	}
	return found, nil
}

// numbers are how forges write a change's number into the commit that merges it.
var numbers = []*regexp.Regexp{
	regexp.MustCompile(`\A[^\n]*\(#(\d{1,12})\)[ \t]*(?:\n|\z)`),                             // squashed, at GitHub, Gitea and others
	regexp.MustCompile(`\AMerge pull request #(\d{1,12}) from `),                             // GitHub
	regexp.MustCompile(`\AMerge pull request '[^\n]*' \(#(\d{1,12})\) from [^\n]*(?:\n|\z)`), // Gitea, Forgejo
	regexp.MustCompile(`(?m)^See merge request [^\s!]+!(\d{1,12})[ \t]*$`),                   // GitLab
}

func numberIn(message string) string {
	for _, form := range numbers {
		if m := form.FindStringSubmatch(message); m != nil {
			return strings.TrimLeft(m[1], "0")
		}
	}
	return ""
}

// mergedBy is a commit of the main line as a merged change.
func mergedBy(c *object.Commit, brought []*object.Commit, now time.Time) Merged {
	title, _, _ := strings.Cut(c.Message, "\n")
	m := Merged{Number: numberIn(c.Message), Title: short(title, longestTitle), SHA: c.Hash.String(), MergedAt: c.Committer.When.UTC(), Source: ByWalk}
	if m.Number == "" {
		m.Number = m.SHA
	}
	if m.MergedAt.After(now) {
		m.MergedAt = now // somebody's clock is ahead; nothing was merged after it was seen
	}
	people, programs := authors(c, brought)
	m.By = people
	switch {
	case takesBack(m.Title):
		m.Ignored = Revert
	case len(people) == 0 && programs:
		m.Ignored = Bot
	}
	said := struct {
		Commit    string   `json:"commit"`
		Parents   []string `json:"parents"`
		Committed string   `json:"committed"`
		Subject   string   `json:"subject"`
		Brought   int      `json:"brought"`
	}{m.SHA, nil, c.Committer.When.Format(time.RFC3339), m.Title, len(brought)}
	for _, p := range c.ParentHashes {
		said.Parents = append(said.Parents, p.String())
	}
	m.Evidence, _ = json.Marshal(said) //nolint:errchkjson // strings and a number
	return m
}

// authors are those of the commits, and the co-authors whom they and the merge name; and whether a program was among them.
func authors(c *object.Commit, brought []*object.Commit) (people []Authorship, programs bool) {
	credit := func(name, email string, part Part) {
		if bot(name) || strings.Contains(email, "[bot]@") {
			programs = true
			return
		}
		who, ok := named(name, email)
		if ok && !slices.ContainsFunc(people, func(a Authorship) bool { return a.same(who) }) {
			people = append(people, Authorship{who, part})
		}
	}
	for _, b := range brought {
		if len(b.ParentHashes) < 2 { // whoever merged another branch into theirs wrote nothing by it
			credit(b.Author.Name, b.Author.Email, Author)
		}
	}
	for _, b := range append(slices.Clone(brought), c) {
		for _, t := range trailers(b.Message) {
			credit(t.name, t.email, CoAuthor)
		}
	}
	return people, programs
}

// githubs are the addresses that GitHub gives to those who hide theirs. The number in it is that of the account.
var githubs = regexp.MustCompile(`(?i)\A(\d{1,18})\+([a-z0-9][a-z0-9-]*)@users\.noreply\.github\.com\z`)

// named is whom an author's line names.
func named(name, email string) (Identity, bool) {
	email = strings.TrimSpace(email)
	if m := githubs.FindStringSubmatch(email); m != nil {
		return Identity{GitHub, strings.TrimLeft(m[1], "0"), m[2]}, true
	}
	address, err := identity.ParseAddress(email)
	return Identity{Git, address.Value, short(strings.TrimSpace(name), longestLogin)}, err == nil
}

type trailer struct{ name, email string }

var coAuthors = regexp.MustCompile(`(?i)\Aco-authored-by:\s*([^<>]*?)\s*<([^<>\s]+)>\s*\z`)

const mostTrailers = 100

// trailers are the co-authors that a message names in its last paragraph. Words further up may be anybody's, quoted.
func trailers(message string) (found []trailer) {
	paragraphs := regexp.MustCompile(`\n\s*\n`).Split(strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n")), -1)
	if len(paragraphs) < 2 {
		return nil
	}
	for said := range strings.SplitSeq(paragraphs[len(paragraphs)-1], "\n") {
		if m := coAuthors.FindStringSubmatch(said); m != nil && len(found) < mostTrailers {
			found = append(found, trailer{m[1], m[2]})
		}
	}
	return found
}
