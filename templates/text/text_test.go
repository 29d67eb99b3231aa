package text

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"
)

var (
	placeholder = regexp.MustCompile(`\{\{?\s*\.?(\w+)\s*\}?\}`)
	pluralForm  = regexp.MustCompile(`\.(zero|one|two|few|many|other)$`)
	quotedKey   = regexp.MustCompile(`"([a-z_]+\.[a-z0-9_]+)"`)
)

// meant reads a language as its keys without plural forms, each with the names it fills in.
func meant(t *testing.T, lang string) map[string][]string {
	t.Helper()
	flat, err := flatten(lang)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for k, words := range flat {
		if strings.TrimSpace(words) == "" {
			t.Errorf("%s: %s is empty", lang, k)
		}
		k = pluralForm.ReplaceAllString(k, "")
		for _, m := range placeholder.FindAllStringSubmatch(words, -1) {
			all[k] = append(all[k], m[1])
		}
		slices.Sort(all[k])
		all[k] = slices.Compact(all[k])
	}
	return all
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	first := meant(t, Languages[0].String())
	for _, l := range Languages[1:] {
		if diff := cmp.Diff(first, meant(t, l.String())); diff != "" {
			t.Errorf("%s differs from %s in keys or placeholders (-%[2]s +%[1]s):\n%[3]s", l, Languages[0], diff)
		}
	}
	for _, name := range names() {
		tag := strings.TrimSuffix(name, ".toml")
		tag = tag[strings.LastIndexByte(tag, '.')+1:]
		if !slices.ContainsFunc(Languages, func(l language.Tag) bool { return l.String() == tag }) {
			t.Errorf("%s is of no language that is offered", name)
		}
	}
}

// TestEveryKeyUsedHasWords reads the pages, the mails and the door: a quoted word.word whose first half is a section must be a key.
func TestEveryKeyUsedHasWords(t *testing.T) {
	have := meant(t, "en")
	sections := map[string]bool{}
	for k := range have {
		section, _, _ := strings.Cut(k, ".")
		sections[section] = true
	}
	seen := 0
	for _, root := range []string{"..", "../../app/web"} {
		tree := os.DirFS(root)
		err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
			ext := filepath.Ext(path)
			if err != nil || d.IsDir() || ext != ".templ" && ext != ".go" || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := fs.ReadFile(tree, path)
			if err != nil {
				return err
			}
			for _, m := range quotedKey.FindAllStringSubmatch(string(source), -1) {
				section, _, _ := strings.Cut(m[1], ".")
				_, ok := have[m[1]]
				_, titled := have[m[1]+"_title"] // the section of a page of trouble
				if sections[section] && !ok && !titled && !strings.HasSuffix(m[1], ".css") && !strings.HasSuffix(m[1], ".js") {
					t.Errorf("%s: %s has no words", path, m[1])
				}
				seen++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 100 {
		t.Errorf("found only %d keys: has the way they are written changed?", seen)
	}
}

func TestTheClientGetsItsWords(t *testing.T) {
	words := Client("en-GB")
	if words["title"] == "" || words["list.unread.other"] == "" || words["front.head"] != "" {
		t.Errorf("got %d words: title %q, plural %q", len(words), words["title"], words["list.unread.other"])
	}
}

func TestWordsAreFilledIn(t *testing.T) {
	w := In("de-AT, en;q=0.5")
	if w.Lang != "en" {
		t.Errorf("language %q", w.Lang)
	}
	if got, want := w.T("code.sent", "Address", "nia@example.org"), "We sent a code to nia@example.org."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := w.N("code.lasts", 1), "It works for 1 more minute."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := w.N("code.lasts", 9), "It works for 9 more minutes."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for number, want := range map[string]string{"1": "lost 1 vote in all", "0.5": "lost 0.5 votes in all", "1.00000": "lost 1.00000 votes in all"} {
		if got := w.D("story_scottish.lost", number, "Votes", number); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
