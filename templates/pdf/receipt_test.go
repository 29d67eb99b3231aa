package pdf

import (
	"bytes"
	"testing"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

func paid() templates.Receipt {
	return templates.Receipt{
		Number: "2026-00012", Paid: calendar.Date{Year: 2026, Month: time.October, Day: 15}, Name: "Nia Öğretmen Łukasz", Member: "m1", Total: 1100, Way: "Visa ending 4242",
		Lines: []templates.ReceiptLine{
			{Share: true, Amount: 100},
			{First: calendar.Date{Year: 2026, Month: time.October, Day: 15}, Last: calendar.Date{Year: 2026, Month: time.November, Day: 14}, Amount: 1000},
		},
	}
}

func TestTheSameReceiptIsTheSameFile(t *testing.T) {
	first, err := Receipt(t.Context(), paid())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Receipt(t.Context(), paid())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again) {
		t.Error("two files differ")
	}
	if !bytes.HasPrefix(first, []byte("%PDF-1.")) || len(first) > 200_000 {
		t.Errorf("%d bytes beginning %q", len(first), first[:min(8, len(first))])
	}
}

func TestAReceiptNamesThePersonOrElseTheMember(t *testing.T) {
	for name, want := range map[string]string{
		"Nia Öğretmen": "Nia Öğretmen", "Ольга": "Ольга", "Νίκη": "Νίκη", "王小明": "Member m1", "": "Member m1",
	} {
		v := paid()
		v.Name = name
		if got := from(t.Context(), v); got != want {
			t.Errorf("%q: received from %q, want %q", name, got, want)
		}
	}
}
