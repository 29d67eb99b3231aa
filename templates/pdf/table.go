package pdf

import (
	"cmp"
	"context"
	"math"

	"folkmoot/templates"
	"folkmoot/templates/text"
)

// The tables of a certificate, in millimetres and points.
const (
	factWidth     = 46.0 // of what a fact is about
	figureWidth   = 34.0
	footRoom      = 20.0 // below the last line
	headRoom      = 30.0 // a heading does not stand at the foot of a sheet
	captionRoom   = 14.0
	classRoom     = 80.0
	signatureRoom = 70.0
	wordsAir      = 1.6 // above and below the words of a row
	totalAir      = 0.8
	namesWidth    = 42.0 // of candidates, beside their totals
	totalSize     = 7.0
	totalGap      = 2.5
	totalMost     = 26.0 // the widest column of totals
	mostStages    = 8    // beside each other
	doneLetters   = 32   // of what a stage did
)

// certified writes a certificate down, line after line, and knows whether it had to spell a letter.
type certified struct {
	paper

	spelled bool
	air     float64 // of the rows that are being written
}

// cell is a piece of a row. It is as high as its words need; what is under them is in smaller letters.
type cell struct {
	words, under  string
	width, size   float64
	family, style string // "go" and "" when empty
	align         string // "L" when empty
	soft          bool
}

// written are the words as the paper can write them.
func (s *certified) written(words string) string {
	words, some := spelled(words)
	s.spelled = s.spelled || some
	return words
}

// pen takes a font, and says how high a line of it is.
func (s *certified) pen(c cell, size float64) float64 {
	family := c.family
	if family == "" {
		family = "go"
	}
	s.SetFont(family, c.style, size)
	return size * 0.46
}

// under is a cell of what stands under another's words.
func (c cell) below() cell {
	return cell{width: c.width, size: c.size * 0.86, align: c.align, soft: true}
}

func (s *certified) lines(c cell, words string) []string {
	if words == "" {
		return nil
	}
	s.pen(c, c.size)
	return s.SplitText(s.written(words), c.width)
}

func (s *certified) height(c cell) float64 {
	high := float64(len(s.lines(c, c.words))) * s.pen(c, c.size)
	under := c.below()
	return high + float64(len(s.lines(under, c.under)))*s.pen(under, under.size)
}

// room is what is left of the sheet.
func (s *certified) room() float64 {
	_, high := s.GetPageSize()
	return high - footRoom - s.GetY()
}

// keep begins another sheet unless there is so much room.
func (s *certified) keep(room float64) {
	if s.room() < room {
		s.AddPage()
	}
}

// row draws cells beside each other, and a line below them if border is "B".
func (s *certified) row(border string, cells ...cell) {
	high := s.rowHeight(cells)
	s.keep(high)
	x, y := edge, s.GetY()
	for _, c := range cells {
		at := s.draw(c, c.words, x, y+s.air)
		s.draw(c.below(), c.under, x, at)
		x += c.width
	}
	s.SetXY(edge, y+high)
	if border == "B" {
		s.SetDrawColor(0xe4, 0xde, 0xcf)
		inset := s.GetCellMargin()
		s.Line(edge+inset, s.GetY(), x-inset, s.GetY())
	}
}

func (s *certified) rowHeight(cells []cell) float64 {
	high := 0.0
	for _, c := range cells {
		high = max(high, s.height(c))
	}
	return high + 2*s.air
}

// draw writes a cell's words, and says where the next line is.
func (s *certified) draw(c cell, words string, x, y float64) float64 {
	s.ink()
	if c.soft {
		s.SetTextColor(0x56, 0x61, 0x5b)
	}
	align := c.align
	if align == "" {
		align = "L"
	}
	lines := s.lines(c, words)
	high := s.pen(c, c.size)
	for _, line := range lines {
		s.SetXY(x, y)
		s.CellFormat(c.width, high, line, "", 0, align, false, 0, "")
		y += high
	}
	return y
}

func (s *certified) head(size float64, words string) {
	s.keep(headRoom)
	s.Ln(size / 5)
	s.row("", cell{words: words, width: width, size: size, style: "B"})
}

func (s *certified) say(words string) {
	s.row("", cell{words: words, width: width, size: 10})
}

func (s *certified) facts(all []templates.CertifiedFact) {
	for _, f := range all {
		is := cell{words: f.Is, width: width - factWidth, size: 10}
		if f.Code {
			is.family, is.size = "mono", 8
		}
		s.row("B", cell{words: f.What, width: factWidth, size: 10, soft: true}, is)
	}
}

func (s *certified) foot(words string) {
	s.SetY(-13)
	s.SetTextColor(0x56, 0x61, 0x5b)
	s.SetFont("go", "", 8)
	s.CellFormat(width, 5, s.written(words), "", 0, "L", false, 0, "")
}

// totals is the table of a count's stages, in as many parts as they need.
func (s *certified) totals(ctx context.Context, t templates.StageTotals) {
	stages := len(t.Heads)
	if stages == 0 {
		return
	}
	most := s.stagesBeside(t)
	parts := (stages + most - 1) / most
	each := (stages + parts - 1) / parts // so that the parts are about as wide as each other
	for from := 0; from < stages; from += each {
		rows := totalRows(ctx, t, from, min(from+each, stages), min((width-namesWidth)/float64(each), totalMost))
		if from > 0 {
			s.together(rows, 0)
		} else {
			s.together(rows, captionRoom)
			s.head(12, t.Caption)
		}
		s.part(rows)
	}
}

// stagesBeside is how many columns of totals there is room for.
func (s *certified) stagesBeside(t templates.StageTotals) int {
	s.pen(cell{}, totalSize)
	widest := 1.0
	for _, r := range t.Rows {
		for _, total := range r.Totals {
			widest = max(widest, s.GetStringWidth(total))
		}
	}
	return max(1, min(mostStages, int(math.Floor((width-namesWidth)/(widest+totalGap)))))
}

// totalRows are the stages from one to before another, their heads first.
func totalRows(ctx context.Context, t templates.StageTotals, from, to int, column float64) [][]cell {
	heads := []cell{{words: text.T(ctx, "count.column_candidate"), width: namesWidth, size: totalSize, soft: true}}
	for _, h := range t.Heads[from:to] {
		heads = append(heads, cell{words: h.Stage, under: shortened(h.Words, doneLetters), width: column, size: totalSize, align: "R", soft: true})
	}
	all := [][]cell{heads}
	for _, r := range t.Rows {
		row := []cell{{words: r.Name, under: r.Fate, width: namesWidth, size: totalSize + 0.5}}
		for _, total := range r.Totals[from:to] {
			row = append(row, cell{words: cmp.Or(total, "–"), width: column, size: totalSize, align: "R"})
		}
		all = append(all, row)
	}
	return all
}

// together begins another sheet where rows that fit on one would be torn apart. Above them stands something else.
func (s *certified) together(rows [][]cell, above float64) {
	s.air = totalAir
	high := above
	for _, row := range rows {
		high += s.rowHeight(row)
	}
	s.air = wordsAir
	_, page := s.GetPageSize()
	if high > s.room() && high <= page-edge-footRoom {
		s.AddPage()
	}
}

// part draws rows, with their heads again on every sheet.
func (s *certified) part(rows [][]cell) {
	s.air = totalAir
	for i, row := range rows {
		if i > 0 && s.room() < s.rowHeight(row) {
			s.AddPage()
			s.row("B", rows[0]...)
		}
		s.row("B", row...)
	}
	s.air = wordsAir
	s.Ln(4)
}
