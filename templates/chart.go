package templates

import (
	"fmt"
	"slices"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Bar is one bar of a table of bars: what it stands for, in words and to scale.
type Bar struct {
	Label, Figure string
	Value         int64
	Open          bool // not final: drawn hatched
	Href          string
}

// share is a bar's length, as a share of the longest.
func share(all []Bar, b Bar) string {
	longest := int64(1)
	for _, o := range all {
		longest = max(longest, o.Value)
	}
	return fmt.Sprintf("%.1f%%", 100*float64(max(0, b.Value))/float64(longest))
}

// InOut is what came in and went out in a month.
type InOut struct {
	Month   calendar.Month
	In, Out money.Pence
	Open    bool // not closed: not final
}

// anyOpen reports whether a month is not final, so that the picture's words tell of its pattern.
func anyOpen(months []InOut) bool {
	return slices.ContainsFunc(months, func(m InOut) bool { return m.Open })
}

// How the picture of months is drawn: heights in pixels, widths as a share of the room there is, so that words keep their size.
const (
	chartHeight = 240
	chartTop    = 22 // room for the highest line's words
	chartFoot   = 30 // room for the months' names
	chartLeft   = 15.5
)

// scale is the highest line of a picture: the first round amount that nothing exceeds.
func scale(months []InOut) money.Pence {
	highest := money.Pence(100)
	for _, m := range months {
		highest = max(highest, m.In, m.Out)
	}
	for step := money.Pence(100); ; step *= 10 {
		for _, round := range []money.Pence{1, 2, 3, 4, 5, 6, 8} {
			if round*step >= highest {
				return round * step
			}
		}
	}
}

// plot is where one month's column stands, and the mark across it for what went out.
type plot struct{ X, Width, Middle, Y, Height, MarkFrom, MarkTo, MarkY string }

func plotted(months []InOut, i int, top money.Pence) plot {
	room := (100 - chartLeft) / float64(len(months))
	width := min(room*0.62, 9)
	x := chartLeft + room*float64(i) + (room-width)/2
	percent := func(f float64) string { return fmt.Sprintf("%.2f%%", f) }
	pixels := func(f float64) string { return fmt.Sprintf("%.1f", f) }
	y := func(p money.Pence) float64 {
		return chartTop + (chartHeight-chartTop-chartFoot)*(1-float64(max(0, p))/float64(top))
	}
	in, out := y(months[i].In), y(months[i].Out)
	return plot{
		X: percent(x), Width: percent(width), Middle: percent(x + width/2), Y: pixels(in), Height: pixels(chartHeight - chartFoot - in),
		MarkFrom: percent(x - width/5), MarkTo: percent(x + width + width/5), MarkY: pixels(out),
	}
}

// gridLine is a line across the picture, with its amount.
type gridLine struct {
	Y, WordsY string
	Amount    money.Pence
}

func grid(top money.Pence) []gridLine {
	var lines []gridLine
	for _, half := range []int64{0, 1, 2} {
		y := chartHeight - chartFoot - float64(chartHeight-chartTop-chartFoot)*float64(half)/2
		lines = append(lines, gridLine{Y: fmt.Sprintf("%.1f", y), WordsY: fmt.Sprintf("%.1f", y-5), Amount: top * money.Pence(half) / 2})
	}
	return lines
}

// named reports whether a month's name is written under its column: every third when there are many.
func named(months []InOut, i int) bool {
	return len(months) <= 6 || (len(months)-1-i)%3 == 0
}

// Drawn people stand in rows; more than mostPeople are not drawn one by one.
const (
	peopleInRow = 10
	mostPeople  = 40
)

func peopleRows(n int) int { return (n + peopleInRow - 1) / peopleInRow }
