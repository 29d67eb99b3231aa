// Package pdf writes papers that people keep: what the page shows, on A4.
package pdf

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"folkmoot/templates"
	"folkmoot/templates/text"
)

// The sheet, in millimetres.
const (
	edge  = 25.0
	width = 210 - 2*edge
	row   = 9.0
	wide  = 120.0 // of the column of words in the table
)

// The seven dots of the mark, in the units of its drawing, the gold one fourth.
var mark = [][2]float64{{32, 8}, {50.76, 17.04}, {55.4, 37.34}, {42.41, 53.62}, {21.59, 53.62}, {8.6, 37.34}, {13.24, 17.04}}

// Receipt writes a receipt. The same receipt is the same file, byte for byte.
func Receipt(ctx context.Context, v templates.Receipt) ([]byte, error) {
	doc := sheet(text.T(ctx, "receipt.title", "Number", v.Number), v.Paid.Start())
	s := paper{doc}
	s.dots()
	s.line("B", 24, 14, text.T(ctx, "receipt.head", "Number", v.Number))
	if v.Practice {
		s.care(text.T(ctx, "receipt.practice"))
	}
	switch {
	case v.Reversed:
		s.care(text.T(ctx, "receipt.reversed"))
	case v.Refunded > 0:
		s.care(text.T(ctx, "receipt.refunded", "Amount", v.Refunded))
	}
	doc.Ln(4)
	s.fact(text.T(ctx, "receipt.from"), from(ctx, v))
	s.fact(text.T(ctx, "receipt.to"), text.T(ctx, "receipt.society"))
	s.fact(text.T(ctx, "receipt.paid"), v.Day(ctx))
	if v.Way != "" {
		s.fact(text.T(ctx, "receipt.way"), v.Way)
	}
	doc.Ln(6)
	for _, l := range v.Lines {
		s.sum("", templates.ReceiptWords(ctx, l), l.Amount.String())
	}
	s.sum("B", text.T(ctx, "receipt.total"), v.Total.String())
	doc.Ln(8)
	s.words(text.T(ctx, "receipt.note"))
	var b bytes.Buffer
	if err := doc.Output(&b); err != nil {
		return nil, fmt.Errorf("write receipt %s: %w", v.Number, err)
	}
	return b.Bytes(), nil
}

// from is whose money it was: the name where the paper's letters can write it, else the member's number, which the page explains.
func from(ctx context.Context, v templates.Receipt) string {
	if writable(v.Name) {
		return v.Name
	}
	return text.T(ctx, "receipt.member", "Member", v.Member)
}

func sheet(title string, made time.Time) *fpdf.Fpdf {
	doc := fpdf.New("P", "mm", "A4", "")
	doc.SetMargins(edge, edge, edge)
	doc.SetTitle(title, true)
	doc.SetCreationDate(made)
	doc.SetModificationDate(made)
	doc.SetCatalogSort(true)
	doc.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF)) // the library writes into what it is given
	doc.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	doc.AddPage()
	return doc
}

// paper writes down a sheet, line after line.
type paper struct{ *fpdf.Fpdf }

func (p paper) dots() {
	for i, at := range mark {
		p.SetFillColor(0x12, 0x60, 0x4a)
		if i == 3 {
			p.SetFillColor(0xc9, 0x8a, 0x12)
		}
		p.Circle(edge+at[0]/5, edge+at[1]/5, 6.6/5, "F")
	}
	p.SetXY(edge+17, edge+2)
	p.line("B", 15, 9, "Folkmoot")
	p.SetY(edge + 28)
}

func (p paper) ink() { p.SetTextColor(0x1b, 0x24, 0x21) }

func (p paper) line(style string, size, height float64, words string) {
	p.ink()
	p.SetFont("go", style, size)
	p.CellFormat(width, height, words, "", 1, "L", false, 0, "")
}

func (p paper) care(words string) {
	p.SetTextColor(0xa5, 0x30, 0x1d)
	p.SetFont("go", "B", 11)
	p.MultiCell(width, 6, words, "", "L", false)
}

func (p paper) words(words string) {
	p.SetTextColor(0x56, 0x61, 0x5b)
	p.SetFont("go", "", 10)
	p.MultiCell(width, 5.5, words, "", "L", false)
}

func (p paper) fact(what, is string) {
	p.SetTextColor(0x56, 0x61, 0x5b)
	p.SetFont("go", "", 11)
	p.CellFormat(42, row, what, "", 0, "L", false, 0, "")
	p.ink()
	p.MultiCell(width-42, row, is, "", "L", false)
}

func (p paper) sum(style, words, amount string) {
	p.ink()
	p.SetDrawColor(0xe4, 0xde, 0xcf)
	p.SetFont("go", style, 11)
	y := p.GetY()
	p.MultiCell(wide, row, words, "B", "L", false)
	below := p.GetY()
	p.SetXY(edge+wide, y)
	p.CellFormat(width-wide, below-y, amount, "B", 1, "R", false, 0, "")
	p.SetXY(edge, below)
}
