package templates

import (
	"context"

	"folkmoot/templates/text"
)

// ReceiptWords say what a line of a receipt was for.
func ReceiptWords(ctx context.Context, l ReceiptLine) string {
	switch {
	case l.Share:
		return text.T(ctx, "receipt.share")
	case l.Credit:
		return text.T(ctx, "receipt.credit")
	default:
		return text.T(ctx, "receipt.dues", "First", day(ctx, l.First), "Last", day(ctx, l.Last))
	}
}

// Day is a date in the words of the context, for paper.
func (v Receipt) Day(ctx context.Context) string { return day(ctx, v.Paid) }
