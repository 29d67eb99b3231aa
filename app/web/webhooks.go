package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/contribution"
)

// maxWebhook is the largest body of a webhook: some hundreds of events.
const maxWebhook = 1 << 20

// statusBadSignature is GoCardless' own, so that its dashboard says what is wrong.
const statusBadSignature = 498

// hookDoor is how providers come in: no cookie, no other site's page to guard against, a larger body, and what they sent kept as it came.
const hookDoor = "/webhooks/:provider"

// forgeDoor is the same for forges.
const forgeDoor = "/hooks/forge/:forge"

func hooked(c echo.Context) bool { return c.Path() == hookDoor || c.Path() == forgeDoor }

// webhook takes a provider's message. 2xx means that it is on disk and will be done; anything else has the provider send it again.
func (s *Site) webhook(c echo.Context) error {
	ctx, r := c.Request().Context(), c.Request()
	provider := billing.ProviderName(c.Param("provider"))
	if s.Inbox == nil {
		return c.NoContent(http.StatusNotFound)
	}
	body, status := hookBody(c, maxWebhook)
	if status != 0 {
		return c.NoContent(status)
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

// hookBody is what was sent, as it came, or the status that refuses it.
func hookBody(c echo.Context, most int64) (body []byte, status int) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, most))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return body, 0
}

// forgeHook takes a forge's delivery. 2xx means that it is on disk.
func (s *Site) forgeHook(c echo.Context) error {
	ctx := c.Request().Context()
	body, status := hookBody(c, contribution.MostDelivery)
	if status != 0 {
		return c.NoContent(status)
	}
	name := contribution.ForgeName(c.Param("forge"))
	outcome, err := s.Work.Receive(ctx, name, c.Request().Header, body)
	switch {
	case err == nil:
		s.Log.InfoContext(ctx, "delivery taken", "forge", name, "outcome", outcome)
		return c.NoContent(http.StatusNoContent)
	case errors.Is(err, contribution.ErrNoForge):
		return c.NoContent(http.StatusNotFound)
	case errors.Is(err, contribution.ErrSignature):
		return c.NoContent(http.StatusUnauthorized)
	case errors.Is(err, contribution.ErrForeign):
		return c.NoContent(http.StatusForbidden)
	case errors.Is(err, contribution.ErrMalformed):
		return c.NoContent(http.StatusBadRequest)
	default:
		s.Log.ErrorContext(ctx, "delivery not kept", "forge", name, "error", err)
		return c.NoContent(http.StatusServiceUnavailable)
	}
}
