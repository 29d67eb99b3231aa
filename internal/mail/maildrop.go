package mail

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// kept is how many letters a maildrop holds; the oldest make room.
const kept = 200

// Maildrop keeps letters in memory and puts them on the log, for development: whoever reads either can sign in as anybody.
type Maildrop struct {
	logger *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	letters []Kept // guarded by mu, the newest last
	last    int    // guarded by mu, the id of the newest
}

// Kept is a letter in the drop.
type Kept struct {
	ID int
	At time.Time
	Letter
}

// NewMaildrop makes an empty one.
func NewMaildrop(logger *slog.Logger, now func() time.Time) *Maildrop {
	return &Maildrop{logger: logger, now: now}
}

// Send keeps a letter.
func (m *Maildrop) Send(ctx context.Context, letter Letter) error {
	m.mu.Lock()
	m.last++
	m.letters = append(m.letters, Kept{m.last, m.now().UTC(), letter})
	m.letters = slices.Delete(m.letters, 0, max(0, len(m.letters)-kept))
	m.mu.Unlock()
	// The one log line that names people: in development they are all ourselves.
	m.logger.InfoContext(ctx, "letter in the maildrop", "to", letter.To, "subject", letter.Subject, "text", letter.Text)
	return nil
}

// Letters are those kept, the newest first.
func (m *Maildrop) Letters() []Kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	letters := slices.Clone(m.letters)
	slices.Reverse(letters)
	return letters
}
