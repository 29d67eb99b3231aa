package board

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

// Board knows who sits, who sat, and which seats are vacant.
type Board struct {
	db       *database.DB
	register *member.Register
	officers *member.Officers
	classes  *member.Classes
	seatsOn  func(calendar.Date) (map[member.Class]int, error) // the rule book's answer: how many seats each class has
	now      func() time.Time
}

// New opens the board. seatsOn says how many seats each class has on a day.
func New(db *database.DB, register *member.Register, officers *member.Officers, classes *member.Classes,
	seatsOn func(calendar.Date) (map[member.Class]int, error), now func() time.Time,
) *Board {
	return &Board{db, register, officers, classes, seatsOn, database.Clock(now)}
}

type seatRow struct {
	ID         string
	Class      member.Class
	Seat       int
	Member     member.ID
	Name       string
	Interests  string
	Way        Way
	Election   string
	Minute     string
	Since      string
	Until      string
	RecordedBy identity.AccountID
	RecordedAt time.Time
	Ended      string
	EndedWhy   string
	EndedBy    identity.AccountID
	EndedAt    *time.Time
}

func (seatRow) TableName() string { return "board_seats" }

func (r seatRow) seat() Seat {
	return Seat{
		ID: r.ID, Class: r.Class, Number: r.Seat, Member: r.Member, Name: r.Name, Interests: r.Interests, Way: r.Way, Election: r.Election, Minute: r.Minute,
		Since: dayIn(r.Since), Until: dayIn(r.Until), RecordedBy: r.RecordedBy, RecordedAt: r.RecordedAt.UTC(),
		Ended: dayIn(r.Ended), EndedWhy: r.EndedWhy, EndedBy: r.EndedBy, EndedAt: database.Moment(r.EndedAt),
	}
}

// dayIn reads what the table says, which is a day or nothing.
func dayIn(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("board: the table says %q where a day should be", s))
	}
	return d
}

// Seats are all that were ever taken, by class and number, the newest first.
func (b *Board) Seats(ctx context.Context) ([]Seat, error) { return seats(b.db.Read(ctx)) }

func seats(tx *gorm.DB) ([]Seat, error) {
	var rows []seatRow
	if err := tx.Order("class, seat, since DESC, recorded_at DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the board's seats: %w", err)
	}
	all := make([]Seat, len(rows))
	for i, r := range rows {
		all[i] = r.seat()
	}
	return all, nil
}

// Vacant are the seats of every class that nobody holds on a day, nor has taken for a later one.
func (b *Board) Vacant(ctx context.Context, on calendar.Date) (map[member.Class][]Vacancy, error) {
	all, err := b.Seats(ctx)
	if err != nil {
		return nil, err
	}
	there, err := b.seatsOn(on)
	if err != nil {
		return nil, err
	}
	free := map[member.Class][]Vacancy{}
	for _, class := range member.AllClasses {
		free[class] = Vacant(all, class, there[class], on)
	}
	return free, nil
}

// Take seats those whom an election elected, of all its classes at once, and once however often it is told. Where they are needed, other seats
// end the day before.
func (b *Board) Take(ctx context.Context, elected []Taking) error {
	there := make([]map[member.Class]int, len(elected))
	for i, t := range elected {
		var err error
		if there[i], err = b.seatsOn(t.On); err != nil {
			return err
		}
	}
	return b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		for i, t := range elected {
			if err := b.take(tx, all, t, there[i][t.Class]); err != nil {
				return err
			}
			var err error
			if all, err = seats(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// take seats those of one class, which has so many seats.
func (b *Board) take(tx *gorm.DB, all []Seat, t Taking, there int) error {
	if slices.ContainsFunc(all, func(s Seat) bool { return s.Election == t.Election && s.Class == t.Class }) {
		return nil
	}
	all, err := b.makeRoom(tx, all, t, there)
	if err != nil {
		return err
	}
	free := Vacant(all, t.Class, there, t.On)
	if len(t.People) > len(free) {
		return fmt.Errorf("election %s fills %d seats of the %s class, and %d are vacant", t.Election, len(t.People), t.Class, len(free))
	}
	for i, p := range t.People {
		until := free[i].Left
		if until.IsZero() {
			until = afterMonths(t.On, t.TermMonths)
		}
		row := seatRow{
			ID: identity.NewID(), Class: t.Class, Seat: free[i].Number, Member: p.Member, Name: p.Name, Interests: p.Interests, Way: Elected,
			Election: t.Election, Since: t.On.String(), Until: until.String(), RecordedAt: b.now(),
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		act := audit.Act{As: "clock", What: "seat taken", About: row.ID, Why: fmt.Sprintf("election %s, %s seat %d", t.Election, t.Class, row.Seat), At: b.now()}
		if err := audit.Record(tx, act); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom ends the other seats of those who are elected, for nobody sits twice; and, while too few seats are vacant, co-options of the class, the
// newest first: they were made when the election had been called.
func (b *Board) makeRoom(tx *gorm.DB, all []Seat, t Taking, seats int) ([]Seat, error) {
	var ended error
	leave := func(s Seat, why string) Seat {
		s.Ended, s.EndedAt = t.On.AddDays(-1), b.now()
		ended = errors.Join(ended, end(tx, s, s.Ended, why, audit.Act{As: "clock", What: "seat left", At: s.EndedAt}))
		return s
	}
	lasts := func(s Seat) bool { return !s.Last().Before(s.Since) && !s.Last().Before(t.On) }
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Seat) int { return b.RecordedAt.Compare(a.RecordedAt) })
	for i, s := range all {
		if lasts(s) && slices.ContainsFunc(t.People, func(p Person) bool { return p.Member == s.Member }) {
			all[i] = leave(s, "elected to another seat")
		}
	}
	for i, s := range all {
		if lasts(s) && s.Class == t.Class && s.Way == CoOpted && len(Vacant(all, t.Class, seats, t.On)) < len(t.People) {
			all[i] = leave(s, "somebody was elected to the seat")
		}
	}
	return all, ended
}

// CoOpt fills a vacancy as the board decided. ErrNotOfficer, ErrNotVacant, ErrNotInClass, ErrSits, ErrBadDay, and an error for each field.
func (b *Board) CoOpt(ctx context.Context, by identity.AccountID, c CoOption) (string, error) {
	as, err := b.officer(ctx, by)
	if err != nil {
		return "", err
	}
	now := b.now()
	if c, err = c.check(calendar.On(now)); err != nil {
		return "", err
	}
	if err := b.belongs(ctx, c, now); err != nil {
		return "", err
	}
	there, err := b.seatsOn(c.Since)
	if err != nil {
		return "", err
	}
	row := seatRow{
		ID: identity.NewID(), Class: c.Class, Member: c.Member, Name: c.Name, Interests: c.Interests, Way: CoOpted, Minute: c.Minute,
		Since: c.Since.String(), RecordedBy: by, RecordedAt: now,
	}
	return row.ID, b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		if slices.ContainsFunc(all, func(s Seat) bool { return s.Member == c.Member && !s.Last().Before(c.Since) }) {
			return ErrSits
		}
		free := Vacant(all, c.Class, there[c.Class], c.Since)
		if len(free) == 0 {
			return ErrNotVacant
		}
		until := free[0].longest(c.Since)
		switch {
		case c.Until.IsZero():
		case c.Until.Before(c.Since) || c.Until.After(until):
			return ErrBadDay
		default:
			until = c.Until
		}
		row.Seat, row.Until = free[0].Number, until.String()
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "co-opted to the board", About: row.ID, Why: c.Minute, At: now})
	})
}

func (c CoOption) check(today calendar.Date) (CoOption, error) {
	if !slices.Contains(member.AllClasses, c.Class) {
		return c, ErrNoClass
	}
	var err, wrong error
	if c.Name, err = member.Line(c.Name, member.LongestName); err != nil || c.Name == "" {
		wrong = errors.Join(wrong, member.Amiss(ErrNoName, err))
	}
	if c.Interests, err = member.Reason(c.Interests); err != nil {
		wrong = errors.Join(wrong, member.Amiss(ErrNoReason, err))
	}
	if c.Since.IsZero() || c.Since.Before(today.AddDays(-mostBack)) || c.Since.After(today.AddDays(mostAhead)) {
		wrong = errors.Join(wrong, ErrBadDay)
	}
	if c.Minute, err = member.Line(c.Minute, member.LongestName); err != nil || c.Minute == "" {
		wrong = errors.Join(wrong, member.Amiss(ErrNoMinute, err))
	}
	return c, wrong
}

// How far from the day on which they are recorded co-options and ends can lie, in days.
const (
	mostBack  = 60
	mostAhead = 90
)

// belongs refuses whoever is not in the class whose seat it is.
func (b *Board) belongs(ctx context.Context, c CoOption, now time.Time) error {
	in, err := b.classes.Of(ctx, c.Member, member.Asked{On: calendar.On(now), KnownAt: now})
	if err == nil && !slices.Contains(in.In, c.Class) || errors.Is(err, member.ErrNoMember) {
		return ErrNotInClass
	}
	return err
}

// Leave ends somebody's seat early: they resigned, or were removed. last is the last day of it. ErrNotOfficer, ErrNoSeat, ErrBadDay, ErrNoReason.
func (b *Board) Leave(ctx context.Context, by identity.AccountID, seat string, last calendar.Date, why string) error {
	as, err := b.officer(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return member.Amiss(ErrNoReason, err)
	}
	now := b.now()
	today := calendar.On(now)
	return b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		at := slices.IndexFunc(all, func(s Seat) bool { return s.ID == seat && !s.Last().Before(today) && s.EndedAt.IsZero() })
		if at < 0 {
			return ErrNoSeat
		}
		if last.Before(all[at].Since.AddDays(-1)) || last.Before(today.AddDays(-mostBack)) || last.After(all[at].Until) {
			return ErrBadDay
		}
		return end(tx, all[at], last, why, audit.Act{By: by, As: as, What: "seat left", At: now})
	})
}

func end(tx *gorm.DB, s Seat, last calendar.Date, why string, act audit.Act) error {
	err := tx.Model(&seatRow{}).Where("id = ?", s.ID).
		Updates(map[string]any{"ended": last.String(), "ended_why": why, "ended_by": act.By, "ended_at": act.At}).Error
	if err != nil {
		return err
	}
	act.About, act.Why = s.ID, why
	return audit.Record(tx, act)
}

// Vacate ends the seats of those who are members no longer, also of those who meant to leave on a later day. The clock asks for it.
func (b *Board) Vacate(ctx context.Context) error {
	all, err := b.Seats(ctx)
	if err != nil {
		return err
	}
	now := b.now()
	today := calendar.On(now)
	for _, s := range all {
		if s.Last().Before(today) {
			continue
		}
		m, err := b.register.Get(ctx, s.Member)
		if err != nil {
			return err
		}
		if m.Ceased.IsZero() || m.Ceased.After(today) || !s.Last().After(m.Ceased) {
			continue
		}
		err = b.write(ctx, func(tx *gorm.DB, all []Seat) error {
			if !slices.ContainsFunc(all, func(o Seat) bool { return o.ID == s.ID && o.Last().After(m.Ceased) }) {
				return nil // another process was quicker
			}
			return end(tx, s, m.Ceased, "ceased to be a member", audit.Act{As: "clock", What: "seat left", At: now})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// write changes who sits, one after the other.
func (b *Board) write(ctx context.Context, do func(tx *gorm.DB, all []Seat) error) error {
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "board"); err != nil {
			return err
		}
		all, err := seats(tx)
		if err != nil {
			return err
		}
		return do(tx, all)
	})
}

// officer is an office that an account holds. ErrNotOfficer.
func (b *Board) officer(ctx context.Context, by identity.AccountID) (as string, err error) {
	as, has, err := b.officers.As(ctx, by)
	if err == nil && !has {
		err = ErrNotOfficer
	}
	return as, err
}
