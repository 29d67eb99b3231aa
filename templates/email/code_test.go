package email

import (
	"strings"
	"testing"
	"time"
)

func TestTheCodeComesFirst(t *testing.T) {
	l, err := Code(t.Context(), "nia@example.org", "en", "012345", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if l.To != "nia@example.org" || !strings.HasPrefix(l.Subject, "012 345 ") {
		t.Errorf("to %q, subject %q", l.To, l.Subject)
	}
	for _, body := range []string{l.Text, l.HTML} {
		if !strings.Contains(body, "012 345") || !strings.Contains(body, "10 minutes") {
			t.Errorf("no code or no limit in %q", body)
		}
	}
}

func TestAnUnknownLanguageGetsWordsAllTheSame(t *testing.T) {
	l, err := Code(t.Context(), "nia@example.org", "tlh", "012345", 10*time.Minute)
	if err != nil || !strings.Contains(l.Subject, "Folkmoot") {
		t.Errorf("got %q, %v", l.Subject, err)
	}
}
