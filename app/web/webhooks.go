package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
)

// maxWebhook is the largest body of a webhook: some hundreds of events.
const maxWebhook = 1 << 20

// statusBadSignature is GoCardless' own, so that its dashboard says what is wrong.
const statusBadSignature = 498

// hookDoor is how providers come in: no cookie, no other site's page to guard against, a larger body, and what they sent kept as it came.
const hookDoor = "/webhooks/:provider"

func hooked(c echo.Context) bool { return c.Path() == hookDoor }

// webhook takes a provider's message. 2xx means that it is on disk and will be done; anything else has the provider send it again.
func (s *Site) webhook(c echo.Context) error {
	ctx, r := c.Request().Context(), c.Request()
	provider := billing.ProviderName(c.Param("provider"))
	if s.Inbox == nil {
		return c.NoContent(http.StatusNotFound)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxWebhook))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return c.NoContent(http.StatusRequestEntityTooLarge)
	}
	if err != nil {
		return c.NoContent(http.StatusBadRequest)
	}
	kept, err := s.Inbox.Receive(ctx, provider, r.Header, body)
	switch {
	case err == nil:
		s.Log.InfoContext(ctx, "webhook kept", "provider", provider, "new", kept)
		return c.NoContent(http.StatusNoContent)
	case errors.Is(err, billing.ErrNoProvider):
		return c.NoContent(http.StatusNotFound)
	case errors.Is(err, billing.ErrSignature):
		if provider == billing.GoCardless {
			return c.NoContent(statusBadSignature)
		}
		return c.NoContent(http.StatusBadRequest)
	case errors.Is(err, billing.ErrVersion), errors.Is(err, billing.ErrMode):
		s.Log.ErrorContext(ctx, "webhook refused: the endpoint at the provider is not set up for this program", "provider", provider, "error", err)
		return c.NoContent(http.StatusBadRequest)
	default:
		s.Log.ErrorContext(ctx, "webhook not kept", "provider", provider, "error", err)
		return c.NoContent(http.StatusServiceUnavailable)
	}
}
