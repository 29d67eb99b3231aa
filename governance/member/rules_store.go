package member

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// Rules are what the rule book leaves to settings.
type Rules struct {
	AdmitOnPayment    bool // the first settled payment admits; the secretary always can
	MinimumAge        int  // years
	MinimumMembership int  // days between the entry into the register and the record date of an election
	Window            int  // days up to a record date in which merged work makes somebody a contributor
	SupportLeast      int  // members who must support a proposal, at least
	SupportPermille   int  // and how many in a thousand members
	AnswerDays        int  // within which the board answers a proposal that has its support
	CommentDays       int  // for which members comment on a privacy change
	EmergencyDays     int  // for which an emergency holds after that, unless it is ratified
	MeetingDays       int  // clear days of notice before a general meeting
	QuorumLeast       int  // members who must be present at one, at least
	QuorumPercent     int  // and how many in a hundred members
	BallotAskers      int  // of those present, who together can have a motion put to a secret ballot
}

// FirstRules hold until an officer changes them. The Act lets people be members from 16. 14 clear days before a general meeting,
// and a quorum of three members or one in ten, whichever is more, are usual in model rules; which ones hold here is the members' to say.
var FirstRules = Rules{
	AdmitOnPayment: true, MinimumAge: 16, Window: 365, SupportLeast: 5, SupportPermille: 10, AnswerDays: 28, CommentDays: 28, EmergencyDays: 28,
	MeetingDays: 14, QuorumLeast: 3, QuorumPercent: 10, BallotAskers: 5,
}

// Support is how many of so many members must support a proposal.
func (r Rules) Support(members int) int {
	return max(r.SupportLeast, (members*r.SupportPermille+999)/1000)
}

// Quorum is how many of so many members must be present at a general meeting.
func (r Rules) Quorum(members int) int {
	return max(r.QuorumLeast, (members*r.QuorumPercent+99)/100)
}

// Limits of the settings.
const (
	MostMinimumAge        = 25
	MostMinimumMembership = 730
	LeastWindow           = 30
	MostWindow            = 1461 // four years
	MostSupportLeast      = 100
	MostSupportPermille   = 100 // a tenth of the members
	LeastAnswerDays       = 7   // and the least of the days of an emergency
	LeastCommentDays      = 28  // rule: whoever is away for a holiday has a say all the same
	MostAnswerDays        = 90
	LeastMeetingDays      = 7
	MostMeetingDays       = 42
	LeastQuorum           = 2 // one member is no meeting
	MostQuorum            = 1000
	MostQuorumPercent     = 50
	MostBallotAskers      = 100
)

// ErrRules says that settings are outside of what the rule book can mean.
var ErrRules = errors.New("the minimum age is from 0 to 25 years, the minimum membership from 0 to 730 days, the window of merged work from 30 to 1461 days, " +
	"the support of a proposal from 1 to 100 members and up to 100 in a thousand, the board's time to answer and the days of an emergency from 7 to 90, " +
	"the days for comments on privacy from 28 to 90, the notice of a general meeting from 7 to 42 days, its quorum from 2 to 1000 members " +
	"and up to 50 in a hundred, those who ask for a ballot from 1 to 100")

func (r Rules) check() error {
	for _, of := range []struct{ is, least, most int }{
		{r.MinimumAge, 0, MostMinimumAge},
		{r.MinimumMembership, 0, MostMinimumMembership},
		{r.Window, LeastWindow, MostWindow},
		{r.SupportLeast, 1, MostSupportLeast},
		{r.SupportPermille, 0, MostSupportPermille},
		{r.AnswerDays, LeastAnswerDays, MostAnswerDays},
		{r.CommentDays, LeastCommentDays, MostAnswerDays},
		{r.EmergencyDays, LeastAnswerDays, MostAnswerDays},
		{r.MeetingDays, LeastMeetingDays, MostMeetingDays},
		{r.QuorumLeast, LeastQuorum, MostQuorum},
		{r.QuorumPercent, 0, MostQuorumPercent},
		{r.BallotAskers, 1, MostBallotAskers},
	} {
		if of.is < of.least || of.is > of.most {
			return ErrRules
		}
	}
	return nil
}

// RuleChange is one line of the settings' history.
type RuleChange struct {
	Rules
	By  identity.AccountID
	Why string
	At  time.Time
}

type rulesRow struct {
	ID                int64
	AdmitOnPayment    bool
	MinimumAge        int
	MinimumMembership int
	Window            int `gorm:"column:contribution_window"`
	SupportLeast      int
	SupportPermille   int
	AnswerDays        int
	CommentDays       int
	EmergencyDays     int
	MeetingDays       int
	QuorumLeast       int
	QuorumPercent     int
	BallotAskers      int
	Account           identity.AccountID
	Why               string
	At                time.Time
}

func (rulesRow) TableName() string { return "rule_book" }

func (r rulesRow) rules() Rules {
	return Rules{
		r.AdmitOnPayment, r.MinimumAge, r.MinimumMembership, r.Window, r.SupportLeast, r.SupportPermille, r.AnswerDays, r.CommentDays, r.EmergencyDays,
		r.MeetingDays, r.QuorumLeast, r.QuorumPercent, r.BallotAskers,
	}
}

// Rules tells what holds now.
func (r *Register) Rules(ctx context.Context) (Rules, error) { return rulesIn(r.db.Read(ctx)) }

// RulesAt tells what held at a moment: what is changed later never changes that answer.
func (r *Register) RulesAt(ctx context.Context, at time.Time) (Rules, error) {
	return rulesIn(r.db.Read(ctx).Where("at <= ?", at.UTC()))
}

func rulesIn(tx *gorm.DB) (Rules, error) {
	var row rulesRow
	err := tx.Order("id DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return FirstRules, nil
	}
	if err != nil {
		return Rules{}, fmt.Errorf("look up the rules: %w", err)
	}
	return row.rules(), nil
}

// RuleChanges lists who changed the settings, newest first.
func (r *Register) RuleChanges(ctx context.Context) ([]RuleChange, error) {
	var rows []rulesRow
	if err := r.db.Read(ctx).Order("id DESC").Limit(audit.PageSize).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list changes of the rules: %w", err)
	}
	changes := make([]RuleChange, len(rows))
	for i, row := range rows {
		changes[i] = RuleChange{row.rules(), row.Account, row.Why, row.At.UTC()}
	}
	return changes, nil
}

// SetRules changes the settings for what comes after. Nobody who was admitted before is asked again.
func (r *Register) SetRules(ctx context.Context, rules Rules, by identity.AccountID, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	if err := rules.check(); err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		row := rulesRow{
			AdmitOnPayment: rules.AdmitOnPayment, MinimumAge: rules.MinimumAge, MinimumMembership: rules.MinimumMembership, Window: rules.Window,
			SupportLeast: rules.SupportLeast, SupportPermille: rules.SupportPermille, AnswerDays: rules.AnswerDays,
			CommentDays: rules.CommentDays, EmergencyDays: rules.EmergencyDays,
			MeetingDays: rules.MeetingDays, QuorumLeast: rules.QuorumLeast, QuorumPercent: rules.QuorumPercent, BallotAskers: rules.BallotAskers,
			Account: by, Why: why, At: r.now(),
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: string(Secretary), What: "rules changed", About: "rule book", Why: why, At: row.At})
	})
}
