package election

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type rollRow struct {
	Election     string
	Version      int
	Ordinary     int
	Operators    int
	Contributors int
	Hash         string
	Correction   string
	MadeAt       time.Time
}

func (rollRow) TableName() string { return "rolls" }

func (r rollRow) roll() Roll {
	return Roll{
		Version: r.Version, Hash: r.Hash, Correction: r.Correction, MadeAt: r.MadeAt.UTC(),
		Size: map[member.Class]int{member.ClassOrdinary: r.Ordinary, member.ClassOperator: r.Operators, member.ClassContributor: r.Contributors},
	}
}

type entryRow struct {
	Election string
	Member   member.ID
	Version  int
	Class    member.Class
}

func (entryRow) TableName() string { return "roll_entries" }

// MakeRolls makes the first version of every roll whose record date is over. The clock asks for it.
func (e *Elections) MakeRolls(ctx context.Context) error {
	all, err := e.List(ctx)
	if err != nil {
		return err
	}
	for _, el := range all {
		state := el.State(e.now())
		if state == Proposed || state == CalledOff || el.NoticedAt.IsZero() || !e.now().After(el.known()) {
			continue
		}
		if _, err := e.Roll(ctx, el.ID); !errors.Is(err, ErrNoRoll) {
			if err != nil {
				return err
			}
			continue
		}
		if err := e.makeRoll(ctx, el); err != nil {
			return fmt.Errorf("make the roll of election %s: %w", el.ID, err)
		}
	}
	return nil
}

// known is the moment at which the roll is frozen: what is known then decides, however late it is made.
func (e Election) known() time.Time { return e.Timetable.Record.AddDays(1).Start().UTC() }

func (e *Elections) makeRoll(ctx context.Context, el Election) error {
	ids, err := e.register.Everybody(ctx, member.ForRoll)
	if err != nil {
		return err
	}
	asked := member.Asked{On: el.Timetable.Record, Notice: el.Timetable.Notice, KnownAt: el.known()}
	var voters []Voter
	for _, id := range ids {
		c, err := e.classes.Of(ctx, id, asked)
		if err != nil {
			return err
		}
		if c.Chosen != "" && el.Seats[c.Chosen] > 0 {
			voters = append(voters, Voter{id, c.Chosen})
		}
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if _, err := locked(tx, el.ID); err != nil {
			return err
		}
		if _, err := newest(tx, el.ID); !errors.Is(err, ErrNoRoll) {
			return err // another process made it
		}
		if err := e.keepRoll(tx, el.ID, 1, voters, voters, ""); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{As: "clock", What: "roll made", About: el.ID, Why: fmt.Sprintf("version 1 of %d voters", len(voters)), At: e.now()})
	})
}

// keepRoll writes a version: all of it for the hash, and what it says anew.
func (e *Elections) keepRoll(tx *gorm.DB, id string, version int, voters, anew []Voter, correction string) error {
	size := sizes(voters)
	row := rollRow{
		id, version, size[member.ClassOrdinary], size[member.ClassOperator], size[member.ClassContributor], Hash(voters), correction, e.now(),
	}
	if err := tx.Create(&row).Error; err != nil || len(anew) == 0 {
		return err
	}
	lines := make([]entryRow, len(anew))
	for i, v := range anew {
		lines[i] = entryRow{id, v.Member, version, v.Class}
	}
	return tx.CreateInBatches(lines, rowsAtOnce).Error
}

// Roll is the newest version. ErrNoRoll.
func (e *Elections) Roll(ctx context.Context, id string) (Roll, error) {
	return newest(e.db.Read(ctx), id)
}

func newest(tx *gorm.DB, id string) (Roll, error) {
	var row rollRow
	err := tx.Where("election = ?", id).Order("version DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Roll{}, ErrNoRoll
	}
	if err != nil {
		return Roll{}, fmt.Errorf("look up a roll: %w", err)
	}
	return row.roll(), nil
}

// Rolls are all versions, the first one first.
func (e *Elections) Rolls(ctx context.Context, id string) ([]Roll, error) {
	var rows []rollRow
	if err := e.db.Read(ctx).Where("election = ?", id).Order("version").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list rolls: %w", err)
	}
	all := make([]Roll, len(rows))
	for i, r := range rows {
		all[i] = r.roll()
	}
	return all, nil
}

// Voters are the lines of a version, in the order of the members' IDs.
func (e *Elections) Voters(ctx context.Context, id string, version int) ([]Voter, error) {
	return voters(e.db.Read(ctx), id, version)
}

func voters(tx *gorm.DB, id string, version int) ([]Voter, error) {
	var rows []entryRow
	err := tx.Raw(`SELECT member, class FROM roll_entries e WHERE election = ? AND version <= ? AND class <> '' AND NOT EXISTS (
			SELECT 1 FROM roll_entries l WHERE l.election = e.election AND l.member = e.member AND l.version > e.version AND l.version <= ?)
		ORDER BY member`, id, version, version).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list voters: %w", err)
	}
	all := make([]Voter, len(rows))
	for i, r := range rows {
		all[i] = Voter{r.Member, r.Class}
	}
	return all, nil
}

// ClassOnRoll is what the newest version says of a member: the class they vote in, "" when they are not on it. ErrNoRoll.
func (e *Elections) ClassOnRoll(ctx context.Context, id string, m member.ID) (member.Class, error) {
	tx := e.db.Read(ctx)
	if _, err := newest(tx, id); err != nil {
		return "", err
	}
	return classOf(tx, id, m)
}

func classOf(tx *gorm.DB, id string, m member.ID) (member.Class, error) {
	var row entryRow
	err := tx.Where("election = ? AND member = ?", id, m).Order("version DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up a voter: %w", err)
	}
	return row.Class, nil
}

// runs is what somebody acts as who runs an election: its returning officer, or an officer of the society. ErrNotOfficer.
func (e *Elections) runs(ctx context.Context, by identity.AccountID, id string) (as string, err error) {
	el, err := e.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if by == el.Returning {
		return returning, nil
	}
	return e.office(ctx, by)
}

type correctionRow struct {
	ID          string
	Election    string
	Member      member.ID
	Class       member.Class
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt *time.Time
	DroppedBy   identity.AccountID
	DroppedAt   *time.Time
}

func (correctionRow) TableName() string { return "roll_corrections" }

func (r correctionRow) correction() Correction {
	return Correction{
		r.ID, r.Election, r.Member, r.Class, r.Why, r.ProposedBy, r.ProposedAt.UTC(), r.ConfirmedBy, kept(r.ConfirmedAt), r.DroppedBy, kept(r.DroppedAt),
	}
}

// correctable says whether a roll may still be changed.
func (e Election) correctable(at time.Time) error {
	if !e.EndedAt.IsZero() || !at.Before(e.Timetable.PollOpens) {
		return ErrOpened
	}
	return nil
}

// Correct proposes a change to a roll: the class in which a member votes from then on, "" for none. A second person who runs the election
// confirms it. ErrOpened, ErrNoRoll, ErrSameLine, ErrOwnLine, ErrProposed, ErrNotMember.
func (e *Elections) Correct(ctx context.Context, by identity.AccountID, id string, m member.ID, class member.Class, why string) (string, error) {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return "", err
	}
	if why, err = member.Reason(why); err != nil {
		return "", err
	}
	if class != "" && !slices.Contains(member.AllClasses, class) {
		return "", member.ErrNotInClass
	}
	who, err := e.register.Get(ctx, m)
	if errors.Is(err, member.ErrNoMember) || err == nil && who.State != member.Admitted && class != "" {
		return "", ErrNotMember
	}
	if err != nil {
		return "", err
	}
	if err := e.notOwn(ctx, by, m); err != nil {
		return "", err
	}
	row := correctionRow{ID: identity.NewID(), Election: id, Member: m, Class: class, Why: why, ProposedBy: by, ProposedAt: e.now()}
	return row.ID, e.onRoll(ctx, id, func(tx *gorm.DB, el Election, now Roll) error {
		is, err := classOf(tx, id, m)
		switch {
		case err != nil:
			return err
		case is == class:
			return ErrSameLine
		case class != "" && el.Seats[class] == 0:
			return ErrNoSeats
		}
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrProposed
		} else if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roll correction proposed", About: id, Why: why, At: row.ProposedAt})
	})
}

// notOwn keeps officers off their own line.
func (e *Elections) notOwn(ctx context.Context, by identity.AccountID, m member.ID) error {
	own, is, err := e.register.Of(ctx, by)
	if err == nil && is && own.ID == m {
		err = ErrOwnLine
	}
	return err
}

// onRoll changes an election's roll, one after the other, while it may be changed.
func (e *Elections) onRoll(ctx context.Context, id string, do func(tx *gorm.DB, el Election, now Roll) error) error {
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		if err := el.correctable(e.now()); err != nil {
			return err
		}
		now, err := newest(tx, id)
		if err != nil {
			return err
		}
		return do(tx, el, now)
	})
}

// ConfirmCorrection is the second word: it makes the next version. ErrTakesTwo for one's own, ErrOwnLine, ErrOpened, ErrNoCorrection.
func (e *Elections) ConfirmCorrection(ctx context.Context, by identity.AccountID, id, correction string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	c, err := e.correction(e.db.Read(ctx), id, correction)
	if err != nil {
		return err
	}
	if err := e.notOwn(ctx, by, c.Member); err != nil {
		return err
	}
	if _, err := e.runs(ctx, c.ProposedBy, id); err != nil { // a proposal falls with the office of whoever made it
		return err
	}
	return e.onRoll(ctx, id, func(tx *gorm.DB, _ Election, now Roll) error {
		c, err := e.correction(tx, id, correction)
		switch {
		case err != nil:
			return err
		case c.ProposedBy == by:
			return ErrTakesTwo
		}
		before, err := voters(tx, id, now.Version)
		if err != nil {
			return err
		}
		after := slices.DeleteFunc(before, func(v Voter) bool { return v.Member == c.Member })
		if c.Class != "" {
			after = append(after, Voter{c.Member, c.Class})
		}
		if err := e.keepRoll(tx, id, now.Version+1, after, []Voter{{c.Member, c.Class}}, c.ID); err != nil {
			return err
		}
		at := e.now()
		if err := tx.Model(&correctionRow{}).Where("id = ?", c.ID).Updates(map[string]any{"confirmed_by": by, "confirmed_at": at}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roll corrected", About: id, Why: fmt.Sprintf("version %d: %s", now.Version+1, c.Why), At: at})
	})
}

// DropCorrection ends a proposal that nobody confirmed. ErrNoCorrection.
func (e *Elections) DropCorrection(ctx context.Context, by identity.AccountID, id, correction string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if _, err := locked(tx, id); err != nil {
			return err
		}
		c, err := e.correction(tx, id, correction)
		if err != nil {
			return err
		}
		at := e.now()
		if err := tx.Model(&correctionRow{}).Where("id = ?", c.ID).Updates(map[string]any{"dropped_by": by, "dropped_at": at}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roll correction dropped", About: id, Why: c.Why, At: at})
	})
}

// correction is an open one.
func (e *Elections) correction(tx *gorm.DB, id, correction string) (Correction, error) {
	var row correctionRow
	err := tx.Where("id = ? AND election = ? AND confirmed_at IS NULL AND dropped_at IS NULL", correction, id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Correction{}, ErrNoCorrection
	}
	if err != nil {
		return Correction{}, fmt.Errorf("look up a correction: %w", err)
	}
	return row.correction(), nil
}

// Corrections are all that were proposed, the newest first.
func (e *Elections) Corrections(ctx context.Context, id string) ([]Correction, error) {
	var rows []correctionRow
	if err := e.db.Read(ctx).Where("election = ?", id).Order("proposed_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	all := make([]Correction, len(rows))
	for i, r := range rows {
		all[i] = r.correction()
	}
	return all, nil
}

type objectionRow struct {
	ID         string
	Election   string
	Member     member.ID
	Words      string
	MadeAt     time.Time
	Answer     string
	AnsweredBy identity.AccountID
	AnsweredAt *time.Time
}

func (objectionRow) TableName() string { return "roll_objections" }

func (r objectionRow) objection() Objection {
	return Objection{r.ID, r.Election, r.Member, r.Words, r.MadeAt.UTC(), r.Answer, r.AnsweredBy, kept(r.AnsweredAt)}
}

// Object keeps what a member says is wrong with the roll: with their own line, or with anybody's. One at a time waits for an answer.
// ErrNotMember, ErrNoRoll, ErrTooLate, ErrObjected.
func (e *Elections) Object(ctx context.Context, account identity.AccountID, id, words string) error {
	words, err := member.Reason(words)
	if err != nil {
		return err
	}
	who, is, err := e.register.Of(ctx, account)
	if err == nil && (!is || who.State != member.Admitted) {
		err = ErrNotMember
	}
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		if _, err := newest(tx, id); err != nil {
			return err
		}
		now := e.now()
		if !el.EndedAt.IsZero() || !now.Before(el.Timetable.ObjectionsClose) {
			return ErrTooLate
		}
		err = tx.Create(&objectionRow{ID: identity.NewID(), Election: id, Member: who.ID, Words: words, MadeAt: now}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrObjected
		}
		return err
	})
}

// Answer tells a member what came of their objection. ErrNoObjection.
func (e *Elections) Answer(ctx context.Context, by identity.AccountID, id, objection, words string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "election:"+id); err != nil {
			return err
		}
		now := e.now()
		done := tx.Model(&objectionRow{}).Where("id = ? AND election = ? AND answered_at IS NULL", objection, id).
			Updates(map[string]any{"answer": words, "answered_by": by, "answered_at": now})
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrNoObjection
		}
		if done.Error != nil {
			return done.Error
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "objection answered", About: id, Why: words, At: now})
	})
}

// Objections are all that were made, open ones first. With m, only that member's.
func (e *Elections) Objections(ctx context.Context, id string, m member.ID) ([]Objection, error) {
	ask := e.db.Read(ctx).Where("election = ?", id)
	if m != "" {
		ask = ask.Where("member = ?", m)
	}
	var rows []objectionRow
	if err := ask.Order("CASE WHEN answered_at IS NULL THEN 0 ELSE 1 END, made_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list objections: %w", err)
	}
	all := make([]Objection, len(rows))
	for i, r := range rows {
		all[i] = r.objection()
	}
	return all, nil
}

// Ceased are those on the newest roll who are no members any more: they get no ballot, and the certificate counts them.
func (e *Elections) Ceased(ctx context.Context, id string) (n int, err error) {
	roll, err := e.Roll(ctx, id)
	if err != nil {
		return 0, err
	}
	all, err := e.Voters(ctx, id, roll.Version)
	if err != nil {
		return 0, err
	}
	today := calendar.On(e.now())
	for _, v := range all {
		m, err := e.register.Get(ctx, v.Member)
		if err != nil {
			return 0, err
		}
		if !m.Ceased.IsZero() && !m.Ceased.After(today) {
			n++
		}
	}
	return n, nil
}
