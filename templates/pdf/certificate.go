package pdf

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"golang.org/x/image/font/gofont/gomono"

	"folkmoot/templates"
	"folkmoot/templates/text"
)

// Certificate writes the certificate of an election. The same certificate is the same file, byte for byte.
func Certificate(ctx context.Context, v templates.Certificate) ([]byte, error) {
	sheets := certificate(ctx, v, 0).PageCount() // it is written twice, for each sheet says how many there are
	var b bytes.Buffer
	if err := certificate(ctx, v, sheets).Output(&b); err != nil {
		return nil, fmt.Errorf("write the certificate of election %s: %w", v.Election, err)
	}
	return b.Bytes(), nil
}

func certificate(ctx context.Context, v templates.Certificate, sheets int) *certified {
	made := v.IssuedAt
	if made.IsZero() {
		made = v.PollCloses
	}
	doc := sheet(text.T(ctx, "certificate.title", "Title", v.Title), made)
	doc.SetLang(text.From(ctx).Lang)
	doc.AddUTF8FontFromBytes("mono", "", bytes.Clone(gomono.TTF))
	s := &certified{paper: paper{doc}, air: wordsAir}
	doc.SetFooterFunc(func() {
		s.foot(text.T(ctx, "certificate.sheet", "Title", shortened(v.Title, titleLetters), "Version", v.Version, "Number", doc.PageNo(), "All", sheets))
	})
	s.dots()
	s.head(24, text.T(ctx, v.HeadKey()))
	s.head(14, v.Title)
	for _, said := range v.Head(ctx) {
		if v.IssuedAt.IsZero() {
			s.care(s.written(said))
		} else {
			s.say(said)
		}
	}
	s.facts(v.Facts(ctx))
	for _, c := range v.Classes {
		s.class(ctx, c)
	}
	s.signatures(ctx, v)
	if s.spelled {
		s.say(text.T(ctx, "certificate.letters"))
	}
	return s
}

// titleLetters is how much of a title stands at the foot of every sheet.
const titleLetters = 70

func shortened(words string, most int) string {
	letters := []rune(words)
	if len(letters) <= most {
		return words
	}
	return strings.TrimSpace(string(letters[:most-1])) + "…"
}

// class is one class's part.
func (s *certified) class(ctx context.Context, c templates.CertifiedClass) {
	s.keep(classRoom)
	s.head(18, c.Head(ctx))
	switch {
	case c.Motion: // its figures say it
	case len(c.Elected) == 0:
		s.say(text.T(ctx, "certificate.nobody"))
	default:
		s.head(12, text.T(ctx, "certificate.elected"))
	}
	for i, name := range c.Elected {
		s.row("", cell{words: fmt.Sprintf("%d.", i+1), width: 10, size: 11}, cell{words: name, width: width - 10, size: 11, style: "B"})
	}
	for _, said := range c.Outcome(ctx) {
		s.say(said)
	}
	s.head(12, text.T(ctx, "certificate.figures"))
	for _, f := range c.Figures(ctx) {
		s.row("B", cell{words: f.What, width: width - figureWidth, size: 10}, cell{words: f.Is, width: figureWidth, size: 10, align: "R"})
	}
	if how := c.How(ctx); how != "" {
		s.say(how)
	}
	if c.Count != nil {
		s.totals(ctx, c.Count.StageTotals(ctx))
	}
	if proofs := c.Proofs(ctx); len(proofs) > 0 {
		s.head(12, text.T(ctx, "certificate.counted"))
		s.facts(proofs)
	}
}

func (s *certified) signatures(ctx context.Context, v templates.Certificate) {
	proofs := v.Proofs(ctx)
	s.keep(signatureRoom + float64(len(v.Signatures)+len(proofs))*8)
	s.head(18, text.T(ctx, "certificate.signatures"))
	if len(v.Signatures) == 0 {
		s.say(text.T(ctx, "certificate.unsigned"))
	}
	for _, signed := range v.Signatures {
		s.row("B", cell{words: signed.Words(ctx), width: width, size: 11})
	}
	for _, said := range v.Close(ctx) {
		s.say(said)
	}
	if len(proofs) > 0 {
		s.head(12, text.T(ctx, "certificate.proofs"))
		s.say(text.T(ctx, "certificate.proofs_text"))
		s.facts(proofs)
	}
}
