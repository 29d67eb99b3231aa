package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"folkmoot/governance/auditor"
	"folkmoot/governance/election"
)

// Audit verifies an election from its public files. It needs no database and keeps nothing.
type Audit struct {
	Key      string   `help:"Public key of the society, in hexadecimal, from a place that you trust. Unset: the one that the certificate names, which shows only that the files belong together." placeholder:"HEX"`
	Openings []string `help:"File of a class's openings, where they are not public." placeholder:"FILE" type:"existingfile"`
	Files    string   `arg:"" help:"Directory with the public files, or the address under which they are." placeholder:"DIR|URL"`
}

// asked reports whether this is the command to run: it alone has this argument.
func (a *Audit) asked() bool { return a.Files != "" }

// Run verifies everything that the files prove, and says what. What does not hold is a failure.
func (a *Audit) Run(ctx context.Context) error {
	files, err := publicFiles(ctx, a.Files)
	if err != nil {
		return coded{err, 2}
	}
	o := auditor.Options{Key: strings.ToLower(strings.TrimSpace(a.Key))}
	for _, name := range a.Openings {
		raw, err := readWhole(name)
		if err != nil {
			return err
		}
		o.Openings = append(o.Openings, auditor.Openings{Name: name, File: raw})
	}
	report, err := auditor.Audit(files, o)
	out := bufio.NewWriter(os.Stdout)
	if report.Title != "" {
		tellAudit(out, report, a.Key != "")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("the election does not hold:\n%w", err)
	}
	_, err = io.WriteString(os.Stdout, "Everything holds that these files can prove.\n")
	return err
}

// tellAudit says what holds.
func tellAudit(out io.Writer, r auditor.Report, known bool) {
	say := func(format string, words ...any) { _, _ = fmt.Fprintf(out, format+"\n", words...) }
	say("%s, version %d of the certificate: signed with %s", r.Title, r.Version, r.Key)
	if !known {
		say("  that key is the one that the certificate names: compare it with one from a place that you trust, or give it with --key")
	}
	for _, s := range r.Signatures {
		say("  %s, %s, %s", s.Name, s.Duty, s.At.Format("2006-01-02 15:04 MST"))
	}
	if r.Files > 0 {
		say("%d files are listed in %s, which the certificate signs", r.Files, election.FileSums)
	}
	_, _ = io.WriteString(out, motionLine(r.Certificate))
	for _, class := range r.Classes {
		say("%s", classLine(r.Certificate, class.CertifiedClass))
		if class.Outcome != election.OutcomePoll {
			say("  no vote: no more people stood than there were seats")
			continue
		}
		tellPoll(say, class)
	}
}

func tellPoll(say func(string, ...any), class auditor.Class) {
	of := class.Online
	say("  %d voters on the roll; the society signed %d keys, the scrutineers' signer %d", class.Voters, of.Keys, of.Issued)
	say("  %d casts by %d keys, each key signed by both, each cast by its key; the last of each key counts", of.Casts, class.Keys)
	say("  the public log has the manifest and these casts, nothing else: %d entries, root %s", of.LogSize, of.LogRoot)
	if of.Tendered > 0 {
		say("  %d tendered ballots, of voters who lost their key, were set aside and not counted", of.Tendered)
	}
	if of.NotOpened > 0 {
		say("  %d ballots did not open to what was committed to: that the scrutineers attest", of.NotOpened)
	}
	switch class.Recounted {
	case auditor.FromPublic:
		say("  each ballot that counts was opened to what its voter committed to, and no other was")
	case auditor.FromGiven:
		say("  each ballot that counts opens, in the file that was given, to what its voter committed to")
	default:
		say("  openings are not public: the result is attested by the scrutineers; give the openings with --openings to count again")
		return
	}
	say("  counted again from %d papers, lots by %s, round %d: the same result", class.Papers, beaconOf(class.CertifiedClass.Beacon), class.Beacon.Round)
}

// publicFiles are the files in a directory, or under an address.
func publicFiles(ctx context.Context, where string) (fs.FS, error) {
	if !strings.HasPrefix(where, "http://") && !strings.HasPrefix(where, "https://") {
		about, err := os.Stat(where)
		if err == nil && !about.IsDir() {
			err = fmt.Errorf("%s is no directory", where)
		}
		return os.DirFS(where), err
	}
	base, err := url.Parse(where)
	if err != nil {
		return nil, err
	}
	base.RawQuery, base.Fragment = "", ""
	return webFiles{ctx, base, &http.Client{Timeout: longestFetch}}, nil
}

// longestFetch is how long one file may take.
const longestFetch = 5 * time.Minute

// webFiles are files under an address, as a file system. How large each may be is for who reads.
type webFiles struct {
	ctx    context.Context // of the command: a file system's methods take none
	base   *url.URL
	client *http.Client
}

// Open asks for a file.
func (w webFiles) Open(name string) (fs.File, error) {
	fail := func(err error) (fs.File, error) { return nil, &fs.PathError{Op: "get", Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	ask, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.base.JoinPath(name).String(), nil)
	if err != nil {
		return fail(err)
	}
	answer, err := w.client.Do(ask)
	if err != nil {
		return fail(err)
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return webFile{answer.Body}, nil
	case http.StatusNotFound, http.StatusGone:
		err = fs.ErrNotExist
	default:
		err = errors.New(answer.Status)
	}
	return fail(errors.Join(err, answer.Body.Close()))
}

type webFile struct{ io.ReadCloser }

// Stat knows nothing of a file: whoever reads it finds out.
func (webFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
