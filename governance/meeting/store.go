package meeting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Meetings knows all general meetings.
type Meetings struct {
	db       *database.DB
	jobs     *jobs.Queue
	register *member.Register
	officers *member.Officers
	board    *board.Board
	now      func() time.Time
}

// New opens the meetings.
func New(db *database.DB, queue *jobs.Queue, register *member.Register, officers *member.Officers, sits *board.Board, now func() time.Time) *Meetings {
	return &Meetings{db, queue, register, officers, sits, database.Clock(now)}
}

type meetingRow struct {
	ID           string
	Kind         Kind
	Title        string
	Why          string
	MeetsAt      time.Time
	Place        string
	Link         string
	MotionsBy    time.Time
	AmendmentsBy time.Time
	Chair        member.ID
	ChairName    string
	Minutes      member.ID
	MinutesName  string
	ProposedBy   identity.AccountID
	ProposedAt   time.Time
	ConfirmedBy  identity.AccountID
	ConfirmedAt  *time.Time
	OrderedAt    *time.Time
	Adjourned    int
	OpenedAt     *time.Time
	OpenedName   string
	Present      int
	Quorum       int
	ClosedAt     *time.Time
	EndedBy      identity.AccountID
	EndedWhy     string
	EndedAt      *time.Time
	SignedAt     *time.Time
	SignedName   string
}

func (meetingRow) TableName() string { return "meetings" }

func (r meetingRow) meeting() Meeting {
	return Meeting{
		Call: Call{
			Kind: r.Kind, Title: r.Title, Why: r.Why, At: r.MeetsAt.UTC(), Place: r.Place, Link: r.Link, MotionsBy: r.MotionsBy.UTC(), AmendmentsBy: r.AmendmentsBy.UTC(),
			Chair: Seat{r.Chair, r.ChairName}, Minutes: Seat{r.Minutes, r.MinutesName},
		},
		ID: r.ID, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), ConfirmedBy: r.ConfirmedBy, ConfirmedAt: database.Moment(r.ConfirmedAt),
		OrderedAt: database.Moment(r.OrderedAt), Adjourned: r.Adjourned, OpenedAt: database.Moment(r.OpenedAt), OpenedName: r.OpenedName, Present: r.Present, Quorum: r.Quorum,
		ClosedAt: database.Moment(r.ClosedAt), EndedWhy: r.EndedWhy, EndedAt: database.Moment(r.EndedAt), SignedAt: database.Moment(r.SignedAt),
		SignedName: r.SignedName,
	}
}

// Get is one meeting. ErrNoMeeting.
func (m *Meetings) Get(ctx context.Context, id string) (Meeting, error) {
	return get(m.db.Read(ctx), id)
}

func get(tx *gorm.DB, id string) (Meeting, error) {
	var rows []meetingRow
	if err := tx.Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return Meeting{}, fmt.Errorf("look up a meeting: %w", err)
	}
	if len(rows) == 0 {
		return Meeting{}, ErrNoMeeting
	}
	return rows[0].meeting(), nil
}

// Coming are the meetings that are not over, the next first: what is only proposed, too.
func (m *Meetings) Coming(ctx context.Context) ([]Meeting, error) {
	return m.list(m.db.Read(ctx).Where("closed_at IS NULL AND ended_at IS NULL").Order("meets_at, id"))
}

// Past are those that are over or were called off, the latest first.
func (m *Meetings) Past(ctx context.Context) ([]Meeting, error) {
	return m.list(m.db.Read(ctx).Where("confirmed_at IS NOT NULL AND (closed_at IS NOT NULL OR ended_at IS NOT NULL)").Order("meets_at DESC, id"))
}

func (m *Meetings) list(q *gorm.DB) ([]Meeting, error) {
	var rows []meetingRow
	if err := q.Limit(MostListed).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	all := make([]Meeting, len(rows))
	for i, r := range rows {
		all[i] = r.meeting()
	}
	return all, nil
}

// on does something to a meeting; what others do to it meanwhile waits. ErrNoMeeting.
func (m *Meetings) on(ctx context.Context, id string, do func(tx *gorm.DB, old Meeting) error) error {
	return m.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "meeting "+id); err != nil {
			return err
		}
		old, err := get(tx, id)
		if err != nil {
			return err
		}
		return do(tx, old)
	})
}

func set(tx *gorm.DB, id string, to map[string]any) error {
	return tx.Model(&meetingRow{}).Where("id = ?", id).Updates(to).Error
}

func (m *Meetings) today() calendar.Date { return calendar.On(m.now()) }

// member is who acts. ErrNotMember for whoever is none today.
func (m *Meetings) member(ctx context.Context, account identity.AccountID) (member.ID, error) {
	who, is, err := m.register.Of(ctx, account)
	if err == nil && (!is || who.State != member.Admitted) {
		err = ErrNotMember
	}
	return who.ID, err
}

// officer is an office that somebody holds. ErrNotOfficer.
func (m *Meetings) officer(ctx context.Context, by identity.AccountID) (as string, err error) {
	as, has, err := m.officers.As(ctx, by)
	if err == nil && !has {
		err = ErrNotOfficer
	}
	return as, err
}

// actor is somebody with what they hold: the register is looked at before anything is changed.
type actor struct {
	office string    // "" for none
	member member.ID // "" for no member
}

func (m *Meetings) actor(ctx context.Context, by identity.AccountID) (a actor, err error) {
	a.office, _, err = m.officers.As(ctx, by)
	if err != nil {
		return a, err
	}
	if a.member, err = m.member(ctx, by); errors.Is(err, ErrNotMember) {
		return actor{office: a.office}, nil
	}
	return a, err
}

// rules is in which office somebody says what is in order: as an officer, or in the chair while the meeting sits.
func (a actor) rules(of Meeting, at time.Time) (as string, may bool) {
	if a.office != "" {
		return a.office, true
	}
	return "chair", a.member != "" && a.member == of.Chair.Member && of.State(at) == Sitting
}

// writes is in which office somebody keeps the records of a meeting.
func (a actor) writes(of Meeting) (as string, may bool) {
	if a.member != "" && a.member == of.Minutes.Member {
		return "minutes", true
	}
	return a.office, a.office != ""
}

// onBoard is the office in which somebody acts who sits on the board.
const onBoard = "board"

// MovesForBoard reports whether somebody may move something for the board: an officer, or who sits on it.
func (m *Meetings) MovesForBoard(ctx context.Context, by identity.AccountID) (bool, error) {
	_, err := m.mover(ctx, by)
	if errors.Is(err, ErrNotBoard) {
		return false, nil
	}
	return err == nil, err
}

// mover is in which office somebody moves something for the board. ErrNotBoard.
func (m *Meetings) mover(ctx context.Context, by identity.AccountID) (as string, err error) {
	as, has, err := m.officers.As(ctx, by)
	if err != nil || has {
		return as, err
	}
	who, err := m.member(ctx, by)
	if errors.Is(err, ErrNotMember) {
		err = ErrNotBoard
	}
	if err != nil {
		return "", err
	}
	seats, err := m.board.Seats(ctx)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(seats, func(s board.Seat) bool { return s.Member == who && s.Held(m.today()) }) {
		return "", ErrNotBoard
	}
	return onBoard, nil
}
