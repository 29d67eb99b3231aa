package member

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/database"
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

// Setting is one thing that the rule book leaves to settings: as it was, and as it is.
type Setting struct {
	Name    string // as the words of pages call it
	Was, Is int    // of who admits, 1 is the first payment
}

// Since are the settings that are not as they were, in the order in which they are asked for.
func (r Rules) Since(was Rules) (changed []Setting) {
	admits := map[bool]int{true: 1}
	for _, s := range []Setting{
		{"admit_payment", admits[was.AdmitOnPayment], admits[r.AdmitOnPayment]},
		{"age", was.MinimumAge, r.MinimumAge},
		{"membership", was.MinimumMembership, r.MinimumMembership},
		{"window", was.Window, r.Window},
		{"support_least", was.SupportLeast, r.SupportLeast},
		{"support_permille", was.SupportPermille, r.SupportPermille},
		{"answer_days", was.AnswerDays, r.AnswerDays},
		{"comment_days", was.CommentDays, r.CommentDays},
		{"emergency_days", was.EmergencyDays, r.EmergencyDays},
		{"meeting_days", was.MeetingDays, r.MeetingDays},
		{"quorum_least", was.QuorumLeast, r.QuorumLeast},
		{"quorum_percent", was.QuorumPercent, r.QuorumPercent},
		{"ballot_askers", was.BallotAskers, r.BallotAskers},
	} {
		if s.Was != s.Is {
			changed = append(changed, s)
		}
	}
	return changed
}

// logged is what the audit log says of a change.
func logged(changed []Setting, why string) string {
	said := make([]string, len(changed))
	for i, s := range changed {
		said[i] = fmt.Sprintf("%s from %d to %d", strings.ReplaceAll(s.Name, "_", " "), s.Was, s.Is)
	}
	return strings.Join(said, ", ") + ": " + why
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

// ErrSameRules says that the settings are as they were.
var ErrSameRules = errors.New("change a setting first: all are as they were")

// RuleChange is one line of the settings' history.
type RuleChange struct {
	Rules
	Was Rules // before
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

// RuleChanges lists who changed the settings, newest first, so many at most.
func (r *Register) RuleChanges(ctx context.Context, most int) ([]RuleChange, error) {
	var rows []rulesRow
	if err := r.db.Read(ctx).Order("id DESC").Limit(most + 1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list changes of the rules: %w", err)
	}
	changes := make([]RuleChange, len(rows))
	for i, row := range rows {
		was := FirstRules
		if i+1 < len(rows) {
			was = rows[i+1].rules()
		}
		changes[i] = RuleChange{row.rules(), was, row.Account, row.Why, row.At.UTC()}
	}
	return changes[:min(most, len(changes))], nil
}

// SetRules changes the settings for what comes after. Nobody who was admitted before is asked again. ErrRules, ErrNoWhy, ErrSameRules.
func (r *Register) SetRules(ctx context.Context, rules Rules, by identity.AccountID, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	if err := rules.check(); err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "rule book"); err != nil {
			return err
		}
		was, err := rulesIn(tx)
		if err != nil {
			return err
		}
		if rules == was {
			return ErrSameRules
		}
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
		return audit.Record(tx, audit.Act{By: by, As: string(Secretary), What: "rules changed", About: "rule book", Why: logged(rules.Since(was), why), At: row.At})
	})
}
