package templates

import (
	"context"

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
