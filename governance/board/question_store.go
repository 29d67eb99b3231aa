package board

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type questionRow struct {
	ID        string
	Member    member.ID
	ShownAs   string
	Words     string
	AskedAt   time.Time
	Due       string
	HiddenBy  identity.AccountID
	HiddenWhy string
	HiddenAt  *time.Time
}

func (questionRow) TableName() string { return "board_questions" }

type answerRow struct {
	ID         string
	Question   string
	Seat       string
	Words      string
	AnsweredBy identity.AccountID
	AnsweredAt time.Time
}

func (answerRow) TableName() string { return "board_answers" }

type hiddenRow struct {
	Answer    string
	HiddenBy  identity.AccountID
	HiddenWhy string
	HiddenAt  time.Time
}

func (hiddenRow) TableName() string { return "board_answers_hidden" }

// Ask puts a member's question to the board, in public. shownAs is the name that they chose to be shown with, "" for none.
// ErrNotMember, ErrManyQuestions, member.ErrNoWhy, member.ErrBadWords.
func (b *Board) Ask(ctx context.Context, account identity.AccountID, words, shownAs string) error {
	m, is, err := b.register.Of(ctx, account)
	if err != nil {
		return err
	}
	if !is || m.State != member.Admitted {
		return ErrNotMember
	}
	if words, err = member.Prose(words, LongestQuestion); err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	if shownAs, err = member.Line(shownAs, member.LongestName); err != nil {
		return ErrNoName
	}
	rules, err := b.register.Rules(ctx)
	if err != nil {
		return err
	}
	now := b.now()
	today := calendar.On(now)
	return b.write(ctx, func(tx *gorm.DB, _ []Seat) error {
		var asked int64
		if err := tx.Model(&questionRow{}).Where("member = ? AND asked_at >= ?", m.ID, today.InMonth().First().Start()).Count(&asked).Error; err != nil {
			return err
		}
		if asked >= MostQuestions {
			return ErrManyQuestions
		}
		return tx.Create(&questionRow{
			ID: identity.NewID(), Member: m.ID, ShownAs: shownAs, Words: words, AskedAt: now, Due: today.AddDays(rules.AnswerDays).String(),
		}).Error
	})
}

// Reply answers a question in public, for the board. What is to be added later is a further answer.
// ErrNotRecorder, ErrNoQuestion, ErrManyAnswers, member.ErrNoWhy, member.ErrBadWords.
func (b *Board) Reply(ctx context.Context, by identity.AccountID, question, words string) error {
	as, seat, err := b.recorder(ctx, by)
	if err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	return b.onQuestion(ctx, question, func(tx *gorm.DB) error {
		var answers int64
		if err := tx.Model(&answerRow{}).Where("question = ? AND NOT EXISTS (SELECT 1 FROM board_answers_hidden h WHERE h.answer = board_answers.id)", question).Count(&answers).Error; err != nil {
			return err
		}
		if answers >= MostAnswers {
			return ErrManyAnswers
		}
		row := answerRow{identity.NewID(), question, seat.ID, words, by, b.now()}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "question to the board answered", About: question, At: row.AnsweredAt})
	})
}

// Hide takes a question down, with its answers, and with a reason that everybody reads in its place. ErrNotOfficer, ErrNoQuestion, ErrNoReason.
func (b *Board) Hide(ctx context.Context, by identity.AccountID, question, why string) error {
	as, err := b.officer(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return member.Amiss(ErrNoReason, err)
	}
	return b.onQuestion(ctx, question, func(tx *gorm.DB) error {
		now := b.now()
		err := tx.Model(&questionRow{}).Where("id = ?", question).Updates(map[string]any{"hidden_by": by, "hidden_why": why, "hidden_at": now}).Error
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "question to the board taken down", About: question, Why: why, At: now})
	})
}

// HideAnswer takes one answer down, with a reason that everybody reads in its place. A question with no other answer waits again.
// ErrNotOfficer, ErrNoQuestion, ErrNoAnswer, ErrNoReason.
func (b *Board) HideAnswer(ctx context.Context, by identity.AccountID, question, answer, why string) error {
	as, err := b.officer(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return member.Amiss(ErrNoReason, err)
	}
	return b.onQuestion(ctx, question, func(tx *gorm.DB) error {
		var there int64
		err := tx.Model(&answerRow{}).Where("id = ? AND question = ? AND NOT EXISTS (SELECT 1 FROM board_answers_hidden h WHERE h.answer = board_answers.id)", answer, question).
			Count(&there).Error
		if err != nil {
			return err
		}
		if there == 0 {
			return ErrNoAnswer
		}
		row := hiddenRow{answer, by, why, b.now()}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "answer of the board taken down", About: question, Why: why, At: row.HiddenAt})
	})
}

// hiddenOf are those of some answers that were taken down.
func hiddenOf(tx *gorm.DB, answers []answerRow) (map[string]hiddenRow, error) {
	ids := make([]string, len(answers))
	for i, a := range answers {
		ids[i] = a.ID
	}
	var rows []hiddenRow
	if err := tx.Where("answer IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list answers that were taken down: %w", err)
	}
	by := make(map[string]hiddenRow, len(rows))
	for _, r := range rows {
		by[r.Answer] = r
	}
	return by, nil
}

// onQuestion does something to a question that was not taken down.
func (b *Board) onQuestion(ctx context.Context, question string, do func(tx *gorm.DB) error) error {
	return b.write(ctx, func(tx *gorm.DB, _ []Seat) error {
		var there int64
		if err := tx.Model(&questionRow{}).Where("id = ? AND hidden_at IS NULL", question).Count(&there).Error; err != nil {
			return err
		}
		if there == 0 {
			return ErrNoQuestion
		}
		return do(tx)
	})
}

// waits tells the questions that wait for an answer: they have none, or none that can be read.
const waits = `hidden_at IS NULL AND NOT EXISTS (SELECT 1 FROM board_answers a WHERE a.question = board_questions.id
	AND NOT EXISTS (SELECT 1 FROM board_answers_hidden h WHERE h.answer = a.id))`

// Questions are those of a page: those that wait for an answer, the oldest first, or all others, the newest first. More says whether there is
// another page.
func (b *Board) Questions(ctx context.Context, waiting bool, page int) (all []Question, more bool, err error) {
	tx := b.db.Read(ctx)
	ask := tx.Where("NOT (" + waits + ")").Order("asked_at DESC, id")
	if waiting {
		ask = tx.Where(waits).Order("asked_at, id")
	}
	var rows []questionRow
	if err := ask.Offset(max(0, page-1) * PageSize).Limit(PageSize + 1).Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("list questions to the board: %w", err)
	}
	if more = len(rows) > PageSize; more {
		rows = rows[:PageSize]
	}
	all, err = questions(tx, rows)
	return all, more, err
}

func questions(tx *gorm.DB, rows []questionRow) ([]Question, error) {
	all, at, ids := make([]Question, len(rows)), map[string]int{}, make([]string, len(rows))
	for i, r := range rows {
		all[i] = Question{
			ID: r.ID, Member: r.Member, ShownAs: r.ShownAs, Words: r.Words, AskedAt: r.AskedAt.UTC(), Due: dayIn(r.Due),
			HiddenWhy: r.HiddenWhy, HiddenAt: database.Moment(r.HiddenAt),
		}
		if r.HiddenAt != nil {
			all[i].ShownAs, all[i].Words = "", "" // no page can show by mistake what was taken down
		}
		at[r.ID], ids[i] = i, r.ID
	}
	var answers []answerRow
	if err := tx.Where("question IN ?", ids).Order("answered_at, id").Find(&answers).Error; err != nil {
		return nil, fmt.Errorf("list answers of the board: %w", err)
	}
	hidden, err := hiddenOf(tx, answers)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		i := at[a.Question]
		if !all[i].HiddenAt.IsZero() {
			continue
		}
		one := Answer{ID: a.ID, Seat: a.Seat, Words: a.Words, AnsweredAt: a.AnsweredAt.UTC()}
		if h, is := hidden[a.ID]; is {
			one.Words, one.HiddenWhy, one.HiddenAt = "", h.HiddenWhy, h.HiddenAt.UTC()
		}
		all[i].Answers = append(all[i].Answers, one)
	}
	return all, nil
}

// Waiting is how many questions wait for an answer, and how many of them longer than the rule book lets them.
func (b *Board) Waiting(ctx context.Context) (open, overdue int, err error) {
	today := calendar.On(b.now()).String()
	var counted struct{ Open, Overdue int }
	err = b.db.Read(ctx).Raw(`SELECT count(*) AS open, coalesce(sum(CASE WHEN due < ? THEN 1 ELSE 0 END), 0) AS overdue FROM board_questions
		WHERE `+waits, today).Scan(&counted).Error
	if err != nil {
		return 0, 0, fmt.Errorf("count questions to the board: %w", err)
	}
	return counted.Open, counted.Overdue, nil
}
