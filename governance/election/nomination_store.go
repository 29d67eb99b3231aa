package election

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
)

type nominationRow struct {
	ID          string
	Election    string
	Class       member.Class
	Candidate   member.ID
	Proposer    member.ID
	Name        string
	Statement   string
	Interests   string
	ProposedAt  time.Time
	AcceptedAt  *time.Time
	WithdrawnAt *time.Time
}

func (nominationRow) TableName() string { return "nominations" }

func (r nominationRow) nomination(seconders []seconderRow) Nomination {
	n := Nomination{
		ID: r.ID, Election: r.Election, Class: r.Class, Candidate: r.Candidate, Proposer: r.Proposer, Name: r.Name, Statement: r.Statement,
		Interests: r.Interests, ProposedAt: r.ProposedAt.UTC(), AcceptedAt: database.Moment(r.AcceptedAt), WithdrawnAt: database.Moment(r.WithdrawnAt),
	}
	for _, s := range seconders {
		if s.Nomination == r.ID {
			n.Seconders = append(n.Seconders, s.Member)
		}
	}
	return n
}

type seconderRow struct {
	Nomination string
	Member     member.ID
	SecondedAt time.Time
}

func (seconderRow) TableName() string { return "nomination_seconders" }

// VotingClass is the class in which a member votes in an election: by its roll once there is one, and until then by what holds today.
// "" when in none that has seats.
func (e *Elections) VotingClass(ctx context.Context, el Election, m member.ID) (member.Class, error) {
	class, err := e.ClassOnRoll(ctx, el.ID, m)
	if !errors.Is(err, ErrNoRoll) {
		return class, err
	}
	now := e.now()
	c, err := e.classes.Of(ctx, m, member.Asked{On: calendar.On(now), Notice: el.Timetable.Notice, KnownAt: now})
	if err != nil || el.Seats[c.Chosen] == 0 {
		return "", err
	}
	return c.Chosen, nil
}

// voter is a member behind an account, with the class in which they vote. ErrNotMember, ErrNotInClass, ErrHasDuty.
func (e *Elections) voter(ctx context.Context, el Election, account identity.AccountID) (member.ID, member.Class, error) {
	m, is, err := e.register.Of(ctx, account)
	if err == nil && (!is || m.State != member.Admitted) {
		err = ErrNotMember
	}
	if err != nil {
		return "", "", err
	}
	if el.Runs(account) {
		return "", "", ErrHasDuty
	}
	class, err := e.VotingClass(ctx, el, m.ID)
	if err == nil && class == "" {
		err = ErrNotInClass
	}
	return m.ID, class, err
}

// free says whether a member has no duty in an election.
func (e *Elections) free(ctx context.Context, el Election, m member.ID) error {
	account, has, err := e.register.AccountOf(ctx, m, member.ForRoll)
	if err == nil && has && el.Runs(account) {
		err = ErrHasDuty
	}
	return err
}

// termsLeft refuses whoever has served as many terms in a row as the rules allow (rule 14.16).
func (e *Elections) termsLeft(ctx context.Context, el Election, book RuleBook, m member.ID) error {
	seats, err := e.board.Seats(ctx)
	if err == nil && board.TermsInRow(seats, m, el.Timetable.TermsBegin) >= book.MostTerms {
		err = ErrManyTerms
	}
	return err
}

// Stand nominates oneself, in the class in which one votes.
// ErrNominationsShut, ErrNotMember, ErrNotInClass, ErrHasDuty, ErrStands, ErrManyTerms, and an error for each field of the paper.
func (e *Elections) Stand(ctx context.Context, account identity.AccountID, id string, p Paper) (string, error) {
	el, book, err := e.governed(ctx, id)
	if err != nil {
		return "", err
	}
	m, class, err := e.voter(ctx, el, account)
	if err != nil {
		return "", err
	}
	if p, err = p.check(book); err != nil {
		return "", err
	}
	if err := e.termsLeft(ctx, el, book, m); err != nil {
		return "", err
	}
	now := e.now()
	row := nominationRow{
		ID: identity.NewID(), Election: id, Class: class, Candidate: m, Proposer: m, Name: p.Name, Statement: p.Statement, Interests: p.Interests,
		ProposedAt: now, AcceptedAt: &now,
	}
	return row.ID, e.nominate(ctx, row, 1)
}

// Nominate proposes somebody else, in the class in which they vote. It counts once they accept.
// ErrNominationsShut, ErrNotMember, ErrNotInClass, ErrHasDuty, ErrManyProposed, ErrStands, ErrManyTerms.
func (e *Elections) Nominate(ctx context.Context, account identity.AccountID, id string, candidate member.ID) (string, error) {
	el, book, err := e.governed(ctx, id)
	if err != nil {
		return "", err
	}
	proposer, own, err := e.voter(ctx, el, account)
	if err != nil {
		return "", err
	}
	who, err := e.register.Get(ctx, candidate)
	if errors.Is(err, member.ErrNoMember) || err == nil && who.State != member.Admitted {
		return "", ErrNotMember
	}
	if err != nil {
		return "", err
	}
	if err := e.free(ctx, el, candidate); err != nil {
		return "", err
	}
	class, err := e.VotingClass(ctx, el, candidate)
	if err == nil && class == "" {
		err = ErrNotInClass
	}
	if err != nil {
		return "", err
	}
	if err := e.termsLeft(ctx, el, book, candidate); err != nil {
		return "", err
	}
	row := nominationRow{ID: identity.NewID(), Election: id, Class: class, Candidate: candidate, Proposer: proposer, ProposedAt: e.now()}
	return row.ID, e.nominate(ctx, row, el.Seats[own])
}

// governed is an election with the rule book that governs it.
func (e *Elections) governed(ctx context.Context, id string) (Election, RuleBook, error) {
	el, err := e.Get(ctx, id)
	if err != nil {
		return el, RuleBook{}, err
	}
	book, err := RuleBookOn(el.Timetable.Notice)
	return el, book, err
}

// nominate keeps a nomination. Whoever nominates others does so at most so many times, declined ones too: each of them was asked.
func (e *Elections) nominate(ctx context.Context, row nominationRow, most int) error {
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, row.Election)
		if err != nil {
			return err
		}
		if el.State(e.now()) != Nominations {
			return ErrNominationsShut
		}
		if row.Candidate != row.Proposer {
			var proposed int64
			err := tx.Model(&nominationRow{}).Where("election = ? AND proposer = ? AND candidate <> proposer", row.Election, row.Proposer).Count(&proposed).Error
			if err != nil {
				return err
			}
			if proposed >= int64(most) {
				return ErrManyProposed
			}
		}
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrStands
		} else if err != nil {
			return err
		}
		if row.AcceptedAt != nil {
			return nil
		}
		return e.queue.Add(ctx, tx, TellNominee{row.ID})
	})
}

// Nomination is one by its ID. ErrNoNomination.
func (e *Elections) Nomination(ctx context.Context, id string) (Nomination, error) {
	tx := e.db.Read(ctx)
	found, err := nominations(tx, tx.Where("id = ?", id))
	if err == nil && len(found) == 0 {
		err = ErrNoNomination
	}
	if err != nil {
		return Nomination{}, err
	}
	return found[0], nil
}

// Accept is the candidate's consent to a nomination by somebody else, with their paper; or, again, a new paper while nominations are open.
// ErrNotYours, ErrNominationsShut, ErrNoNomination, and an error for each field of the paper.
func (e *Elections) Accept(ctx context.Context, account identity.AccountID, nomination string, p Paper) error {
	return e.onNomination(ctx, account, nomination, func(tx *gorm.DB, el Election, n Nomination, m member.ID) error {
		if n.Candidate != m {
			return ErrNotYours
		}
		if el.State(e.now()) != Nominations {
			return ErrNominationsShut
		}
		book, err := RuleBookOn(el.Timetable.Notice)
		if err != nil {
			return err
		}
		if p, err = p.check(book); err != nil {
			return err
		}
		return tx.Model(&nominationRow{}).Where("id = ?", n.ID).
			Updates(map[string]any{"name": p.Name, "statement": p.Statement, "interests": p.Interests, "accepted_at": e.now()}).Error
	})
}

// Withdraw takes a candidate off the paper, or declines a nomination; until the poll opens. ErrNotYours, ErrTooLateToLeave, ErrNoNomination.
func (e *Elections) Withdraw(ctx context.Context, account identity.AccountID, nomination string) error {
	return e.onNomination(ctx, account, nomination, func(tx *gorm.DB, el Election, n Nomination, m member.ID) error {
		if n.Candidate != m {
			return ErrNotYours
		}
		if !el.Correctable(e.now()) {
			return ErrTooLateToLeave
		}
		return tx.Model(&nominationRow{}).Where("id = ?", n.ID).Update("withdrawn_at", e.now()).Error
	})
}

// Second supports a nomination. A member supports as many as their class has seats.
// ErrNominationsShut, ErrOtherClass, ErrOwnNomination, ErrHasDuty, ErrEnoughSeconders, ErrSeconded, ErrNoNomination.
func (e *Elections) Second(ctx context.Context, account identity.AccountID, nomination string) error {
	return e.onNomination(ctx, account, nomination, func(tx *gorm.DB, el Election, n Nomination, m member.ID) error {
		class, err := e.VotingClass(ctx, el, m)
		switch {
		case err != nil:
			return err
		case el.State(e.now()) != Nominations:
			return ErrNominationsShut
		case el.Runs(account):
			return ErrHasDuty
		case n.Candidate == m:
			return ErrOwnNomination
		case class != n.Class:
			return ErrOtherClass
		}
		if len(n.Seconders) >= MostSeconders {
			return ErrEnoughSeconders
		}
		var given int64
		err = tx.Model(&seconderRow{}).Where("member = ? AND nomination IN (?)", m,
			tx.Model(&nominationRow{}).Select("id").Where("election = ? AND withdrawn_at IS NULL", el.ID)).Count(&given).Error
		if err != nil {
			return err
		}
		if given >= int64(el.Seats[class]) {
			return ErrSeconded
		}
		err = tx.Create(&seconderRow{n.ID, m, e.now()}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrSeconded
		}
		return err
	})
}

// onNomination does something to an open nomination for the member behind an account.
func (e *Elections) onNomination(ctx context.Context, account identity.AccountID, nomination string, do func(tx *gorm.DB, el Election, n Nomination, m member.ID) error) error {
	m, is, err := e.register.Of(ctx, account)
	if err == nil && (!is || m.State != member.Admitted) {
		err = ErrNotMember
	}
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		var row nominationRow
		if err := tx.Where("id = ?", nomination).Take(&row).Error; errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNoNomination
		} else if err != nil {
			return err
		}
		el, err := locked(tx, row.Election)
		if err != nil {
			return err
		}
		found, err := nominations(tx, tx.Where("id = ? AND withdrawn_at IS NULL", nomination))
		if err == nil && len(found) == 0 {
			err = ErrNoNomination
		}
		if err != nil {
			return err
		}
		return do(tx, el, found[0], m.ID)
	})
}

func nominations(tx, wanted *gorm.DB) ([]Nomination, error) {
	var rows []nominationRow
	if err := wanted.Order("proposed_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list nominations: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var seconders []seconderRow
	if err := tx.Where("nomination IN ?", ids).Order("seconded_at, member").Find(&seconders).Error; err != nil {
		return nil, fmt.Errorf("list seconders: %w", err)
	}
	all := make([]Nomination, len(rows))
	for i, r := range rows {
		all[i] = r.nomination(seconders)
	}
	return all, nil
}

// Nominations are all of an election, the oldest first.
func (e *Elections) Nominations(ctx context.Context, id string) ([]Nomination, error) {
	tx := e.db.Read(ctx)
	return nominations(tx, tx.Where("election = ?", id))
}

// takesPart reports whether the member behind an account stands, proposes or seconds.
func (e *Elections) takesPart(ctx context.Context, account identity.AccountID, id string) (bool, error) {
	m, is, err := e.register.Of(ctx, account)
	if err != nil || !is {
		return false, err
	}
	all, err := e.Nominations(ctx, id)
	for _, n := range all {
		if !n.Open() {
			continue
		}
		if n.Candidate == m.ID || n.Proposer == m.ID || slices.Contains(n.Seconders, m.ID) {
			return true, err
		}
	}
	return false, err
}

// Lacks is what a nomination still needs; nothing, and its candidate is on the paper.
func (e *Elections) Lacks(ctx context.Context, n Nomination) ([]Lack, error) {
	el, book, err := e.governed(ctx, n.Election)
	if err != nil {
		return nil, err
	}
	classes := map[member.ID]member.Class{}
	for _, m := range append(slices.Clone(n.Seconders), n.Candidate) {
		if classes[m], err = e.VotingClass(ctx, el, m); err != nil {
			return nil, err
		}
	}
	return n.lacks(book, func(m member.ID) member.Class { return classes[m] }), nil
}

// Candidates are those who are on the paper of a class, by their names. They are final once the poll is open.
func (e *Elections) Candidates(ctx context.Context, id string, class member.Class) ([]Nomination, error) {
	all, err := e.Nominations(ctx, id)
	if err != nil {
		return nil, err
	}
	var on []Nomination
	for _, n := range all {
		if n.Class != class || !n.Open() {
			continue
		}
		lacks, err := e.Lacks(ctx, n)
		if err != nil {
			return nil, err
		}
		if len(lacks) == 0 {
			on = append(on, n)
		}
	}
	return on, nil
}
