package calendar

import (
	"encoding/json"
	"testing"
)

func TestDaysAndMonthsAreExportedAsPeopleReadThem(t *testing.T) {
	type file struct {
		Day, Never     Date
		Month, Nothing Month
	}
	was := file{Day: Date{2026, 11, 3}, Month: Month{2026, 11}}
	written, err := json.Marshal(was)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Day":"2026-11-03","Never":"","Month":"2026-11","Nothing":""}`; string(written) != want {
		t.Errorf("got %s, want %s", written, want)
	}
	var is file
	if err := json.Unmarshal(written, &is); err != nil || is != was {
		t.Errorf("read as %+v, %v", is, err)
	}
	for _, bad := range []string{`{"Day":"2026-02-30"}`, `{"Month":"2026-13"}`, `{"Day":"tomorrow"}`} {
		if err := json.Unmarshal([]byte(bad), &is); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
