package participation

import (
	"errors"
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
)

// Limits of the roadmap.
const (
	MostItems   = 300
	MostChanges = 100 // versions of one item
	LatestTold  = 50  // entries of the feed
)

// MostCost is the largest cost that an item can have.
const MostCost money.Pence = 100_000_000_00

// Errors of the roadmap.
var (
	ErrNoItem      = errors.New("there is no such item")
	ErrNoWhat      = errors.New("describe the item in plain words")
	ErrNoStatus    = errors.New("there is no such status")
	ErrNoOwner     = errors.New("say who sees to it")
	ErrNoDecision  = errors.New("say which decision it comes from: an accepted proposal, or the board's minutes")
	ErrNotAccepted = errors.New("the board has not accepted that proposal")
	ErrBadEstimate = errors.New("that cost cannot be")
	ErrNoActual    = errors.New("say what it cost in the end")
	ErrManyItems   = errors.New("the roadmap is full")
)

// Status is how far an item has come.
type Status string

// The statuses of items.
const (
	Considered Status = "considered"
	Planned    Status = "planned"
	UnderWay   Status = "under_way"
	Done       Status = "done"
	NotDoing   Status = "not_doing"
)

// Statuses are all that there are, in their order.
var Statuses = []Status{Considered, Planned, UnderWay, Done, NotDoing}

// Cost is a sum, where it is known.
type Cost struct {
	Known bool
	Pence money.Pence
}

func (c Cost) ok() bool { return !c.Known || c.Pence >= 0 && c.Pence <= MostCost }

// Plan is what the roadmap says of an item.
type Plan struct {
	Title    string
	Words    string
	Status   Status
	Owner    string // who sees to it
	Proposal string // that it comes from, or ""
	Minute   string // of the board that decided it, or ""
	Estimate Cost
	Actual   Cost // once it is done
}

// check joins an error for each field that is amiss.
func (p Plan) check() (Plan, error) {
	var err, all error
	if p.Title, err = member.Line(p.Title, LongestTitle); err != nil || !says(p.Title) {
		all = member.Amiss(ErrNoTitle, err)
	}
	if p.Words, err = member.Prose(p.Words, LongestPart); err != nil || !says(p.Words) {
		all = errors.Join(all, member.Amiss(ErrNoWhat, err))
	}
	if !slices.Contains(Statuses, p.Status) {
		all = errors.Join(all, ErrNoStatus)
	}
	if p.Owner, err = member.Line(p.Owner, member.LongestName); err != nil || !says(p.Owner) {
		all = errors.Join(all, member.Amiss(ErrNoOwner, err))
	}
	if p.Minute, err = member.Line(p.Minute, member.LongestName); err != nil || p.Proposal == "" && !says(p.Minute) {
		all = errors.Join(all, member.Amiss(ErrNoDecision, err))
	}
	if !p.Estimate.ok() {
		all = errors.Join(all, ErrBadEstimate)
	}
	if !p.Actual.ok() || p.Status == Done && !p.Actual.Known {
		all = errors.Join(all, ErrNoActual)
	}
	return p, all
}

// Item is what the roadmap says of one thing from a day on.
type Item struct {
	Plan

	ID     string
	Number int // of the version, from 1
	Why    string
	By     identity.AccountID
	As     string // the office
	At     time.Time
	Asked  string // the title of the proposal that it comes from
	Answer string // what the board answered it, in its reasons
}
