package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// Verify checks a certificate and counts again. It needs no database and keeps nothing.
type Verify struct {
	Key         string   `help:"Public key of the society, in hexadecimal, from a place that you trust. Unset: the one that the file names, which shows only that the file is whole." placeholder:"HEX"`
	Certificate string   `arg:"" help:"Signed certificate: the JSON file from the election's page." type:"existingfile"`
	Papers      []string `arg:"" optional:"" help:"BLT files with the papers of its classes." type:"existingfile"`
}

// asked reports whether this is the command to run: it alone has this argument.
func (v *Verify) asked() bool { return v.Certificate != "" }

// largestFile is the largest file that is read.
const largestFile = 256 << 20

var errOtherPapers = errors.New("its papers are not those of any class on the certificate")

// Run checks the signature, what the beacon said, and, where the papers are given, the count. A file that does not hold is a failure.
func (v *Verify) Run() error {
	file, err := readWhole(v.Certificate)
	if err != nil {
		return err
	}
	c, signatures, key, err := election.ReadCertificate(file, strings.ToLower(strings.TrimSpace(v.Key)))
	if err != nil {
		return fmt.Errorf("%s: %w", v.Certificate, err)
	}
	out := bufio.NewWriter(os.Stdout)
	_, _ = fmt.Fprintf(out, "%s, version %d: signed with %s\n", c.Title, c.Version, key)
	for _, s := range signatures {
		_, _ = fmt.Fprintf(out, "  %s, %s, %s\n", s.Name, s.Duty, s.At.Format("2006-01-02 15:04 MST"))
	}
	files := map[member.Class]string{}
	for _, name := range v.Papers {
		papers, err := readWhole(name)
		if err != nil {
			return err
		}
		class, err := c.Whose(string(papers))
		if err != nil {
			return fmt.Errorf("%s: %w", name, errOtherPapers)
		}
		files[class] = string(papers)
	}
	if err := c.CheckResolution(); err != nil {
		return errors.Join(out.Flush(), err)
	}
	_, _ = io.WriteString(out, motionLine(c))
	for _, class := range c.Classes {
		if err := tellClass(out, c, class, files); err != nil {
			return errors.Join(out.Flush(), err)
		}
	}
	return out.Flush()
}

func tellClass(out io.Writer, c election.Certificate, class election.CertifiedClass, files map[member.Class]string) error {
	_, _ = fmt.Fprintln(out, classLine(c, class))
	papers, given := files[class.Class]
	switch {
	case class.Outcome != election.OutcomePoll:
		_, _ = fmt.Fprintln(out, "  no vote: no more people stood than there were seats")
		return nil
	case !given:
		_, _ = fmt.Fprintln(out, "  not counted again: give the file of its papers")
		return nil
	}
	if _, err := c.Recount(class, papers); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "  lots by %s, round %d\n", beaconOf(class.Beacon), class.Beacon.Round)
	_, _ = fmt.Fprintf(out, "  counted again from %d papers: the same result\n", class.Papers)
	return nil
}

// motionLine says how a motion went; "" for an election to the board.
func motionLine(c election.Certificate) string {
	r := c.Resolution
	if r == nil {
		return ""
	}
	outcome, needs := "not carried", "more yes than no"
	if r.Carried {
		outcome = "carried"
	}
	if r.Needs == election.TwoThirds {
		needs = "two thirds"
	}
	return fmt.Sprintf("motion: %s\n  %s by %d yes to %d no; it needs %s\n", r.Motion, outcome, r.Yes, r.No, needs)
}

// classLine says who takes a class's seats, or how it voted on a motion.
func classLine(c election.Certificate, class election.CertifiedClass) string {
	if c.Resolution != nil {
		yes, no, _ := class.Votes() // CheckResolution has read them
		return fmt.Sprintf("%s: %d yes, %d no", class.Class, yes, no)
	}
	seated := class.SeatedNames()
	return fmt.Sprintf("%s: %d of %d seats: %s", class.Class, len(seated), class.Seats, strings.Join(seated, ", "))
}

// beaconOf says which beacon decided lots, and whether it is the one that we know.
func beaconOf(b *election.CertifiedBeacon) string {
	if b.Key == election.Quicknet.Key && b.Chain == election.Quicknet.Chain {
		return b.Name
	}
	return fmt.Sprintf("%q, whose key we do not know: %s", b.Name, b.Key)
}

func readWhole(name string) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // whoever checks names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err == nil && len(raw) > largestFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, largestFile)
	}
	return raw, err
}
