package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/google/go-cmp/cmp"

	"folkmoot/billing"
	"folkmoot/governance/election"
	"folkmoot/governance/participation"
	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
	"folkmoot/messaging/bus"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

const seePrivacy = "the register of what we hold and what we hold are not the same: see docs/privacy.md"

// registered are the technical names of what the register says of some stores, sorted.
func registered(dialect string, stores ...participation.Store) []string {
	all := map[string]bool{}
	for _, k := range holdings() {
		for _, p := range k.Places {
			if slices.Contains(stores, p.Store) && (p.Only == "" || p.Only == dialect) {
				for _, name := range p.Names() {
					all[name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func sameAsRegistered(t *testing.T, there []string, dialect string, stores ...participation.Store) {
	t.Helper()
	slices.Sort(there)
	if diff := cmp.Diff(registered(dialect, stores...), slices.Compact(there)); diff != "" {
		t.Errorf("%s (-registered +there):\n%s", seePrivacy, diff)
	}
	if len(there) == 0 {
		t.Error("nothing was found to hold the register against")
	}
}

func TestEveryColumnIsInTheRegisterOfWhatWeHold(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ask := `SELECT t.name || '.' || c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`
		if db.Dialect() != database.SQLite {
			ask = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`
		}
		var columns []string
		if err := db.Read(t.Context()).Raw(ask).Scan(&columns).Error; err != nil {
			t.Fatal(err)
		}
		sameAsRegistered(t, columns, string(db.Dialect()), participation.InDatabase, participation.InSigner)
	})
}

// TestTheSignersTablesAreInTheRegister: the scrutineers' signer has our schema, and writes to its own tables of it alone.
func TestTheSignersTablesAreInTheRegister(t *testing.T) {
	there := append(inSource(t, "../governance/scrutineer", ".go", `TableName\(\) string \{ return "(\w+)" \}`), "goose_db_version", "river_migration", "sqlite_sequence", "proposals_fts_config", "proposals_fts_data")
	var tables []string
	for _, name := range registered("sqlite", participation.InSigner) {
		table, _, _ := strings.Cut(name, ".")
		tables = append(tables, table)
	}
	slices.Sort(there)
	if diff := cmp.Diff(slices.Compact(tables), there); diff != "" {
		t.Errorf("%s (-registered +there):\n%s", seePrivacy, diff)
	}
	c := &Config{Data: t.TempDir()}
	c.Database = ownDatabase(c.Data)
	db, _, err := openSigner(t.Context(), c, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var all []string
	if err := db.Read(t.Context()).Raw(`SELECT name FROM sqlite_master WHERE type = 'table'`).Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	for _, table := range all {
		var n int64
		if err := db.Read(t.Context()).Raw(`SELECT count(*) FROM ` + table).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		if n > 0 && !slices.Contains(tables, table) {
			t.Errorf("%s: the signer's database has %d lines in %s", seePrivacy, n, table)
		}
	}
	allMatch(t, filesIn(t, c.Data), participation.OnDisk)
}

// TestEveryTopicFileAndCookieIsInTheRegister has somebody sign up and two people talk, on both stacks, and looks at all that there is afterwards.
func TestEveryTopicFileAndCookieIsInTheRegister(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect().caughtUp(), newDevice(t, people[1]).connect().caughtUp()
		ben.receives(ann.say(people[0].with(people[1]), "Hello Ben"))
		v := &visit{t: t, base: srv.base, cookies: map[string]string{}}
		srv.signInFrom(v, "nia@example.org")
		v.post("/notices", url.Values{"mail": {"yes"}}) // a page says what was done
		sameAsRegistered(t, slices.Collect(maps.Keys(v.cookies)), "", participation.InCookie)

		topics := srv.topics()
		for _, want := range []string{"in", "m-"} {
			if !slices.ContainsFunc(topics, func(topic string) bool { return strings.HasPrefix(topic, want) }) {
				t.Errorf("found no topic %s: %v", want, topics)
			}
		}
		allMatch(t, topics, participation.InKafka)
		srv.stop()
		files := filesIn(t, srv.data)
		if !slices.Contains(files, "server.key") {
			t.Errorf("found no key among %v", files)
		}
		allMatch(t, files, participation.OnDisk)
	})
}

// topics are those of the real broker: asked, or as the embedded ones keep them.
func (s *server) topics() (all []string) {
	s.t.Helper()
	if len(s.stack.kafka) == 0 {
		for _, broker := range []string{"in", "mailboxes"} {
			there, err := os.ReadDir(filepath.Join(s.data, "kafka", broker, "partitions"))
			if err != nil {
				s.t.Fatal(err)
			}
			for _, d := range there {
				all = append(all, d.Name()[:strings.LastIndexByte(d.Name(), '-')])
			}
		}
		return all
	}
	admin, err := sarama.NewClusterAdmin(s.stack.kafka, sarama.NewConfig())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	there, err := admin.ListTopics()
	if err != nil {
		s.t.Fatal(err)
	}
	for name := range there {
		own, ours := strings.CutPrefix(name, s.stack.prefix)
		if ours || strings.HasPrefix(name, "__") { // others' tests share the broker
			all = append(all, own)
		}
	}
	return all
}

func filesIn(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func allMatch(t *testing.T, there []string, store participation.Store) {
	t.Helper()
	patterns := registered("", store)
	for _, name := range there {
		if !slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) }) {
			t.Errorf("%s: nobody registered the %s %q", seePrivacy, store, name)
		}
	}
}

func matches(pattern, name string) bool {
	if below, all := strings.CutSuffix(pattern, "**"); all {
		return strings.HasPrefix(name, below)
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// inSource finds what a pattern catches in the files below a directory that are no tests.
func inSource(t *testing.T, dir, ext, pattern string) (found []string) {
	t.Helper()
	sought := regexp.MustCompile(pattern)
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ext) || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(file) //nolint:gosec // our own source
		if err != nil {
			return err
		}
		for _, m := range sought.FindAllSubmatch(raw, -1) {
			found = append(found, string(m[len(m)-1]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryCookieInTheSourceIsInTheRegister(t *testing.T) {
	sameAsRegistered(t, inSource(t, "web", ".go", `"(__Host-\w+)"`), "", participation.InCookie)
	if set := inSource(t, "..", ".go", `(SetCookie\(|Header\(\)\.\w+\("Set-Cookie")`); len(set) != 2 { // keep and forget, in session.go
		t.Errorf("cookies are set in %d places, and not in two", len(set))
	}
}

// TestWhatBrowsersKeepIsInTheRegister reads the client's own words for its databases and their stores.
func TestWhatBrowsersKeepIsInTheRegister(t *testing.T) {
	const client = "../static/client"
	var there []string
	for _, dir := range []string{"app", "core", "vote"} {
		for _, ext := range []string{".ts", ".gts"} {
			for _, raw := range inSource(t, filepath.Join(client, dir), ext, `(?s)^(.*)$`) {
				stores := regexp.MustCompile(`createObjectStore\('(\w+)'`).FindAllStringSubmatch(raw, -1)
				if len(stores) == 0 {
					continue
				}
				name := regexp.MustCompile("`(folkmoot-[^`]*)`").FindStringSubmatch(raw)
				if name == nil {
					t.Fatal("a store is in a database without a name that we know")
				}
				for _, s := range stores {
					there = append(there, regexp.MustCompile(`\$\{\w+\}`).ReplaceAllString(name[1], "*")+"."+s[1])
				}
			}
			for _, other := range inSource(t, filepath.Join(client, dir), ext, `\b(localStorage|sessionStorage|document\.cookie|caches\.open|serviceWorker)\b`) {
				t.Errorf("%s: browsers keep something in %s", seePrivacy, other)
			}
		}
	}
	sameAsRegistered(t, there, "", participation.InBrowser)
}

func TestEveryMailIsInTheRegister(t *testing.T) {
	sameAsRegistered(t, inSource(t, "../templates/email", ".go", `(?m)^func ([A-Z]\w*)\(.*\) \(?mail\.Letter`), "", participation.ByMail)
}

// TestWhatOthersAreToldIsInTheRegister holds it against the types that providers and the scrutineers' signer get, and what a forge's page is asked with.
func TestWhatOthersAreToldIsInTheRegister(t *testing.T) {
	var there []string
	for _, told := range []any{billing.Setup{}, billing.Collection{}, billing.RefundOrder{}, election.SignerCopy{}, election.RollLine{}} {
		of := reflect.TypeOf(told)
		for field := range of.Fields() {
			name := field.Name
			if tag := field.Tag.Get("json"); tag != "" {
				name = tag
			}
			there = append(there, of.Name()+"."+name)
		}
	}
	asked := inSource(t, "../governance/contribution", ".go", `(?s)func \(f \*Forge\) askAt(.*?)\n\}`)
	for _, m := range regexp.MustCompile(`"(\w+)"(?::|,) `).FindAllStringSubmatch(strings.Join(asked, ""), -1) {
		there = append(there, "forge."+m[1])
	}
	sameAsRegistered(t, there, "", participation.ToProviders)
}

func TestTheRequestLogIsInTheRegister(t *testing.T) {
	line := strings.Join(inSource(t, "web", ".go", `log := s\.Log\.With\((.*)\)`), "")
	var there []string
	for _, m := range regexp.MustCompile(`"(\w+)",`).FindAllStringSubmatch(line, -1) {
		there = append(there, m[1])
	}
	i := slices.IndexFunc(holdings(), func(k participation.Kind) bool { return k.ID == "request_log" })
	if diff := cmp.Diff(holdings()[i].Places[0].Parts, there); diff != "" {
		t.Errorf("%s (-registered +there):\n%s", seePrivacy, diff)
	}
}

// TestTheRegisterGoesByTheProgramsOwnPeriods: the defaults that the bus goes by are those that are told.
func TestTheRegisterGoesByTheProgramsOwnPeriods(t *testing.T) {
	for _, k := range holdings() {
		if k.ID == "in" && k.Lasts != bus.InLasts || k.ID == "mailbox" && k.Lasts != bus.MailboxLasts {
			t.Errorf("%s lasts %s", k.ID, k.Lasts)
		}
	}
}

const sumsFile = "testdata/privacy.sums"

var updateSums = flag.Bool("update-privacy", false, "write "+sumsFile+" anew; what changed there still has to be given its reason")

// TestAChangeOfTheRegisterNamesItsPrivacyChange: each kind has a line with its sum and why it is as it is. Whoever changes what is held, or what is
// said of it, changes the sum, and has to say which privacy change allows it.
func TestAChangeOfTheRegisterNamesItsPrivacyChange(t *testing.T) {
	before := map[string][2]string{} // by kind: sum and reason
	if raw, err := os.ReadFile(sumsFile); err == nil {
		for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
			if f := strings.SplitN(lines.Text(), "  ", 3); len(f) == 3 {
				before[f[0]] = [2]string{f[1], f[2]}
			}
		}
	}
	var now strings.Builder
	for _, k := range templates.PrivacyKinds(text.In(), holdings()) {
		sum, err := k.Sum()
		if err != nil {
			t.Fatal(err)
		}
		was, known := before[k.ID]
		why := was[1]
		switch {
		case !known || was[0] != sum:
			why = "?"
			if !*updateSums {
				t.Errorf("%q is new or has changed: this needs a privacy change, see docs/privacy.md", k.ID)
			}
		case strings.TrimSpace(why) == "" || why == "?":
			t.Errorf("%q has changed and %s does not say by which privacy change: see docs/privacy.md", k.ID, sumsFile)
		}
		delete(before, k.ID)
		_, _ = fmt.Fprintf(&now, "%s  %s  %s\n", k.ID, sum, why)
	}
	if *updateSums {
		if err := os.WriteFile(sumsFile, []byte(now.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if len(before) > 0 {
		t.Errorf("%v are gone from the register: this needs a privacy change, see docs/privacy.md", slices.Sorted(maps.Keys(before)))
	}
}
