package templates

import (
	"context"
	"strconv"
	"strings"

	"folkmoot/governance/member"
	"folkmoot/templates/text"
)

func officerHead(ctx context.Context, o Officer) string {
	return text.T(ctx, "officers.who", "Name", o.Name, "Role", text.T(ctx, "officers."+string(o.Role)))
}

func officerState(ctx context.Context, o Officer) string {
	switch {
	case o.State() == member.Proposed:
		return text.T(ctx, "officers.proposed", "Name", o.ProposedName, "Day", when(ctx, o.ProposedAt))
	case o.ProposedBy == "":
		return text.T(ctx, "officers.appointed", "Day", when(ctx, o.From))
	default:
		return text.T(ctx, "officers.held", "Day", when(ctx, o.From))
	}
}

func confirmKey(o Officer) string {
	if o.State() == member.Leaving {
		return "officers.confirm_end"
	}
	return "officers.confirm"
}

// withdrawKey names what the visitor can take back; "" is nothing.
func withdrawKey(o Officer) string {
	switch {
	case o.State() == member.Proposed:
		return "officers.drop"
	case o.Mine:
		return "officers.lay_down"
	case o.State() == member.Held:
		return "officers.withdraw"
	case o.State() == member.Leaving && o.Asked:
		return "officers.drop_end"
	}
	return ""
}

func formerWords(ctx context.Context, o Officer) string {
	role := text.T(ctx, "officers."+string(o.Role))
	if o.State() == member.Dropped {
		return text.T(ctx, "officers.was_dropped", "Name", o.Name, "Role", role, "Day", when(ctx, o.Until), "Why", o.EndWhy)
	}
	return text.T(ctx, "officers.was", "Name", o.Name, "Role", role, "From", when(ctx, o.From), "Until", when(ctx, o.Until), "Why", o.EndWhy)
}

// actorWords say who acted where no account did.
func actorWords(ctx context.Context, as string) string {
	switch as {
	case "clock", "command", "member":
		return text.T(ctx, "actor."+as)
	}
	return as
}

// didWords are the log's fixed words, or better ones where those are not plain.
func didWords(ctx context.Context, what string) string {
	if what == "share unpaid again" {
		return text.T(ctx, "audit.share_unpaid")
	}
	return what
}

// aboutWords say what an act was about that has no page, and no name.
func aboutWords(ctx context.Context, about string) string {
	if cost, is := strings.CutPrefix(about, "cost:"); is {
		return text.T(ctx, "audit.cost", "Cost", strings.ReplaceAll(cost, ":", ", "))
	}
	for provider, name := range map[string]string{"stripe:": "Stripe", "gocardless:": "GoCardless"} {
		if id, is := strings.CutPrefix(about, provider); is {
			return text.T(ctx, "audit.payment", "Provider", name, "ID", id)
		}
	}
	if count, is := strings.CutSuffix(about, " lines"); is {
		if n, err := strconv.Atoi(count); err == nil {
			return text.N(ctx, "audit.lines", n)
		}
	}
	return about
}
