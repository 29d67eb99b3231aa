// Package contribution keeps merged work, and tells who is a contributor by it.
//
// What is believed, and why: that a change was merged, because a forge says so under a signature that only it and we can make, or answers
// so when asked, or because a commit is on the main line of a listed repository, where only its maintainers can put it. Whose it is: the
// forge's number of whoever proposed the change, which nobody else can have. A commit's author and its Co-authored-by trailers are only
// what somebody typed; the maintainers saw them and merged them, and they count for nobody but a member who has proved that address. So
// nobody can claim another's work, but a maintainer can credit somebody who did not do it: officers can strike that, two of them, with reasons.
package contribution

import (
	"errors"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// ForgeName names a forge in the database, so it stays.
type ForgeName string

// The forges. Gitea stands for Forgejo, too: they speak the same.
const (
	GitHub   ForgeName = "github"
	Gitea    ForgeName = "gitea"
	Practice ForgeName = "practice" // a look-alike in this program, never in production
	Git      ForgeName = "git"      // none: a repository that is only walked, and addresses that its commits name
)

// Identity is somebody at a forge. Subject is the forge's own number: a login can be given up and taken by another. For Git it is a
// verified email address.
type Identity struct {
	Forge   ForgeName
	Subject string
	Login   string // as it was when it was noted; for people to look at
}

func (i Identity) same(o Identity) bool { return i.Forge == o.Forge && i.Subject == o.Subject }

// Source says who told of a merged change.
type Source string

const (
	ByWebhook Source = "webhook"
	ByAPI     Source = "api"
	ByWalk    Source = "git"
)

// Ignored says why a change does not count by itself.
type Ignored string

const (
	Bot    Ignored = "bot"    // a program's account proposed it
	Revert Ignored = "revert" // it takes back another
)

// Part is what somebody did for a change.
type Part string

const (
	Author   Part = "author"
	CoAuthor Part = "co-author"
)

// Merged is a change that was merged, as a source tells of it.
type Merged struct {
	Number   string // the forge's; a commit's hash where there is none
	MergedAt time.Time
	Title    string
	SHA      string
	Source   Source
	Ignored  Ignored // "" for what counts
	By       []Authorship
	Evidence []byte // JSON: the part of what was told that all of this follows from
}

// Authorship credits somebody with a change.
type Authorship struct {
	Identity
	Part Part
}

// Repository is one whose merged work counts.
type Repository struct {
	ID        string
	Forge     ForgeName
	Subject   string // the forge's number of it; "" for Git
	Path      string // "owner/name", or the address for Git
	Clone     string // where git fetches it; "" when it is not walked
	Why       string
	ListedBy  identity.AccountID
	ListedAt  time.Time
	Delisted  time.Time // zero while it is on the list
	Looked    time.Time // when the last look at it that came to its end began; zero before
	Delisting identity.AccountID
}

// Credit is a change that a member is credited with.
type Credit struct {
	Repository string // its path
	Number     string
	Title      string
	Merged     calendar.Date
	Part       Part
	Login      string
	Counts     bool    // within the window and the rules
	Ignored    Ignored // why it does not count by itself, whether or not two officers made it count
	Exception  ExceptionKind
}

// Standing is how a member stands as a contributor on a day.
type Standing struct {
	First, Last calendar.Date // the window: the days on which merged work counts, both included
	Credits     []Credit      // of the window, newest first
	FullTime    *Declaration  // that makes them one on the day
	Exception   *Exception    // that makes them one on the day
}

// Contributor reports whether they are one.
func (s Standing) Contributor() bool {
	return s.Merged() > 0 || s.FullTime != nil || s.Exception != nil
}

// Merged is how many of their changes count.
func (s Standing) Merged() int {
	n := 0
	for _, c := range s.Credits {
		if c.Counts {
			n++
		}
	}
	return n
}

// Link is a member's proof of who they are at a forge.
type Link struct {
	ID string
	Identity
	Member   member.ID
	Linked   time.Time
	Unlinked time.Time // zero while it is open
}

// Declaration is a member's word that they work full time on the project, with the secretary's.
type Declaration struct {
	ID          string
	Member      member.ID
	Words       string // on what
	First, Last calendar.Date
	Declared    time.Time
	ConfirmedBy identity.AccountID
	Confirmed   time.Time // zero until the secretary has
	EndedBy     identity.AccountID
	EndedWhy    string
	Ended       time.Time // zero unless it was refused or withdrawn
}

// ExceptionKind is what an exception decides.
type ExceptionKind string

const (
	Counted   ExceptionKind = "counted"   // a change counts though the rules ignore it
	Struck    ExceptionKind = "struck"    // a change does not count though it was merged
	Appointed ExceptionKind = "appointed" // a member is a contributor from one day to another, for other work
)

// Exception is what two officers decide against the rules, with reasons.
type Exception struct {
	ID          string
	Kind        ExceptionKind
	Change      string // id, for Counted and Struck
	Of          string // "path #number" of that change
	Member      member.ID
	First, Last calendar.Date // for Appointed
	Why         string
	ProposedBy  identity.AccountID
	Proposed    time.Time
	ConfirmedBy identity.AccountID
	Confirmed   time.Time // zero while it waits
	EndedBy     identity.AccountID
	EndedWhy    string
	Ended       time.Time // zero while it is open
}

// Errors of webhooks; nothing is kept.
var (
	ErrNoForge   = errors.New("no such forge is set up")
	ErrSignature = errors.New("the delivery is not signed by the forge")
	ErrMalformed = errors.New("the delivery is not what the forge sends")
	ErrForeign   = errors.New("the repository is not on the governance list")
)

// Errors of the rest.
var (
	ErrTaken        = errors.New("another member has proved to be that account already")
	ErrNoSignIn     = errors.New("nobody was sent to the forge with that, or it is too long ago")
	ErrForgeRefused = errors.New("the forge did not say who it is")
	ErrNoLink       = errors.New("no such link")
	ErrNoRepository = errors.New("no such repository")
	ErrListed       = errors.New("the repository is on the list already")
	ErrBadPath      = errors.New("not a repository's address")
	ErrNoKind       = errors.New("no kind of exception was chosen")
	ErrNoChange     = errors.New("no such merged change")
	ErrNoWhy        = member.ErrNoWhy
	ErrBadWords     = member.ErrBadWords
	ErrBadName      = errors.New("not a name")
	ErrBadDays      = errors.New("not days that can be")
	ErrTakesTwo     = errors.New("another officer must confirm it")
	ErrStands       = errors.New("that is decided or proposed already")
	ErrNotOpen      = errors.New("that is no longer open")
)
