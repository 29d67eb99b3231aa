package election

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

// Polls knows the polls of elections: who is on the paper, which envelopes came back, what is on the papers, and what is certified of it all.
type Polls struct {
	*Elections

	beacon   Beacon
	keys     Keys
	box      *box.Box
	logs     logs
	recounts recounts
}

// NewPolls opens the polls and their ballot box. Lots come from the beacon; the keys are the society's.
func NewPolls(elections *Elections, beacon Beacon, keys Keys) *Polls {
	p := &Polls{Elections: elections, beacon: beacon, keys: keys, recounts: recounts{kept: map[recounted]Counted{}}}
	p.logs.open, p.logs.last = map[ballot.Contest]*bulletin.Log{}, map[ballot.Contest]time.Time{}
	p.box = box.New(elections.db, keys.Box, p.BoxPoll, elections.now)
	return p
}

// Box is the ballot box of votes that are cast online.
func (p *Polls) Box() *box.Box { return p.box }

type contestRow struct {
	Election     string
	Class        member.Class
	Seats        int
	Outcome      Outcome
	Ceased       int
	Manifest     string
	ManifestHash string
	OpenedAt     time.Time
	Beacon       string
	BeaconBy     identity.AccountID
	BeaconAt     *time.Time
	Papers       int
	EmptiedBy    identity.AccountID
	EmptiedWhy   string
	EmptiedAt    *time.Time
	LogSize      uint64
	LogRoot      string
	LogSums      string
}

func (contestRow) TableName() string { return "contests" }

type candidateRow struct {
	Election   string
	Class      member.Class
	Number     int
	Nomination string
	Name       string
	StruckBy   identity.AccountID
	StruckWhy  string
	StruckAt   *time.Time
}

func (candidateRow) TableName() string { return "contest_candidates" }

type markedRow struct {
	Election   string
	Member     member.ID
	Class      member.Class
	IssuedAt   time.Time
	ReceivedBy identity.AccountID
	ReceivedAt *time.Time

	Blinded        []byte
	BlindSignature []byte
}

func (markedRow) TableName() string { return "marked_register" }

func (r contestRow) contest(candidates []candidateRow) Contest {
	c := Contest{
		Election: r.Election, Class: r.Class, Seats: r.Seats, Outcome: r.Outcome, Ceased: r.Ceased, Manifest: r.Manifest, ManifestHash: r.ManifestHash, OpenedAt: r.OpenedAt.UTC(),
		Beacon: r.Beacon, BeaconBy: r.BeaconBy, BeaconAt: database.Moment(r.BeaconAt), Papers: r.Papers, EmptiedBy: r.EmptiedBy, EmptiedWhy: r.EmptiedWhy, EmptiedAt: database.Moment(r.EmptiedAt),
		LogSize: r.LogSize, LogRoot: r.LogRoot, LogSums: r.LogSums,
	}
	for _, o := range candidates {
		if o.Class == r.Class {
			c.Candidates = append(c.Candidates, OnPaper{o.Number, o.Nomination, o.Name, o.StruckBy, o.StruckWhy, database.Moment(o.StruckAt)})
		}
	}
	return c
}

// Open opens every poll whose time has come, or, where votes are cast online, makes it ready: the roll and the paper are final, and issued to all
// on the roll who are still members. The clock asks for it. One that lacks keys waits for them, until it would close: Prepared tells which.
func (p *Polls) Open(ctx context.Context) error {
	all, err := p.List(ctx)
	if err != nil {
		return err
	}
	var amiss error
	for _, el := range all {
		if state := el.State(p.now()); p.now().Before(el.Final()) || state != Hustings && state != Polling { // what did not open while it was time does not: the beacon may have spoken
			continue
		}
		switch there, err := p.Contests(ctx, el.ID); {
		case err != nil:
			return errors.Join(amiss, err)
		case len(there) > 0:
			continue
		}
		if err := p.open(ctx, el); err != nil && !errors.Is(err, ErrNotPrepared) { // no other poll waits for it
			amiss = errors.Join(amiss, fmt.Errorf("open the poll of election %s: %w", el.ID, err))
		}
	}
	return amiss
}

func (p *Polls) open(ctx context.Context, el Election) error {
	book, err := RuleBookOn(el.Timetable.Notice)
	if err != nil {
		return err
	}
	roll, err := p.Roll(ctx, el.ID)
	if err != nil {
		return err
	}
	voters, err := p.stillMembers(ctx, el, roll)
	if err != nil {
		return err
	}
	var keys onlineKeys
	if el.Online() {
		if keys, err = p.keysFor(ctx, el); err != nil {
			return err
		}
	}
	var contests []Contest
	for _, class := range member.AllClasses {
		if el.Seats[class] == 0 {
			continue
		}
		c := Contest{Election: el.ID, Class: class, Seats: el.Seats[class], Ceased: roll.Size[class] - sizes(voters)[class], OpenedAt: p.now()}
		if c.Candidates, c.Outcome, err = p.paper(ctx, el, book, class, voters); err != nil {
			return err
		}
		m := el.manifest(c, book, roll, p.beacon)
		if el.Online() {
			if m.Online, err = p.manifestOf(el, class, keys, openingsOf(book, m.Voters, len(c.Candidates))); err != nil {
				return err
			}
		}
		if c.Manifest, c.ManifestHash, err = m.file(); err != nil {
			return err
		}
		contests = append(contests, c)
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		now, err := locked(tx, el.ID)
		if err != nil {
			return err
		}
		if there, err := contestsOf(tx, el.ID); err != nil || len(there) > 0 {
			return err // another process opened it
		}
		if !now.EndedAt.IsZero() || !slices.Equal(now.Scrutineers, el.Scrutineers) {
			return nil // it was called off, or a duty passed on, since we looked: the next time
		}
		if el.Online() {
			if err := p.keepKeys(tx, el, keys); err != nil {
				return err
			}
		}
		for _, c := range contests {
			if err := p.keepContest(tx, c, voters); err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Act{As: "clock", What: opened(el), About: el.ID, Why: fmt.Sprintf("roll version %d", roll.Version), At: p.now()})
	})
}

// paper is what there is to choose from in a class, and whether there is a poll.
func (p *Polls) paper(ctx context.Context, el Election, book RuleBook, class member.Class, voters []Voter) ([]OnPaper, Outcome, error) {
	if el.Motion != nil {
		return paperOfMotion(), OutcomePoll, nil
	}
	stand, err := p.Candidates(ctx, el.ID, class)
	if err != nil {
		return nil, "", err
	}
	stand = slices.DeleteFunc(stand, func(n Nomination) bool { return !slices.Contains(voters, Voter{n.Candidate, class}) })
	all, outcome := paperOf(book, el.Seats[class], stand)
	return all, outcome, nil
}

// opened is what the audit log calls it.
func opened(el Election) string {
	if el.Online() {
		return "roll and paper final"
	}
	return "poll opened"
}

// stillMembers are those on the roll who have not ceased to be members by the opening of the poll.
func (p *Polls) stillMembers(ctx context.Context, el Election, roll Roll) ([]Voter, error) {
	all, err := p.Voters(ctx, el.ID, roll.Version)
	if err != nil {
		return nil, err
	}
	gone, err := p.register.Ceased(ctx, calendar.On(el.Final()))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(v Voter) bool { return gone[v.Member] }), nil
}

func (p *Polls) keepContest(tx *gorm.DB, c Contest, voters []Voter) error {
	row := contestRow{
		Election: c.Election, Class: c.Class, Seats: c.Seats, Outcome: c.Outcome, Ceased: c.Ceased, Manifest: c.Manifest, ManifestHash: c.ManifestHash, OpenedAt: c.OpenedAt,
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	for _, o := range c.Candidates {
		if err := tx.Create(&candidateRow{Election: c.Election, Class: c.Class, Number: o.Number, Nomination: o.Nomination, Name: o.Name}).Error; err != nil {
			return err
		}
	}
	if c.Outcome != OutcomePoll {
		return nil
	}
	var issued []markedRow
	for _, v := range voters {
		if v.Class == c.Class {
			issued = append(issued, markedRow{Election: c.Election, Member: v.Member, Class: v.Class, IssuedAt: c.OpenedAt})
		}
	}
	if len(issued) == 0 {
		return nil
	}
	return tx.CreateInBatches(issued, rowsAtOnce).Error
}

// State is how far an election has come, as Election.State says; and whether a poll whose time is over was ever opened.
func (p *Polls) State(ctx context.Context, el Election) (State, error) {
	state := el.State(p.now())
	if state != Counting {
		return state, nil
	}
	opened, err := p.Contests(ctx, el.ID)
	if err == nil && len(opened) == 0 {
		state = Unopened
	}
	return state, err
}

// Contests are those of an election, in the order of the classes; none before the poll has opened.
func (p *Polls) Contests(ctx context.Context, id string) ([]Contest, error) {
	return contestsOf(p.db.Read(ctx), id)
}

func contestsOf(tx *gorm.DB, id string) ([]Contest, error) {
	var rows []contestRow
	var candidates []candidateRow
	err := tx.Where("election = ?", id).Find(&rows).Error
	if err == nil {
		err = tx.Where("election = ?", id).Order("class, number").Find(&candidates).Error
	}
	if err != nil {
		return nil, fmt.Errorf("list contests: %w", err)
	}
	var all []Contest
	for _, class := range member.AllClasses {
		for _, r := range rows {
			if r.Class == class {
				all = append(all, r.contest(candidates))
			}
		}
	}
	return all, nil
}

// Contest is that of one class. ErrNoContest.
func (p *Polls) Contest(ctx context.Context, id string, class member.Class) (Contest, error) {
	return contestOf(p.db.Read(ctx), id, class)
}

func contestOf(tx *gorm.DB, id string, class member.Class) (Contest, error) {
	all, err := contestsOf(tx, id)
	if err != nil {
		return Contest{}, err
	}
	for _, c := range all {
		if c.Class == class {
			return c, nil
		}
	}
	return Contest{}, ErrNoContest
}

// Marked is a page of the marked register of a class, in the order of the members' IDs: up to so many behind one of them.
func (p *Polls) Marked(ctx context.Context, id string, class member.Class, behind member.ID, most int) ([]Marked, error) {
	var rows []markedRow
	if err := p.db.Read(ctx).Where("election = ? AND class = ? AND member > ?", id, class, behind).Order("member").Limit(most).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the marked register: %w", err)
	}
	all := make([]Marked, len(rows))
	for i, r := range rows {
		all[i] = Marked{r.Member, r.Class, database.Moment(r.ReceivedAt)}
	}
	return all, nil
}

// Issued is the line of one member in the marked register. ErrNoPaper.
func (p *Polls) Issued(ctx context.Context, id string, m member.ID) (Marked, error) {
	row, err := markedLine(p.db.Read(ctx), id, m)
	return Marked{row.Member, row.Class, database.Moment(row.ReceivedAt)}, err
}

func markedLine(tx *gorm.DB, id string, m member.ID) (row markedRow, err error) {
	err = tx.Where("election = ? AND member = ?", id, m).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, ErrNoPaper
	}
	return row, err
}

// Figures are those of a class.
func (p *Polls) Figures(ctx context.Context, c Contest) (Figures, error) {
	return figuresOf(p.db.Read(ctx), c)
}

func figuresOf(tx *gorm.DB, c Contest) (Figures, error) {
	m, err := c.Read()
	if err != nil {
		return Figures{}, err
	}
	f := Figures{Voters: m.Voters, Ceased: c.Ceased, Papers: c.Papers}
	if c.Outcome != OutcomePoll {
		return f, nil
	}
	var there struct{ Issued, Received int }
	back := "count(received_at)"
	if m.Online != nil {
		back = "count(CASE WHEN length(blinded) > 0 THEN 1 END)" // who had a key signed stands where an envelope came back
	}
	err = tx.Model(&markedRow{}).Where("election = ? AND class = ?", c.Election, c.Class).Select("count(*) AS issued, " + back + " AS received").Scan(&there).Error
	if err != nil {
		return f, fmt.Errorf("count the marked register: %w", err)
	}
	f.Issued, f.Received = there.Issued, there.Received
	return f, nil
}

// hand is what somebody acts as who handles papers: the returning officer, a scrutineer, or an officer of the society who neither stands nor
// supports a candidate. ErrNotReader.
func (p *Polls) hand(ctx context.Context, by identity.AccountID, el Election) (as string, err error) {
	switch {
	case by == el.Returning:
		return returning, nil
	case el.Runs(by):
		return scrutineer, nil
	}
	as, err = p.office(ctx, by)
	if errors.Is(err, ErrNotOfficer) {
		return "", ErrNotReader
	}
	if err != nil {
		return "", err
	}
	takes, err := p.takesPart(ctx, by, el.ID)
	if err == nil && takes {
		err = ErrNotReader
	}
	return as, err
}

// Handles reports whether somebody handles the papers of an election.
func (p *Polls) Handles(ctx context.Context, by identity.AccountID, el Election) (bool, error) {
	_, err := p.hand(ctx, by, el)
	if errors.Is(err, ErrNotReader) {
		return false, nil
	}
	return err == nil, err
}

// onContest does something to a class's poll for somebody who handles papers, and records it unless the act is empty.
func (p *Polls) onContest(ctx context.Context, by identity.AccountID, id string, class member.Class, do func(tx *gorm.DB, el Election, c Contest) (audit.Act, error)) error {
	el, err := p.Get(ctx, id)
	if err != nil {
		return err
	}
	as, err := p.hand(ctx, by, el)
	if err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		c, err := contestOf(tx, id, class)
		if err != nil {
			return err
		}
		act, err := do(tx, el, c)
		if err != nil || act.What == "" {
			return err
		}
		act.By, act.As, act.About, act.At = by, as, id, p.now()
		return audit.Record(tx, act)
	})
}

// Receive marks that a member's envelope came back. One whose sender has ceased to be a member is not opened.
// ErrNotReader, ErrPollShut, ErrEmptied, ErrNoPaper, ErrReceived, ErrCeased.
func (p *Polls) Receive(ctx context.Context, by identity.AccountID, id string, m member.ID) error {
	line, err := p.Issued(ctx, id, m)
	if err != nil {
		return err
	}
	who, err := p.register.Get(ctx, m)
	if err != nil {
		return err
	}
	return p.onContest(ctx, by, id, line.Class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		row, err := markedLine(tx, id, m)
		switch {
		case err != nil:
			return audit.Act{}, err
		case el.Online():
			return audit.Act{}, ErrNotPaper
		case !el.Receiving(p.now()):
			return audit.Act{}, ErrPollShut
		case !c.EmptiedAt.IsZero():
			return audit.Act{}, ErrEmptied
		case row.ReceivedAt != nil:
			return audit.Act{}, ErrReceived
		case !who.Ceased.IsZero() && !who.Ceased.After(calendar.On(p.now())):
			return audit.Act{}, ErrCeased
		}
		return audit.Act{}, mark(tx, id, m, by, p.now())
	})
}

func mark(tx *gorm.DB, id string, m member.ID, by identity.AccountID, at any) error {
	return tx.Model(&markedRow{}).Where("election = ? AND member = ?", id, m).Updates(map[string]any{"received_by": by, "received_at": at}).Error
}

// Unmark takes back a mark made by mistake. ErrNotReader, ErrEmptied, ErrNoPaper, ErrNotReceived.
func (p *Polls) Unmark(ctx context.Context, by identity.AccountID, id string, m member.ID, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	line, err := p.Issued(ctx, id, m)
	if err != nil {
		return err
	}
	return p.onContest(ctx, by, id, line.Class, func(tx *gorm.DB, _ Election, c Contest) (audit.Act, error) {
		row, err := markedLine(tx, id, m)
		switch {
		case err != nil:
			return audit.Act{}, err
		case !c.EmptiedAt.IsZero():
			return audit.Act{}, ErrEmptied
		case row.ReceivedAt == nil:
			return audit.Act{}, ErrNotReceived
		}
		return audit.Act{What: "envelope unmarked", Why: why}, mark(tx, id, m, "", nil)
	})
}

// Empty says how many papers were in the envelopes of a class once the poll has closed: at most one for each. It can be said again, for no fewer
// than the highest number that was read; once papers are read it takes a reason, which everybody sees.
// ErrNotReturning, ErrPollOpen, ErrMorePapers, ErrFewerPapers.
func (p *Polls) Empty(ctx context.Context, by identity.AccountID, id string, class member.Class, papers int, why string) error {
	return p.onContest(ctx, by, id, class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		f, err := figuresOf(tx, c)
		if err != nil {
			return audit.Act{}, err
		}
		var highest int
		if err := tx.Model(&entryOnPaperRow{}).Where("election = ? AND class = ?", id, class).Select("coalesce(max(paper), 0)").Scan(&highest).Error; err != nil {
			return audit.Act{}, err
		}
		switch {
		case by != el.Returning:
			return audit.Act{}, ErrNotReturning
		case el.Online():
			return audit.Act{}, ErrNotPaper
		case c.Outcome != OutcomePoll:
			return audit.Act{}, ErrNoContest
		case el.State(p.now()) != Counting:
			return audit.Act{}, ErrPollOpen
		case papers < 0 || papers > f.Received:
			return audit.Act{}, ErrMorePapers
		case papers < highest:
			return audit.Act{}, ErrFewerPapers
		}
		said := ""
		if highest > 0 {
			if said, err = member.Reason(why); err != nil {
				return audit.Act{}, err
			}
		}
		err = tx.Model(&contestRow{}).Where("election = ? AND class = ?", id, class).
			Updates(map[string]any{"papers": papers, "emptied_by": by, "emptied_why": said, "emptied_at": p.now()}).Error
		return audit.Act{What: "envelopes opened", Why: fmt.Sprintf("%s: %d papers in %d envelopes. %s", class, papers, f.Received, said)}, err
	})
}

// Hear records what the beacon published in the round that decides lots; it is checked to be its word. Once for all classes.
// ErrNotReturning, ErrBeaconSilent, ErrNoBeacon.
func (p *Polls) Hear(ctx context.Context, by identity.AccountID, id, published string) error {
	contests, err := p.Contests(ctx, id)
	if err != nil {
		return err
	}
	if len(contests) == 0 {
		return ErrNoContest
	}
	m, err := contests[0].Read()
	if err != nil {
		return err
	}
	if p.now().Before(m.Beacon.At) {
		return ErrBeaconSilent
	}
	signature, _, err := m.Beacon.value(published)
	if err != nil {
		return err
	}
	return p.onContest(ctx, by, id, contests[0].Class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		if by != el.Returning {
			return audit.Act{}, ErrNotReturning
		}
		if c.Beacon != "" { // it says the same, whoever asks
			return audit.Act{}, nil
		}
		err := tx.Model(&contestRow{}).Where("election = ?", id).Updates(map[string]any{"beacon": signature, "beacon_by": by, "beacon_at": p.now()}).Error
		return audit.Act{What: "beacon recorded", Why: fmt.Sprintf("%s, round %d", m.Beacon.Name, m.Beacon.Round)}, err
	})
}

// value is what the beacon that a manifest names said: the manifest, not the settings of the day, says which one it is.
func (b ManifestBeacon) value(published string) (signature string, value []byte, err error) {
	return Beacon{Name: b.Name, Key: b.Key}.Value(b.Round, published)
}

// Strike takes a candidate off who died, was found not to be eligible, or withdrew when the poll was open: papers are counted as if their name
// were not there. ErrNotReturning, ErrPollShut, ErrNoOne, ErrSeated.
func (p *Polls) Strike(ctx context.Context, by identity.AccountID, id string, class member.Class, number int, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	return p.onContest(ctx, by, id, class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		switch {
		case by != el.Returning:
			return audit.Act{}, ErrNotReturning
		case !el.SeatedAt.IsZero():
			return audit.Act{}, ErrSeated
		case !el.EndedAt.IsZero():
			return audit.Act{}, ErrPollShut
		case el.Motion != nil || number < 1 || number > len(c.Candidates) || c.Candidates[number-1].Reopens() || !c.Candidates[number-1].StruckAt.IsZero():
			return audit.Act{}, ErrNoOne
		}
		err := tx.Model(&candidateRow{}).Where("election = ? AND class = ? AND number = ?", id, class, number).
			Updates(map[string]any{"struck_by": by, "struck_why": why, "struck_at": p.now()}).Error
		return audit.Act{What: "candidate struck off", Why: fmt.Sprintf("%s, number %d: %s", class, number, why)}, err
	})
}

// Where is the address at which a manifest's beacon can be heard; "" for one that was set up otherwise.
func (p *Polls) Where(b ManifestBeacon) string {
	if b.Chain != p.beacon.Chain {
		return ""
	}
	return p.beacon.Where(b.Round)
}
