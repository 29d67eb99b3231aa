package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// questionSaid are the words for what was done before the page is shown again.
var questionSaid = map[string]string{"asked": "asked.said_asked", "answered": "asked.said_answered", "hidden": "asked.said_hidden", "answer_hidden": "asked.said_answer_hidden"}

func (s *Site) boardQuestions(c echo.Context) error {
	d := s.public(c, "")
	d.Said = questionSaid[c.QueryParam("said")]
	return s.showBoardQuestions(c, http.StatusOK, d)
}

func (s *Site) showBoardQuestions(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	d.Here = ""
	page := templates.BoardQuestions{Desk: d, Today: calendar.On(s.Now()), Page: pageOf(c), Moderates: d.Officer}
	var (
		err  error
		more bool
	)
	if page.Waiting, page.More, err = s.Board.Questions(ctx, true, page.Page); err != nil {
		return err
	}
	if page.Questions, more, err = s.Board.Questions(ctx, false, page.Page); err != nil {
		return err
	}
	page.More = page.More || more
	if page.Seats, _, err = s.boardSeats(ctx); err != nil {
		return err
	}
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return err
	}
	page.Days = rules.AnswerDays
	if page.Answers, err = s.records(c); err != nil {
		return err
	}
	if session, in := visitor(c); in {
		m, is, err := s.Register.Of(ctx, session.Account)
		if err != nil {
			return err
		}
		page.Asks, page.Name = is && m.State == member.Admitted, session.Name
	}
	return show(c, status, templates.BoardQuestionsPage(page))
}

// amissInQuestion says in which field of a form about questions an error is, and in which words: what is missing there is no_… of it.
func amissInQuestion(err error, field, missing string) (at, words string, ok bool) {
	return fault(err, []faulty{
		{member.ErrNoWhy, field, missing},
		{board.ErrNoReason, field, missing},
		{member.ErrBadWords, field, "form.hidden"},
		{board.ErrNoName, "asker-name", "asked.bad_name"},
		{board.ErrManyQuestions, "", "asked.too_many"},
		{board.ErrManyAnswers, "", "asked.many_answers"},
		{board.ErrNotMember, "", "asked.not_member"},
		{board.ErrNotRecorder, "", "decisions.not_recorder"},
		{board.ErrNotOfficer, "", "asked.not_officer"},
		{board.ErrNoQuestion, "", "asked.gone"},
		{board.ErrNoAnswer, "", "asked.answer_gone"},
	})
}

// onQuestions does what a form of the page asks, and shows it again.
func (s *Site) onQuestions(c echo.Context, done, which, field, missing string, do func(ctx context.Context, f url.Values) error) error {
	if id := c.Param("question"); id != "" && !messaging.ValidID(id) {
		return echo.ErrNotFound
	}
	amiss := func(err error) (string, string, bool) { return amissInQuestion(err, field, missing) }
	return s.filled(c, "/board/questions?said="+done, which, amiss, s.showBoardQuestions, do)
}

func (s *Site) askBoard(c echo.Context) error {
	return s.onQuestions(c, "asked", "asked.ask", "question", "asked.no_words", func(ctx context.Context, f url.Values) error {
		shown := ""
		if f.Get("asker") == "name" {
			shown = signedIn(c).Name
		}
		return s.Board.Ask(ctx, signedIn(c).Account, f.Get("question"), shown)
	})
}

func (s *Site) answerForBoard(c echo.Context) error {
	field := "reply_" + c.Param("question")
	return s.onQuestions(c, "answered", "asked.reply."+c.Param("question"), field, "asked.no_answer", func(ctx context.Context, f url.Values) error {
		return s.Board.Reply(ctx, signedIn(c).Account, c.Param("question"), f.Get(field))
	})
}

func (s *Site) hideBoardQuestion(c echo.Context) error {
	field := "why_" + c.Param("question")
	return s.onQuestions(c, "hidden", "", field, "asked.no_reason", func(ctx context.Context, f url.Values) error {
		return s.Board.Hide(ctx, signedIn(c).Account, c.Param("question"), f.Get(field))
	})
}

func (s *Site) hideBoardAnswer(c echo.Context) error {
	answer := c.Param("answer")
	if !messaging.ValidID(answer) {
		return echo.ErrNotFound
	}
	field := "why_" + answer
	return s.onQuestions(c, "answer_hidden", "", field, "asked.no_reason", func(ctx context.Context, f url.Values) error {
		return s.Board.HideAnswer(ctx, signedIn(c).Account, c.Param("question"), answer, f.Get(field))
	})
}
