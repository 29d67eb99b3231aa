package contribution

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
)

// creditedRow is a change that somebody is credited with, and what else decides whether it counts.
type creditedRow struct {
	Member     member.ID
	Change     string
	Path       string
	Number     string
	Title      string
	MergedAt   time.Time
	Ignored    Ignored
	Part       Part
	Login      string
	DelistedAt *time.Time
	UnlinkedAt *time.Time
}

// mostCredited bounds what is read at once. A window of one member has some hundreds.
const mostCredited = 200_000

// Contributor tells how a member stands on a day, as far as was known at a moment: ask for a roll with the moment at which it is frozen.
// What becomes known later never changes that answer.
func (b *Book) Contributor(ctx context.Context, m member.ID, on calendar.Date, knownAt time.Time) (Standing, error) {
	rules, err := b.register.RulesAt(ctx, knownAt)
	if err != nil {
		return Standing{}, err
	}
	var s Standing
	s.First, s.Last = window(on, rules.Window)
	if m == "" {
		return s, nil // nobody's; the window is everybody's
	}
	if s.Credits, err = b.credits(ctx, m, s.First, s.Last, knownAt); err != nil {
		return Standing{}, err
	}
	declared, err := b.Declarations(ctx, m)
	if err != nil {
		return Standing{}, err
	}
	for _, d := range declared {
		if d.covers(on, knownAt) {
			s.FullTime = &d
		}
	}
	s.Exception, err = b.appointed(ctx, m, on, knownAt)
	return s, err
}

// IsContributor is Contributor for whoever only wants to know that.
func (b *Book) IsContributor(ctx context.Context, m member.ID, on calendar.Date, knownAt time.Time) (bool, error) {
	s, err := b.Contributor(ctx, m, on, knownAt)
	return s.Contributor(), err
}

// Credits are a member's in the window of a day, newest first, with those that do not count.
func (b *Book) Credits(ctx context.Context, m member.ID, on calendar.Date, knownAt time.Time) ([]Credit, error) {
	s, err := b.Contributor(ctx, m, on, knownAt)
	return s.Credits, err
}

func (b *Book) credits(ctx context.Context, m member.ID, first, last calendar.Date, knownAt time.Time) ([]Credit, error) {
	found, err := b.credited(ctx, m, first, last, knownAt)
	return found[m], err
}

// credited are the changes of the days from first to last by the members who are credited with them. All members for "".
func (b *Book) credited(ctx context.Context, m member.ID, first, last calendar.Date, knownAt time.Time) (map[member.ID][]Credit, error) {
	ask := b.db.Read(ctx).Table("contributor_links l").
		Select("l.member, c.id AS change, r.path, c.number, c.title, c.merged_at, c.ignored, k.part, k.login, r.delisted_at, l.unlinked_at").
		Joins("JOIN change_credits k ON k.forge = l.forge AND k.subject = l.subject").
		Joins("JOIN merged_changes c ON c.id = k.change").
		Joins("JOIN work_repositories r ON r.id = c.repository").
		Where("l.linked_at <= ? AND k.recorded_at <= ? AND c.recorded_at <= ? AND r.listed_at <= ?", knownAt, knownAt, knownAt, knownAt).
		Where("c.merged_at >= ? AND c.merged_at < ?", first.Start().UTC(), last.AddDays(1).Start().UTC()).
		Order("c.merged_at DESC, c.id").Limit(mostCredited)
	if m != "" {
		ask = ask.Where("l.member = ?", m)
	}
	var rows []creditedRow
	if err := ask.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up merged work: %w", err)
	}
	decided, err := b.decided(ctx, knownAt)
	if err != nil {
		return nil, err
	}
	found := map[member.ID][]Credit{}
	at := map[string]int{} // of a change among a member's: somebody may have two accounts in it
	for _, row := range rows {
		c := row.credit(first, last, decided[row.Change], knownAt)
		key := string(row.Member) + " " + row.Change
		if i, twice := at[key]; twice {
			if !found[row.Member][i].Counts {
				found[row.Member][i] = c
			}
			continue
		}
		at[key] = len(found[row.Member])
		found[row.Member] = append(found[row.Member], c)
	}
	return found, nil
}

func (r creditedRow) credit(first, last calendar.Date, exception ExceptionKind, knownAt time.Time) Credit {
	k := changeKnown{
		mergedAt: r.MergedAt.UTC(), ignored: r.Ignored, exception: exception,
		delisted: by(stamp(r.DelistedAt), knownAt), unlinked: by(stamp(r.UnlinkedAt), knownAt),
	}
	return Credit{
		Repository: r.Path, Number: r.Number, Title: r.Title, Merged: calendar.On(r.MergedAt), Part: r.Part, Login: r.Login,
		Counts: k.counts(first, last), Ignored: r.Ignored, Exception: exception,
	}
}

// decided are the exceptions about changes that held at a moment.
func (b *Book) decided(ctx context.Context, at time.Time) (map[string]ExceptionKind, error) {
	var rows []exceptionRow
	err := b.db.Read(ctx).Where("kind IN ? AND confirmed_at <= ? AND (ended_at IS NULL OR ended_at > ?)", []ExceptionKind{Counted, Struck}, at, at).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look up exceptions: %w", err)
	}
	found := map[string]ExceptionKind{}
	for _, row := range rows {
		if found[row.Change] != Struck { // where officers decided both, the narrower holds
			found[row.Change] = row.Kind
		}
	}
	return found, nil
}

// appointed is the exception that makes a member a contributor on a day; nil when none does.
func (b *Book) appointed(ctx context.Context, m member.ID, on calendar.Date, knownAt time.Time) (*Exception, error) {
	var rows []exceptionRow
	if err := b.db.Read(ctx).Where("kind = ? AND member = ?", Appointed, m).Order("proposed_at").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up exceptions: %w", err)
	}
	for _, row := range rows {
		if e := row.exception(); e.covers(on, knownAt) {
			return &e, nil
		}
	}
	return nil, nil
}

type nameRow struct {
	ID     int64
	Member member.ID
	Name   string
	SaidAt time.Time
}

func (nameRow) TableName() string { return "contributor_names" }

// BeCalled puts a member on the public roll under a name of their choice, or takes them off it with "". ErrBadName.
func (b *Book) BeCalled(ctx context.Context, m member.ID, name string) error {
	name, err := member.Line(name, LongestName)
	if err != nil {
		return member.Amiss(ErrBadName, err)
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "contributor "+string(m)); err != nil {
			return err
		}
		return tx.Create(&nameRow{Member: m, Name: name, SaidAt: b.now()}).Error
	})
}

// Called is the name under which a member is on the public roll; "" when they are not.
func (b *Book) Called(ctx context.Context, m member.ID) (string, error) {
	var row nameRow
	err := b.db.Read(ctx).Where("member = ?", m).Order("id DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return row.Name, err
}

// Named is a line of the public roll.
type Named struct {
	Name   string
	Merged int // changes in the window
}

// Roll is the public credit roll of a window.
type Roll struct {
	First, Last calendar.Date
	Named       []Named // those who chose a name, in its order
	Others      int     // people who chose none
	OthersDid   int     // their changes
}

// CreditRoll tells the public who did merged work in the window that ends today. Nobody is named who did not choose a name.
func (b *Book) CreditRoll(ctx context.Context) (Roll, error) {
	rules, err := b.register.Rules(ctx)
	if err != nil {
		return Roll{}, err
	}
	var roll Roll
	roll.First, roll.Last = window(b.today(), rules.Window)
	found, err := b.credited(ctx, "", roll.First, roll.Last, b.now())
	if err != nil {
		return Roll{}, err
	}
	names, err := b.names(ctx)
	if err != nil {
		return Roll{}, err
	}
	for m, credits := range found {
		merged := Standing{Credits: credits}.Merged()
		switch name := names[m]; {
		case merged == 0:
		case name == "":
			roll.Others++
			roll.OthersDid += merged
		default:
			roll.Named = append(roll.Named, Named{name, merged})
		}
	}
	slices.SortFunc(roll.Named, func(a, b Named) int {
		return strings.Compare(strings.ToLower(a.Name)+"\x00"+a.Name, strings.ToLower(b.Name)+"\x00"+b.Name)
	})
	return roll, nil
}

func (b *Book) names(ctx context.Context) (map[member.ID]string, error) {
	var rows []nameRow
	err := b.db.Read(ctx).Where("id IN (?)", b.db.Read(ctx).Model(&nameRow{}).Select("max(id)").Group("member")).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look up names: %w", err)
	}
	names := map[member.ID]string{}
	for _, row := range rows {
		names[row.Member] = row.Name
	}
	return names, nil
}
