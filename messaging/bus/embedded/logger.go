package embedded

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kfake"
)

// logger takes what kfake complains of. Its requests and what it would debug stay out.
type logger struct {
	ctx context.Context
	to  *slog.Logger
}

// Logf is what kfake calls.
func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	//nolint:exhaustive // the rest is chatter
	switch level {
	case kfake.LogLevelError:
		l.to.ErrorContext(l.ctx, "embedded broker", "says", fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.to.WarnContext(l.ctx, "embedded broker", "says", fmt.Sprintf(format, args...))
	}
}
