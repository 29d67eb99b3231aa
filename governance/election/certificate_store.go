package election

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

type certificateRow struct {
	Election string
	Version  int
	Body     string
	Papers   string
	Why      string
	MadeBy   identity.AccountID
	MadeAt   time.Time
}

func (certificateRow) TableName() string { return "certificates" }

type signatureRow struct {
	Election string
	Version  int
	Account  identity.AccountID
	Duty     string
	Name     string
	SignedAt time.Time
}

func (signatureRow) TableName() string { return "certificate_signatures" }

func (r certificateRow) issue(signatures []signatureRow) (i Issue, err error) {
	i = Issue{Body: r.Body, MadeAt: r.MadeAt.UTC()}
	if err := json.Unmarshal([]byte(r.Body), &i.Certificate); err != nil {
		return i, fmt.Errorf("read a certificate: %w", err)
	}
	if err := json.Unmarshal([]byte(r.Papers), &i.Files); err != nil {
		return i, fmt.Errorf("read a certificate's papers: %w", err)
	}
	for _, s := range signatures {
		if s.Version == r.Version {
			i.Signatures = append(i.Signatures, Signature{s.Account, s.Duty, s.Name, s.SignedAt.UTC()})
		}
	}
	return i, nil
}

// Ready says whether everything is there that a certificate needs. ErrNoContest, ErrNotCounted, ErrNoValue.
func (p *Polls) Ready(ctx context.Context, id string) error {
	contests, err := p.Contests(ctx, id)
	if err != nil {
		return err
	}
	if len(contests) == 0 {
		return ErrNoContest
	}
	for _, c := range contests {
		if c.Outcome != OutcomePoll {
			continue
		}
		switch done, err := p.read(ctx, c); {
		case err != nil:
			return err
		case !done:
			return ErrNotCounted
		case c.Beacon == "":
			return ErrNoValue
		}
	}
	return nil
}

// read reports whether all that is on a contest's papers, or in its ballots, is known.
func (p *Polls) read(ctx context.Context, c Contest) (bool, error) {
	m, err := c.Read()
	if err != nil || c.EmptiedAt.IsZero() {
		return false, err
	}
	if m.Online != nil {
		_, err := issuedIn(p.db.Read(ctx), c)
		return err == nil, err
	}
	progress, _, err := p.Read(ctx, c)
	return progress.Done(c.Papers), err
}

func countAll(tx *gorm.DB, el Election) ([]Counted, error) {
	contests, err := contestsOf(tx, el.ID)
	if err != nil {
		return nil, err
	}
	if len(contests) == 0 {
		return nil, ErrNoContest
	}
	var all []Counted
	for _, c := range contests {
		of, err := countOne(tx, el, c)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

func countOne(tx *gorm.DB, el Election, c Contest) (of Counted, err error) {
	if c.Outcome != OutcomePoll {
		if of, err = c.count(el.Rule, nil, el.Title, nil); err != nil {
			return of, err
		}
		of.Figures, err = figuresOf(tx, c)
		return of, err
	}
	m, err := c.Read()
	if err != nil {
		return of, err
	}
	p, err := papersIn(tx, c, m)
	if err != nil {
		return of, err
	}
	if c.Beacon == "" {
		return of, ErrNoValue
	}
	_, value, err := m.Beacon.value(c.Beacon)
	if err != nil {
		return of, err
	}
	if of, err = c.count(el.Rule, value, el.Title, p.readings); err != nil {
		return of, err
	}
	of.Differed, of.Online = p.differed, p.online
	of.Figures, err = figuresOf(tx, c)
	return of, err
}

// papers is what is counted of a contest.
type papers struct {
	readings []Reading
	differed int
	online   *CertifiedOnline
}

// papersIn are a contest's papers, when all of them are read or opened. ErrNotCounted.
func papersIn(tx *gorm.DB, c Contest, m Manifest) (p papers, err error) {
	if m.Online != nil {
		return ballotsIn(tx, c)
	}
	progress, _, read, err := readings(tx, c)
	if err == nil && (c.EmptiedAt.IsZero() || !progress.Done(c.Papers)) {
		err = ErrNotCounted
	}
	return papers{readings: read, differed: progress.Differ}, err
}

// Certify makes the certificate of an election that is counted, and signs it as its returning officer, by a name. Another one, with a reason,
// takes its place: before it has all its signatures at any time, after that only when something was decided since.
// ErrNotReturning, ErrNotCounted, ErrNoValue, ErrCertified, ErrSeated.
func (p *Polls) Certify(ctx context.Context, by identity.AccountID, id, name, why string) (version int, err error) {
	return version, p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		before, err := issues(tx, id)
		if err != nil {
			return err
		}
		switch {
		case by != el.Returning:
			return ErrNotReturning
		case !el.SeatedAt.IsZero():
			return ErrSeated
		case !el.EndedAt.IsZero() || p.now().Before(el.Timetable.PollCloses):
			return ErrPollOpen
		}
		if len(before) > 0 {
			if why, err = member.Reason(why); err != nil {
				return err
			}
		}
		if !el.CertifiedAt.IsZero() {
			if stale, err := decidedSince(tx, id, before[0].MadeAt); err != nil {
				return err
			} else if !stale {
				return ErrCertified
			}
		}
		counted, err := countAll(tx, el)
		if err != nil {
			return err
		}
		version = len(before) + 1
		return p.keepCertificate(tx, el, version, why, counted, by, name)
	})
}

func (p *Polls) keepCertificate(tx *gorm.DB, el Election, version int, why string, counted []Counted, by identity.AccountID, name string) error {
	c, err := certifyIn(tx, el, version, why, counted)
	if err != nil {
		return err
	}
	files := filesOf(counted)
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write a certificate: %w", err)
	}
	papers, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("write a certificate's papers: %w", err)
	}
	now := p.now()
	if err := tx.Create(&certificateRow{el.ID, version, string(body), string(papers), why, by, now}).Error; err != nil {
		return err
	}
	if err := tx.Create(&signatureRow{el.ID, version, by, returning, name, now}).Error; err != nil {
		return err
	}
	if err := tx.Model(&electionRow{}).Where("id = ?", el.ID).Update("certified_at", nil).Error; err != nil {
		return err
	}
	return audit.Record(tx, audit.Act{By: by, As: returning, What: "certificate made", About: el.ID, Why: fmt.Sprintf("version %d %s", version, why), At: now})
}

// filesOf are the contests' papers, in BLT.
func filesOf(counted []Counted) map[member.Class]string {
	files := map[member.Class]string{}
	for _, of := range counted {
		if of.Result != nil {
			files[of.Class] = of.BLT
		}
	}
	return files
}

// certifyIn is certify with the sums of the public files, where votes were cast online.
func certifyIn(tx *gorm.DB, el Election, version int, why string, counted []Counted) (Certificate, error) {
	c, err := certify(el, version, why, counted)
	if err != nil || !el.Online() {
		return c, err
	}
	sums, err := sumsIn(tx, c, filesOf(counted))
	c.FilesHash = sha256Hex(string(sums))
	return c, err
}

// Sign is a scrutineer's signature under the newest certificate, by a name. With the last one that is needed the result is public.
// ErrNotScrutineer, ErrOldCertificate, ErrSignedAlready, ErrCountedSince.
func (p *Polls) Sign(ctx context.Context, by identity.AccountID, id string, version int, name string) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		if by == el.Returning || !el.Runs(by) {
			return ErrNotScrutineer
		}
		all, err := issues(tx, id)
		switch {
		case err != nil:
			return err
		case len(all) == 0 || all[0].Version != version || !el.EndedAt.IsZero():
			return ErrOldCertificate
		case all[0].Signed(by):
			return ErrSignedAlready
		}
		if err := still(tx, el, all[0]); err != nil {
			return err
		}
		now := p.now()
		if err := tx.Create(&signatureRow{id, version, by, scrutineer, name, now}).Error; err != nil {
			return err
		}
		signed := all[0]
		signed.Signatures = append(signed.Signatures, Signature{by, scrutineer, name, now})
		if signed.Complete() && el.CertifiedAt.IsZero() {
			if err := tx.Model(&electionRow{}).Where("id = ?", id).Update("certified_at", now).Error; err != nil {
				return err
			}
			if err := p.tell(ctx, tx, signed); err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Act{By: by, As: scrutineer, What: "certificate signed", About: id, Why: fmt.Sprintf("version %d", version), At: now})
	})
}

// still refuses a certificate that does not say what the papers say by now. ErrCountedSince.
func still(tx *gorm.DB, el Election, i Issue) error {
	counted, err := countAll(tx, el)
	if errors.Is(err, ErrNotCounted) { // papers were found
		return ErrCountedSince
	}
	if err != nil {
		return err
	}
	c, err := certifyIn(tx, el, i.Version, i.Why, counted)
	if err != nil {
		return err
	}
	body, err := json.Marshal(c)
	if err == nil && string(body) != i.Body {
		err = ErrCountedSince
	}
	return err
}

// tell has all who stood told of the result.
func (p *Polls) tell(ctx context.Context, tx *gorm.DB, i Issue) error {
	all, err := stood(tx, i)
	if err != nil {
		return err
	}
	for m := range all {
		if err := p.queue.Add(ctx, tx, TellResult{i.Election, i.Version, m}); err != nil {
			return err
		}
	}
	return nil
}

// Issues are all versions of an election's certificate, the newest first.
func (p *Polls) Issues(ctx context.Context, id string) ([]Issue, error) {
	return issues(p.db.Read(ctx), id)
}

func issues(tx *gorm.DB, id string) ([]Issue, error) {
	var rows []certificateRow
	var signatures []signatureRow
	err := tx.Where("election = ?", id).Order("version DESC").Find(&rows).Error
	if err == nil {
		err = tx.Where("election = ?", id).Order("signed_at, account").Find(&signatures).Error
	}
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	all := make([]Issue, len(rows))
	for i, r := range rows {
		if all[i], err = r.issue(signatures); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// File is a certificate as it is published. See SigningKey.File.
func (p *Polls) File(i Issue) ([]byte, error) { return p.keys.Certificates.File(i) }

// Key is the public key that certificates are signed with, in hex.
func (p *Polls) Key() string { return p.keys.Certificates.Public() }

// decidedSince reports whether something was decided after a moment for which an election has to be counted again.
func decidedSince(tx *gorm.DB, id string, since time.Time) (bool, error) {
	var struck int64
	if err := tx.Model(&candidateRow{}).Where("election = ? AND struck_at > ?", id, since).Count(&struck).Error; err != nil || struck > 0 {
		return struck > 0, err
	}
	return countAgainSince(tx, id, since)
}

// Seat has those who were elected take their seats when their terms begin: when the result can be challenged no more, every challenge is
// decided, and nothing is to be counted again. The clock asks for it.
func (p *Polls) Seat(ctx context.Context) error {
	all, err := p.List(ctx)
	if err != nil {
		return err
	}
	var amiss error
	for _, el := range all {
		if el.State(p.now()) != Certified {
			continue
		}
		if err := p.seat(ctx, el); err != nil { // nobody else waits for it
			amiss = errors.Join(amiss, fmt.Errorf("seat those whom election %s elected: %w", el.ID, err))
		}
	}
	return amiss
}

func (p *Polls) seat(ctx context.Context, el Election) error {
	book, err := RuleBookOn(el.Timetable.Notice)
	if err != nil {
		return err
	}
	from := el.TermsFrom(book)
	if calendar.On(p.now()).Before(from) {
		return nil
	}
	waits, decided, err := p.waits(ctx, el.ID)
	if err != nil || waits {
		return err
	}
	if decided.After(from) {
		from = decided
	}
	certificates, err := p.Issues(ctx, el.ID)
	if err != nil {
		return err
	}
	nominated, err := p.Nominations(ctx, el.ID)
	if err != nil {
		return err
	}
	var elected []board.Taking
	for _, c := range certificates[0].Classes {
		people, err := p.members(ctx, c.people(nominated), from)
		if err != nil {
			return err
		}
		elected = append(elected, board.Taking{Election: el.ID, Class: c.Class, On: from, TermMonths: book.TermMonths, People: people})
	}
	if el.Motion == nil {
		if err := p.board.Take(ctx, elected); err != nil {
			return err
		}
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		now, err := locked(tx, el.ID)
		if err != nil || now.State(p.now()) != Certified {
			return err
		}
		if err := tx.Model(&electionRow{}).Where("id = ?", el.ID).Update("seated_at", p.now()).Error; err != nil {
			return err
		}
		if el.Motion != nil {
			if el.Motion.About != "" {
				if err := p.queue.Add(ctx, tx, Decided{el.ID}); err != nil {
					return err
				}
			}
			return audit.Record(tx, audit.Act{As: "clock", What: "motion decided", About: el.ID, Why: from.String(), At: p.now()})
		}
		return audit.Record(tx, audit.Act{As: "clock", What: "seats taken", About: el.ID, Why: from.String(), At: p.now()})
	})
}

// waits reports whether a challenge is open, or something is to be counted again; if not, on which day the last challenge was decided: before
// it nobody could know who would sit.
func (p *Polls) waits(ctx context.Context, id string) (waits bool, decided calendar.Date, err error) {
	challenges, err := p.Challenges(ctx, id)
	if err != nil {
		return false, decided, err
	}
	for _, c := range challenges {
		if c.DecidedAt.IsZero() {
			return true, decided, nil
		}
		if on := calendar.On(c.DecidedAt); on.After(decided) {
			decided = on
		}
	}
	tx := p.db.Read(ctx)
	all, err := issues(tx, id)
	if err != nil {
		return false, decided, err
	}
	waits, err = decidedSince(tx, id, all[0].MadeAt)
	return waits, decided, err
}

// members leaves out those who are members no longer.
func (p *Polls) members(ctx context.Context, people []board.Person, on calendar.Date) ([]board.Person, error) {
	var still []board.Person
	for _, one := range people {
		m, err := p.register.Get(ctx, one.Member)
		if err != nil {
			return nil, err
		}
		if m.Ceased.IsZero() || m.Ceased.After(on) {
			still = append(still, one)
		}
	}
	return still, nil
}

// ErrNotIssued says that no certificate of an election has all its signatures.
var ErrNotIssued = errors.New("the result is not certified yet")

// mostRecounts is how many counts are remembered.
const mostRecounts = 32

// recounts are counts of certificates, which never change: whoever looks at a result does not have all its papers counted again.
type recounts struct {
	mu   sync.Mutex
	kept map[recounted]Counted // guarded by mu
	next []recounted           // guarded by mu: the oldest first
}

type recounted struct {
	election string
	version  int
	class    member.Class
}

// Recount is the count of a certified class, worked out from its papers. ErrCountDiffers.
func (p *Polls) Recount(i Issue, class CertifiedClass) (Counted, error) {
	key, r := recounted{i.Election, i.Version, class.Class}, &p.recounts
	r.mu.Lock()
	of, known := r.kept[key]
	r.mu.Unlock()
	if known {
		return of, nil
	}
	of, err := i.Recount(class, i.Files[class.Class])
	if err != nil {
		return of, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.kept[key]; !known {
		if len(r.next) == mostRecounts {
			delete(r.kept, r.next[0])
			r.next = r.next[1:]
		}
		r.kept[key], r.next = of, append(r.next, key)
	}
	return of, nil
}

// Result is the newest certificate that has all its signatures. ErrNotIssued.
func (p *Polls) Result(ctx context.Context, id string) (Issue, error) {
	all, err := p.Issues(ctx, id)
	if err != nil {
		return Issue{}, err
	}
	for _, i := range all {
		if i.Complete() {
			return i, nil
		}
	}
	return Issue{}, ErrNotIssued
}

// Stood tells of each member who was on the paper whether they take a seat; not of those who were struck off.
func (p *Polls) Stood(ctx context.Context, i Issue) (map[member.ID]bool, error) {
	return stood(p.db.Read(ctx), i)
}

func stood(tx *gorm.DB, i Issue) (map[member.ID]bool, error) {
	nominated, err := nominations(tx, tx.Where("election = ?", i.Election))
	if err != nil {
		return nil, err
	}
	all := map[member.ID]bool{}
	for _, class := range i.Classes {
		for _, o := range class.Candidates {
			at := slices.IndexFunc(nominated, func(n Nomination) bool { return n.ID == o.Nomination })
			if at >= 0 && o.Struck == "" {
				all[nominated[at].Candidate] = slices.Contains(class.Elected, o.Number)
			}
		}
	}
	return all, nil
}
