package contribution

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"folkmoot/internal/calendar"
)

// window is the days on which merged work counts for a record date: so many, of which the record date is the last.
func window(on calendar.Date, days int) (first, last calendar.Date) { return on.AddDays(1 - days), on }

func within(d, first, last calendar.Date) bool { return !d.Before(first) && !d.After(last) }

// bots are accounts of programs that GitHub does not mark as such.
var bots = []string{"dependabot", "renovate", "renovate-bot", "dependabot-preview", "greenkeeper", "snyk-bot", "pre-commit-ci", "github-actions", "forgejo-actions", "gitea-actions", "codecov", "imgbot", "allcontributors"}

// bot reports whether a login, or the name in a commit, is a program's.
func bot(login string) bool {
	login = strings.ToLower(strings.TrimSpace(login))
	return strings.HasSuffix(login, "[bot]") || slices.Contains(bots, login)
}

// reverts are how forges, git and people entitle a change that takes back another.
var reverts = regexp.MustCompile(`(?i)^\s*(revert(\([^)]*\))?!?:|revert\s+["“#]|revert\s+[0-9a-f]{7,40}\b|reapply\s+")`)

// takesBack reports whether a title says that the change takes back another, or puts back what such a one took: nobody's new work.
func takesBack(title string) bool { return reverts.MatchString(title) }

// counts decides about a change that a member is credited with.
func (c changeKnown) counts(first, last calendar.Date) bool {
	switch {
	case !within(calendar.On(c.mergedAt), first, last):
		return false
	case !c.delisted.IsZero() && c.mergedAt.After(c.delisted):
		return false
	case !c.unlinked.IsZero() && c.mergedAt.After(c.unlinked):
		return false
	case c.exception == Struck:
		return false
	}
	return c.ignored == "" || c.exception == Counted
}

// changeKnown is a change that a member is credited with, as far as was known at a moment.
type changeKnown struct {
	mergedAt  time.Time
	ignored   Ignored
	delisted  time.Time // the repository, if it had been by then
	unlinked  time.Time // the member, if they had been by then: what was merged before stays theirs
	exception ExceptionKind
}

// by is a moment if it had come by another, and else none.
func by(t, at time.Time) time.Time {
	if t.After(at) {
		return time.Time{}
	}
	return t
}

// covers reports whether a confirmed declaration holds on a day, as far as was known at a moment.
func (d Declaration) covers(on calendar.Date, knownAt time.Time) bool {
	return holds(d.Confirmed, d.Ended, knownAt) && within(on, d.First, d.Last)
}

// covers is the same for an exception.
func (e Exception) covers(on calendar.Date, knownAt time.Time) bool {
	return holds(e.Confirmed, e.Ended, knownAt) && within(on, e.First, e.Last)
}

func holds(from, until, at time.Time) bool {
	return !from.IsZero() && !from.After(at) && (until.IsZero() || until.After(at))
}
