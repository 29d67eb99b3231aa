package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the table of the house: who may import whom among our own. A line names a room and all below it; the longest name counts.
var mayImport = map[string][]string{
	"app":                              {"app/web", "app/work", "templates", "billing", "messaging", "governance", "internal", "static"},
	"app/web":                          {"templates", "billing", "messaging", "governance", "internal"},
	"app/work":                         {"templates", "billing", "messaging", "governance", "internal"},
	"templates":                        {"templates/text", "templates/email", "billing", "governance", "internal"},
	"templates/email":                  {"templates/text", "billing", "governance", "internal"},
	"templates/text":                   {},
	"templates/pdf":                    {"templates", "templates/text", "billing", "governance", "internal"},
	"messaging":                        {"messaging/bus", "messaging/wire", "internal"},
	"messaging/router":                 {"messaging", "messaging/bus", "messaging/wire", "internal"},
	"messaging/gateway":                {"messaging", "messaging/bus", "messaging/wire", "internal"},
	"messaging/bus":                    {},
	"messaging/bus/embedded":           {"messaging/bus"},
	"messaging/wire":                   {},
	"billing":                          {"governance/member", "internal"},
	"billing/stripe":                   {"billing", "governance/member", "internal"},
	"billing/gocardless":               {"billing", "governance/member", "internal"},
	"billing/practice":                 {"billing", "governance/member", "internal"},
	"governance/member":                {"internal"},
	"governance/contribution":          {"governance/member", "internal"},
	"governance/contribution/practice": {},
	"governance/auditor":               {"governance/ballot", "governance/bulletin", "governance/election"},
	"governance/ballot":                {},
	"governance/ballot/box":            {"governance/ballot", "internal/database"},
	"governance/board":                 {"governance/member", "internal"},
	"governance/election":              {"governance/ballot", "governance/ballot/box", "governance/board", "governance/bulletin", "governance/member", "governance/tally", "internal"},
	"governance/bulletin":              {"governance/ballot"},
	"governance/meeting":               {"governance/board", "governance/election", "governance/member", "governance/tally", "internal"},
	"governance/notice":                {"governance/member", "internal"},
	"governance/participation":         {"governance/board", "governance/election", "governance/member", "governance/tally", "internal"},
	"governance/scrutineer":            {"governance/ballot", "governance/ballot/box", "governance/election", "governance/member", "internal"},
	"governance/tally":                 {},
	"internal/database":                {"migrations"},
	"internal/jobs":                    {"internal/database"},
	"internal/mail":                    {},
	"internal/money":                   {},
	"internal/calendar":                {},
	"internal/clock":                   {},
	"internal/audit":                   {"internal/database", "internal/identity"},
	"internal/identity":                {"internal/database", "internal/jobs"},
	"migrations":                       {},
	"static":                           {},
}

// lives says where a third-party package may be imported, and nowhere else.
var lives = map[string][]string{
	"github.com/labstack/echo/v4":          {"app/web"},
	"github.com/IBM/sarama":                {"messaging/bus"},
	"github.com/twmb/franz-go":             {"messaging/bus/embedded"},
	"github.com/lxzan/gws":                 {"messaging/gateway"},
	"github.com/a-h/templ":                 {"templates", "app/web"},
	"github.com/riverqueue/river":          {"internal/jobs", "internal/database"},
	"github.com/pressly/goose/v3":          {"internal/database"},
	"github.com/wneessen/go-mail":          {"internal/mail"},
	"github.com/alecthomas/kong":           {"app/main.go"},
	"github.com/nicksnyder/go-i18n/v2":     {"templates/text"},
	"gorm.io/driver":                       {"internal/database"},
	"github.com/glebarez":                  {"internal/database"},
	"google.golang.org/protobuf":           {"messaging"},
	"github.com/stripe/stripe-go":          {"billing/stripe"},
	"github.com/go-git":                    {"governance/contribution"},
	"github.com/cloudflare/circl":          {"governance/ballot", "governance/election"},
	"github.com/transparency-dev":          {"governance/bulletin"},
	"k8s.io/klog/v2":                       {"governance/bulletin"},
	"github.com/go-pdf/fpdf":               {"templates/pdf"},
	"golang.org/x/image":                   {"templates/pdf"},
	"github.com/prometheus/client_golang":  {"app", "messaging"},
	"go.opentelemetry.io":                  {},
	"github.com/HdrHistogram/hdrhistogram": {},
}

func TestImportsRunDownTheHouse(t *testing.T) {
	eachSource(t, func(file, room string, imports []string) {
		allowed, known := lookUp(mayImport, room)
		if !known {
			t.Errorf("%s: the table says nothing of %s", file, room)
		}
		for _, path := range imports {
			ours, ok := strings.CutPrefix(path, "folkmoot/")
			if ok && ours != room && !within(ours, allowed) {
				t.Errorf("%s imports %s, which %s may not", file, path, room)
			}
		}
	})
}

func TestThirdPartiesLiveInTheirRooms(t *testing.T) {
	eachSource(t, func(file, room string, imports []string) {
		for _, path := range imports {
			for library, rooms := range lives {
				if (path == library || strings.HasPrefix(path, library+"/")) && !within(file, rooms) && !within(room, rooms) {
					t.Errorf("%s imports %s, which lives in %v", file, path, rooms)
				}
			}
		}
	})
}

// gorm is for stores: what a package keeps, and the two rooms that serve all stores.
func TestGormLivesInStores(t *testing.T) {
	eachSource(t, func(file, room string, imports []string) {
		for _, path := range imports {
			name := filepath.Base(file)
			store := name == "store.go" || strings.HasSuffix(name, "_store.go") || name == "rows.go"
			if strings.HasPrefix(path, "gorm.io/") && !store && !within(room, []string{"internal/database", "internal/jobs"}) {
				t.Errorf("%s imports %s: gorm lives in store.go and <noun>_store.go", file, path)
			}
		}
	})
}

func within(place string, rooms []string) bool {
	for _, r := range rooms {
		if place == r || strings.HasPrefix(place, r+"/") {
			return true
		}
	}
	return false
}

func lookUp(table map[string][]string, room string) ([]string, bool) {
	for name := room; name != "."; name = filepath.Dir(name) {
		if allowed, ok := table[name]; ok {
			return allowed, true
		}
	}
	return nil, false
}

// eachSource visits every Go file that is not a test, by path from the project's root.
func eachSource(t *testing.T, visit func(file, room string, imports []string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		file := filepath.ToSlash(strings.TrimPrefix(path, "../"))
		room := filepath.Dir(file)
		helper := strings.HasSuffix(room, "test") || strings.HasPrefix(filepath.Base(room), "test")
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || helper {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, name)
		}
		n++
		visit(file, room, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 50 {
		t.Fatalf("only %d files were read", n)
	}
}
