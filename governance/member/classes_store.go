package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
)

// Classes tells in which classes members are. Ordinary standing is billing's answer and contribution its package's: app passes both.
type Classes struct {
	register    *Register
	operators   *Operators
	ordinary    func(ctx context.Context, m ID, on calendar.Date, knownAt time.Time) (Standing, error)
	contributor func(ctx context.Context, m ID, on calendar.Date, knownAt time.Time) (bool, error)
}

// NewClasses joins the answers of the three classes.
func NewClasses(register *Register, operators *Operators,
	ordinary func(context.Context, ID, calendar.Date, time.Time) (Standing, error),
	contributor func(context.Context, ID, calendar.Date, time.Time) (bool, error),
) *Classes {
	return &Classes{register, operators, ordinary, contributor}
}

// Of tells in which classes a member is, and in which of them they vote.
func (c *Classes) Of(ctx context.Context, id ID, asked Asked) (Classification, error) {
	m, err := c.register.Get(ctx, id)
	if err != nil {
		return Classification{}, err
	}
	rules, err := c.register.RulesAt(ctx, asked.KnownAt)
	if err != nil {
		return Classification{}, err
	}
	standing, err := c.ordinary(ctx, id, asked.On, asked.KnownAt)
	if err != nil {
		return Classification{}, err
	}
	operator, err := c.operators.Counts(ctx, id, asked.On, asked.Notice, asked.KnownAt)
	if err != nil {
		return Classification{}, err
	}
	contributor, err := c.contributor(ctx, id, asked.On, asked.KnownAt)
	if err != nil {
		return Classification{}, err
	}
	wish, err := c.wish(c.register.db.Read(ctx), id, asked.KnownAt)
	return classify(m, rules, asked.On, standing, operator, contributor).choose(wish), err
}

type choiceRow struct {
	ID       int64
	Member   ID
	Class    Class
	ChosenAt time.Time
}

func (choiceRow) TableName() string { return "class_choices" }

// wish is the last choice that was made by a moment.
func (c *Classes) wish(tx *gorm.DB, id ID, at time.Time) (Class, error) {
	var row choiceRow
	err := tx.Where("member = ? AND chosen_at <= ?", id, at.UTC()).Order("id DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up the class of member %s: %w", id, err)
	}
	return row.Class, nil
}

// Choose has a member vote in one of the classes that they are in, until they choose another. An election looks at the choice as it was at
// its record date, so a later one counts for the next. ErrNotInClass.
func (c *Classes) Choose(ctx context.Context, id ID, class Class) error {
	now := c.register.now()
	at, err := c.Of(ctx, id, Asked{On: calendar.On(now), KnownAt: now})
	if err != nil {
		return err
	}
	if !slices.Contains(at.In, class) {
		return ErrNotInClass
	}
	return c.register.db.Write(ctx, func(tx *gorm.DB) error {
		// Two choices of one moment would leave it open which is the last.
		if err := database.Lock(tx, "member:"+string(id)); err != nil {
			return err
		}
		return tx.Create(&choiceRow{Member: id, Class: class, ChosenAt: now}).Error
	})
}
