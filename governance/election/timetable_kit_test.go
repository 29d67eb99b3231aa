package election_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/internal/calendar"
)

// fields of a timetable, in its order.
var fields = func() (names []string) {
	for f := range reflect.TypeFor[election.Timetable]().Fields() {
		names = append(names, f.Name)
	}
	return names
}()

// move moves one field by days. None leaves it as it is, in an hour that comes twice as well.
func move(tt *election.Timetable, field string, days int) {
	if days == 0 {
		return
	}
	switch v := reflect.ValueOf(tt).Elem().FieldByName(field).Addr().Interface().(type) {
	case *calendar.Date:
		*v = v.AddDays(days)
	case *time.Time:
		*v = v.In(calendar.London).AddDate(0, 0, days)
	}
}

// leaveOut empties one field.
func leaveOut(tt *election.Timetable, field string) {
	reflect.ValueOf(tt).Elem().FieldByName(field).SetZero()
}

func rules(t *testing.T) election.RuleBook {
	t.Helper()
	b, err := election.RuleBookOn(date("2027-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// clock is a time by the clocks of London: "2027-03-28 09:00".
func clock(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.London)
	if err != nil {
		panic(err)
	}
	return t
}

// midnight is the first minute of a day; eve is the last before it.
func midnight(d calendar.Date) time.Time { return d.Start() }
func eve(d calendar.Date) time.Time      { return d.Start().Add(-time.Minute) }

func noon(d calendar.Date) time.Time { return d.Start().Add(12 * time.Hour) }

// refusals are the rules and fields that a check refuses: "14.2 PollOpens".
func refusals(fs []election.Finding) (broken []string) {
	for _, f := range fs {
		if !f.Warning {
			broken = append(broken, f.Rule+" "+f.Field)
		}
	}
	return broken
}

// warnings are what it warns of.
func warnings(fs []election.Finding) (words []string) {
	for _, f := range fs {
		if f.Warning {
			words = append(words, f.Field+": "+f.Words)
		}
	}
	return words
}

// wellSaid holds what every finding has to have.
func wellSaid(t interface{ Errorf(string, ...any) }, fs []election.Finding) {
	last := 0
	for _, f := range fs {
		at := slices.Index(fields, f.Field)
		if at < last {
			t.Errorf("%s is told of behind %s", f.Field, fields[last])
		}
		last = max(last, at)
		if !strings.HasSuffix(f.Words, " (rule "+f.Rule+").") || strings.Contains(f.Words, "%!") {
			t.Errorf("badly said: %s", f.Words)
		}
		if strings.Contains(f.Words, " 0000") || strings.Contains(f.Words, "-0001") {
			t.Errorf("it counts from no day: %s", f.Words)
		}
	}
}

func leftOut(tt election.Timetable, field string) bool {
	return reflect.ValueOf(tt).FieldByName(field).IsZero()
}
