// Package text keeps the words of pages, mails and the web client, in every language we have.
//
// A key stands for a whole sentence, never for a piece of one: other languages order their words otherwise.
package text

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.toml
var files embed.FS

// Languages are those the words exist in; the first stands in for any other.
var Languages = []language.Tag{language.English}

var (
	bundle  = read()
	clients = readScripts("client.")
	ballots = readScripts("ballots.")
	matcher = language.NewMatcher(Languages)
)

func read() *i18n.Bundle {
	b := i18n.NewBundle(Languages[0])
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, name := range names() {
		if strings.HasPrefix(name, "client.") {
			continue // scripts fill in their own, and their keys need not please this library
		}
		if _, err := b.LoadMessageFileFS(files, name); err != nil {
			panic(fmt.Sprintf("words in %s: %v", name, err)) // the files are in the program: only a bad build gets here
		}
	}
	return b
}

func names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// Words are those of one language.
type Words struct {
	Lang string
	from *i18n.Localizer
}

// In chooses the first of the wished languages that we have. A wish is a tag or a whole Accept-Language header; "" wishes nothing.
func In(wishes ...string) Words {
	tag, _ := language.MatchStrings(matcher, wishes...)
	base, _ := tag.Base()
	return Words{Lang: base.String(), from: i18n.NewLocalizer(bundle, base.String())}
}

// T is the sentence with this key, its {{.Names}} filled from pairs.
func (w Words) T(key string, pairs ...any) string {
	return w.say(&i18n.LocalizeConfig{MessageID: key, TemplateData: filled(pairs)})
}

// N is T for a sentence that depends on a count, which it knows as {{.Count}}.
func (w Words) N(key string, count int, pairs ...any) string {
	return w.say(&i18n.LocalizeConfig{MessageID: key, PluralCount: count, TemplateData: filled(append(pairs, "Count", count))})
}

// D is N for a sentence that depends on a number with decimals, as it is written: "1.5".
func (w Words) D(key, number string, pairs ...any) string {
	return w.say(&i18n.LocalizeConfig{MessageID: key, PluralCount: number, TemplateData: filled(pairs)})
}

// say shows a key that has no words, rather than nothing: a test sees to it that there is none.
func (w Words) say(c *i18n.LocalizeConfig) string {
	s, err := w.from.Localize(c)
	if err != nil {
		return c.MessageID
	}
	return s
}

func filled(pairs []any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

type key struct{}

// With gives a context its words; templates find them there.
func With(ctx context.Context, w Words) context.Context {
	return context.WithValue(ctx, key{}, w)
}

// From returns the words of a context, or our first language's.
func From(ctx context.Context) Words {
	if w, ok := ctx.Value(key{}).(Words); ok {
		return w
	}
	return In()
}

// T is Words.T in the language of the context.
func T(ctx context.Context, key string, pairs ...any) string { return From(ctx).T(key, pairs...) }

// N is Words.N in the language of the context.
func N(ctx context.Context, key string, count int, pairs ...any) string {
	return From(ctx).N(key, count, pairs...)
}

// D is Words.D in the language of the context.
func D(ctx context.Context, key, number string, pairs ...any) string {
	return From(ctx).D(key, number, pairs...)
}

// Client returns the web client's words: the section client, keys without that name, placeholders as they are written.
// A sentence with plural forms has one key for each ("unread.one", "unread.other").
// They are shared: look, but do not write.
func Client(lang string) map[string]string { return clients[In(lang).Lang] }

// Ballots is Client for the scripts with which ballots are cast and opened: the section ballots.
func Ballots(lang string) map[string]string { return ballots[In(lang).Lang] }

func readScripts(section string) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, l := range Languages {
		flat, err := flatten(l.String())
		if err != nil {
			panic(err) // as in read
		}
		all[l.String()] = map[string]string{}
		for k, v := range flat {
			if own, ok := strings.CutPrefix(k, section); ok {
				all[l.String()][own] = v
			}
		}
	}
	return all
}

// flatten reads the files of a language into full keys.
func flatten(lang string) (map[string]string, error) {
	flat := map[string]string{}
	for _, name := range names() {
		if name != lang+".toml" && !strings.HasSuffix(name, "."+lang+".toml") {
			continue
		}
		var tree map[string]any
		if _, err := toml.DecodeFS(files, name, &tree); err != nil {
			return nil, fmt.Errorf("words in %s: %w", name, err)
		}
		if err := walk("", tree, flat); err != nil {
			return nil, fmt.Errorf("words in %s: %w", name, err)
		}
	}
	return flat, nil
}

func walk(prefix string, tree map[string]any, into map[string]string) error {
	for k, v := range tree {
		full := strings.TrimPrefix(prefix+"."+k, ".")
		switch v := v.(type) {
		case string:
			if _, twice := into[full]; twice {
				return fmt.Errorf("%s is there twice", full)
			}
			into[full] = v
		case map[string]any:
			if err := walk(full, v, into); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s is neither words nor a section", full)
		}
	}
	return nil
}
