package billing

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	"folkmoot/internal/money"
)

// CSV is the year as a file for whoever fills in the return: what each line is about, what it says, and the figure.
func (y YearEnd) CSV() ([]byte, error) {
	final := "no"
	if y.Final {
		final = "yes"
	}
	rows := [][]string{
		{"about", "line", "figure"},
		{"year", "from", y.From.String()},
		{"year", "to", y.To.String()},
		{"year", "final", final},
		{"members", "at the start", strconv.Itoa(y.Members.Start)},
		{"members", "joined", strconv.Itoa(y.Members.Joined)},
		{"members", "left", strconv.Itoa(y.Members.Left)},
		{"members", "at the end", strconv.Itoa(y.Members.End())},
	}
	rows = appendParts(rows, "income", y.Income, y.In)
	rows = appendParts(rows, "costs", y.Costs, y.Out)
	rows = append(rows, []string{"result", "surplus", y.Surplus.Decimal()})
	rows = appendParts(rows, "owned", y.Assets, y.Owned)
	rows = appendParts(rows, "owed", y.Liabilities, y.Owed)
	rows = append(rows,
		[]string{"left", "share capital", y.ShareCapital.Decimal()},
		[]string{"left", "reserves", y.Reserves.Decimal()})
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the year's figures: %w", err)
	}
	return file.Bytes(), nil
}

func appendParts(rows [][]string, about string, parts []Part, all money.Pence) [][]string {
	for _, p := range parts {
		rows = append(rows, []string{about, string(p.Account), p.Amount.Decimal()})
	}
	return append(rows, []string{about, "in all", all.Decimal()})
}

// End is how many members there were when the time was over.
func (m Membership) End() int { return m.Start + m.Joined - m.Left }
