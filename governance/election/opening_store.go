package election

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"gorm.io/gorm"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// Opening is how far a class's ballots are opened.
type Opening struct {
	box.Progress

	Logged bool // every cast is in the public log, and the log is closed
	Issued bool // the scrutineers' signer has said how many keys it signed
}

// Opening is that of a contest. ErrNotOnline.
func (p *Polls) Opening(ctx context.Context, c Contest) (o Opening, err error) {
	id, _, err := c.online()
	if err != nil {
		return o, err
	}
	if o.Progress, err = p.box.Progress(ctx, id); err != nil {
		return o, err
	}
	o.Logged = c.LogRoot != ""
	_, err = issuedIn(p.db.Read(ctx), c)
	o.Issued = err == nil
	if errors.Is(err, ErrNotIssuedYet) {
		err = nil
	}
	return o, err
}

// Number is a scrutineer's place in an election's manifests. ErrNotScrutineer for whoever has no key there.
func (p *Polls) Number(ctx context.Context, by identity.AccountID, id string) (int, error) {
	ready, err := p.Prepared(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, k := range ready.Keys {
		if k.Account == by && k.Number >= 0 {
			return k.Number, nil
		}
	}
	return 0, ErrNotScrutineer
}

// toOpen is the contest whose ballots a scrutineer opens, and their number. Nobody opens any before the log is closed: what was cast is then
// fixed; nor any more once a result is certified, unless the board has it counted again. ErrNotScrutineer, ErrNotOnline, ErrPollShut, ErrNotLogged,
// ErrCertified.
func (p *Polls) toOpen(ctx context.Context, by identity.AccountID, id string, class member.Class) (of ballot.Contest, number int, err error) {
	el, err := p.Get(ctx, id)
	if err != nil {
		return of, 0, err
	}
	if !slices.Contains(el.Scrutineers, by) {
		return of, 0, ErrNotScrutineer
	}
	if !el.CertifiedAt.IsZero() { // what is certified is what was opened by then
		again, err := p.Recounting(ctx, id)
		if err == nil && !again {
			err = ErrCertified
		}
		if err != nil {
			return of, 0, err
		}
	}
	c, err := p.Contest(ctx, id, class)
	if err != nil {
		return of, 0, err
	}
	of, _, err = c.online()
	switch {
	case err != nil:
		return of, 0, err
	case !el.EndedAt.IsZero():
		return of, 0, ErrPollShut
	case c.LogRoot == "":
		return of, 0, ErrNotLogged
	}
	number, err = p.Number(ctx, by, id)
	return of, number, err
}

// OpeningWork is what a scrutineer can do for the ballots of a class now.
func (p *Polls) OpeningWork(ctx context.Context, by identity.AccountID, id string, class member.Class) (of ballot.Contest, number int, w box.Work, err error) {
	if of, number, err = p.toOpen(ctx, by, id, class); err != nil {
		return of, number, w, err
	}
	w, err = p.box.Work(ctx, of, number)
	return of, number, w, err
}

// Peel keeps the seals that a scrutineer took off for another. See box.Peel.
func (p *Polls) Peel(ctx context.Context, by identity.AccountID, id string, class member.Class, peeled []box.Peeled) error {
	of, number, err := p.toOpen(ctx, by, id, class)
	if err != nil {
		return err
	}
	return p.box.Peel(ctx, of, number, peeled)
}

// OpenBallots keeps the ballots that a scrutineer opened. See box.Open.
func (p *Polls) OpenBallots(ctx context.Context, by identity.AccountID, id string, class member.Class, opened []box.Opened) error {
	of, number, err := p.toOpen(ctx, by, id, class)
	if err != nil {
		return err
	}
	return p.box.Open(ctx, of, number, opened)
}

// OpenerToken makes a token with which a scrutineer opens ballots by command line. It is told once; another takes its place.
// ErrNotScrutineer, ErrNotOnline.
func (p *Polls) OpenerToken(ctx context.Context, by identity.AccountID, id string) (token string, err error) {
	token = id + "." + rand.Text()
	return token, p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		switch {
		case err != nil:
			return err
		case !el.Online():
			return ErrNotOnline
		case !slices.Contains(el.Scrutineers, by):
			return ErrNotScrutineer
		}
		of := tx.Model(&openingKeyRow{}).Where("election = ? AND account = ?", id, by).Update("token_hash", tokenHash(token))
		switch {
		case of.Error != nil:
			return of.Error
		case of.RowsAffected == 0:
			return ErrNotScrutineer
		}
		return audit.Record(tx, audit.Act{By: by, As: scrutineer, What: "opening by command line allowed", About: id, At: p.now()})
	})
}

// Opener is the scrutineer whose token it is, and the election. ErrNoToken.
func (p *Polls) Opener(ctx context.Context, token string) (by identity.AccountID, el Election, err error) {
	id, _, _ := strings.Cut(token, ".")
	var rows []openingKeyRow
	if err := p.db.Read(ctx).Where("election = ?", id).Find(&rows).Error; err != nil {
		return "", el, fmt.Errorf("look up who opens ballots: %w", err)
	}
	for _, r := range rows {
		if len(r.TokenHash) > 0 && subtle.ConstantTimeCompare(r.TokenHash, tokenHash(token)) == 1 {
			el, err := p.Get(ctx, id)
			return r.Account, el, err
		}
	}
	return "", el, ErrNoToken
}

// DeclareOpened is the returning officer's word that the ballots of a class are opened as far as they open: where some did not, with a reason
// that everybody sees. ErrNotReturning, ErrNotOnline, ErrPollOpen, ErrNotLogged, ErrNotCounted.
func (p *Polls) DeclareOpened(ctx context.Context, by identity.AccountID, id string, class member.Class, why string) error {
	return p.onContest(ctx, by, id, class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		of, _, err := c.online()
		switch {
		case err != nil:
			return audit.Act{}, err
		case by != el.Returning:
			return audit.Act{}, ErrNotReturning
		case el.State(p.now()) != Counting:
			return audit.Act{}, ErrPollOpen
		case c.LogRoot == "":
			return audit.Act{}, ErrNotLogged
		}
		progress, err := p.box.Progress(ctx, of)
		if err != nil {
			return audit.Act{}, err
		}
		if progress.Missing() > 0 {
			return audit.Act{}, ErrNotCounted
		}
		if progress.NotOpened > 0 {
			if why, err = member.Reason(why); err != nil {
				return audit.Act{}, err
			}
		}
		err = tx.Model(&contestRow{}).Where("election = ? AND class = ?", id, class).
			Updates(map[string]any{"papers": progress.Ballots, "emptied_by": by, "emptied_why": why, "emptied_at": p.now()}).Error
		return audit.Act{What: "ballots opened", Why: fmt.Sprintf("%s: %d opened, %d did not open. %s", class, progress.Opened, progress.NotOpened, why)}, err
	})
}

// ballotsIn are the ballots that count of a contest whose votes were cast online. ErrNotCounted, ErrNotIssuedYet, ErrNotLogged.
func ballotsIn(tx *gorm.DB, c Contest) (p papers, err error) {
	of, _, err := c.online()
	if err != nil {
		return p, err
	}
	said, err := issuedIn(tx, c)
	if err != nil {
		return p, err
	}
	there, err := box.FiguresIn(tx, of)
	if err != nil {
		return p, err
	}
	opened, err := box.OpeningsIn(tx, of)
	switch {
	case err != nil:
		return p, err
	case c.LogRoot == "" || there.Unlogged > 0:
		return p, ErrNotLogged
	case c.EmptiedAt.IsZero() || len(opened) != there.Keys || there.Keys != c.Papers:
		return p, ErrNotCounted
	}
	f, err := figuresOf(tx, c)
	if err != nil {
		return p, err
	}
	var tendered int64
	if err := tx.Model(&tenderedRow{}).Where("election = ? AND class = ?", c.Election, c.Class).Count(&tendered).Error; err != nil {
		return p, fmt.Errorf("count tendered ballots: %w", err)
	}
	if there.Keys > int(said.Issued) || there.Keys > f.Received { //nolint:gosec // of members
		return p, fmt.Errorf("in the %s class %d keys have cast, and the signers signed %d and %d: stop", c.Class, there.Keys, f.Received, said.Issued)
	}
	p.readings = ReadOpenings(opened, len(c.Candidates))
	p.online = &CertifiedOnline{
		Keys: f.Received, Issued: int(said.Issued), Casts: there.Casts, Tendered: int(tendered), NotOpened: there.NotOpened, LogSize: c.LogSize, LogRoot: c.LogRoot, //nolint:gosec // of members
	}
	return p, nil
}

// ErrNoFile says that there is no such public file.
var ErrNoFile = errors.New("there is no such file")

// named are the files of a class beside its log's.
func (c CertifiedClass) named() []string {
	names := []string{FileManifest, FileCasts, FileIssued}
	if c.Public {
		names = append(names, FileOpenings, FilePapers)
	}
	return names
}

// writeFile writes a file of a class as it is published with a certificate. ErrNoFile.
func writeFile(tx *gorm.DB, c Contest, name, papers string, w io.Writer) error {
	of, _, err := c.online()
	if err != nil {
		return err
	}
	switch name {
	case FileManifest:
		_, err = io.WriteString(w, c.Manifest)
	case FileCasts:
		err = box.WriteCasts(tx, of, w)
	case FileOpenings:
		err = box.WriteOpenings(tx, of, w)
	case FilePapers:
		_, err = io.WriteString(w, papers)
	case FileIssued:
		var said ballot.Issued
		if said, err = issuedIn(tx, c); err == nil {
			err = json.NewEncoder(w).Encode(said)
		}
	default:
		err = ErrNoFile
	}
	return err
}

// sumsIn is SHA256SUMS: every public file of an election, with its hash.
func sumsIn(tx *gorm.DB, c Certificate, papers map[member.Class]string) ([]byte, error) {
	contests, err := contestsOf(tx, c.Election)
	if err != nil {
		return nil, err
	}
	hashes := map[string]ballot.Digest{}
	for _, class := range c.Classes {
		if class.Online == nil {
			continue
		}
		at := slices.IndexFunc(contests, func(of Contest) bool { return of.Class == class.Class })
		if at < 0 {
			return nil, ErrNoContest
		}
		for _, name := range class.named() {
			sum := sha256.New()
			if err := writeFile(tx, contests[at], name, papers[class.Class], sum); err != nil {
				return nil, err
			}
			hashes[path.Join(string(class.Class), name)] = ballot.Digest(sum.Sum(nil))
		}
		log, err := ReadSums([]byte(contests[at].LogSums))
		if err != nil {
			return nil, err
		}
		maps.Copy(hashes, log)
	}
	return Sums(hashes), nil
}

// PublicFile writes a file of an election's audit directory as it belongs to a certificate: what `folkmoot audit` reads. Opened ballots that are
// not public are only for the returning officer and the scrutineers. ErrNoFile, ErrElsewhere.
func (p *Polls) PublicFile(ctx context.Context, i Issue, name string, opens bool, w io.Writer) error {
	tx := p.db.Read(ctx)
	switch name {
	case FileCertificate:
		raw, err := p.File(i)
		if err == nil {
			_, err = w.Write(raw)
		}
		return err
	case FileSums:
		sums, err := sumsIn(tx, i.Certificate, i.Files)
		if err == nil {
			_, err = w.Write(sums)
		}
		return err
	}
	dir, file, _ := strings.Cut(name, "/")
	at := slices.IndexFunc(i.Classes, func(c CertifiedClass) bool { return string(c.Class) == dir && c.Online != nil })
	if at < 0 {
		return ErrNoFile
	}
	class := i.Classes[at]
	if in, isLog := strings.CutPrefix(file, DirLog+"/"); isLog {
		return p.writeLogFile(ctx, i.Election, class.Class, in, w)
	}
	if !slices.Contains(class.named(), file) && (!opens || file != FileOpenings && file != FilePapers) {
		return ErrNoFile
	}
	c, err := p.Contest(ctx, i.Election, class.Class)
	if err != nil {
		return err
	}
	return writeFile(tx, c, file, i.Files[class.Class], w)
}

func (p *Polls) writeLogFile(ctx context.Context, id string, class member.Class, name string, w io.Writer) error {
	file, err := p.LogFile(ctx, id, class, name)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(file) //nolint:gosec // of the log's own names
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(raw))
	}
	return err
}
