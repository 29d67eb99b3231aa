package election

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
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

// draftRow is a line of a roll that is being made: a member who was looked up, and their class, ” for none.
type draftRow struct {
	Election string
	Member   member.ID
	Class    member.Class
}

func (draftRow) TableName() string { return "roll_drafts" }

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
func (e Election) known() time.Time { return e.Timetable.Published().Start().UTC() }

func (e *Elections) makeRoll(ctx context.Context, el Election) error {
	ids, err := e.register.Everybody(ctx, member.ForRoll)
	if err != nil {
		return err
	}
	var last member.ID
	if err := e.db.Read(ctx).Model(&draftRow{}).Where("election = ?", el.ID).Select("coalesce(max(member), '')").Scan(&last).Error; err != nil {
		return err
	}
	begin, seen := slices.BinarySearch(ids, last)
	if seen {
		begin++
	}
	left := ids[begin:]
	for chunk := range slices.Chunk(left[:min(len(left), e.membersAtOnce)], rowsAtOnce) {
		if err := e.draft(ctx, el, chunk); err != nil {
			return err
		}
	}
	if len(left) > e.membersAtOnce {
		return e.db.Write(ctx, func(tx *gorm.DB) error { return e.queue.Add(ctx, tx, Due{}) }) // and on from there
	}
	return e.finishRoll(ctx, el)
}

// membersAtOnce is how many members one job looks up for a roll: some seconds' work. The next one goes on behind them.
const membersAtOnce = 5000

// draft notes in which class members vote, and of whom it was looked up. It is the answer as it was known when the record date was over, so it
// does not matter when it is asked.
func (e *Elections) draft(ctx context.Context, el Election, ids []member.ID) error {
	asked := member.Asked{On: el.Timetable.Record, Notice: el.Timetable.Notice, KnownAt: el.known()}
	rows := make([]draftRow, len(ids))
	for i, id := range ids {
		c, err := e.classes.Of(ctx, id, asked)
		if err != nil {
			return err
		}
		rows[i] = draftRow{Election: el.ID, Member: id}
		if class := el.votesIn(c.Chosen); el.Seats[class] > 0 {
			rows[i].Class = class
		}
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
	})
}

// finishRoll makes the first version of what was drafted.
func (e *Elections) finishRoll(ctx context.Context, el Election) error {
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if _, err := locked(tx, el.ID); err != nil {
			return err
		}
		if _, err := newest(tx, el.ID); !errors.Is(err, ErrNoRoll) {
			return err // another process made it
		}
		var drafted []draftRow
		if err := tx.Where("election = ? AND class <> ''", el.ID).Order("member").Find(&drafted).Error; err != nil {
			return err
		}
		voters := make([]Voter, len(drafted))
		for i, d := range drafted {
			voters[i] = Voter{d.Member, d.Class}
		}
		if err := tx.Where("election = ?", el.ID).Delete(&draftRow{}).Error; err != nil {
			return err
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
