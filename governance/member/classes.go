package member

import (
	"errors"
	"slices"
	"time"

	"folkmoot/internal/calendar"
)

// Class is a class of stakeholders, with seats on the board. Whoever is in several votes in one of them.
type Class string

const (
	ClassOrdinary    Class = "ordinary"
	ClassOperator    Class = "operator"
	ClassContributor Class = "contributor"
)

// AllClasses are the classes, in the order in which they count where somebody chose none.
var AllClasses = []Class{ClassOrdinary, ClassOperator, ClassContributor}

// ErrNotInClass says that somebody chose a class that there is not, or that they are not in.
var ErrNotInClass = errors.New("the person is not in that class")

// Asked is the day for which classes are asked, and what was known then.
type Asked struct {
	On      calendar.Date // the record date
	Notice  calendar.Date // of the election's notice: operators appointed later do not count. Zero: no election
	KnownAt time.Time     // the moment at which the roll is made. What becomes known later never changes the answer
}

// Classification is in which classes a member is, and why not in more.
type Classification struct {
	In      []Class
	Chosen  Class // the one they vote in: as they chose, if they are in it; else the first. "" for nobody's
	Entered bool  // in the register on the day, and long enough
	Share   bool  // paid by the day
}

// classify holds what is known of a member against the rules. Members who pay no dues vote by a share that is paid.
func classify(m Member, rules Rules, on calendar.Date, standing Standing, operator, contributor bool) Classification {
	c := Classification{Entered: rules.LongEnough(m, on), Share: !m.Share.Paid.IsZero() && !m.Share.Paid.After(on)}
	if !c.Entered {
		return c
	}
	// Arrears are being asked for; what ends ordinary standing is the stewards' decision to let it lapse.
	if slices.Contains([]StandingState{Current, Grace, Arrears}, standing.State) {
		c.In = append(c.In, ClassOrdinary)
	}
	if operator && c.Share {
		c.In = append(c.In, ClassOperator)
	}
	if contributor && c.Share {
		c.In = append(c.In, ClassContributor)
	}
	return c
}

// choose settles which of them somebody votes in.
func (c Classification) choose(wish Class) Classification {
	switch {
	case len(c.In) == 0:
	case slices.Contains(c.In, wish):
		c.Chosen = wish
	default:
		c.Chosen = c.In[0]
	}
	return c
}
