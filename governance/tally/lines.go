package tally

import (
	"bytes"
	"fmt"
	"io"
)

// maxLine is the longest line that a BLT file may have, in bytes.
const maxLine = 64 << 10

// lines reads a text line by line, in constant memory. It leaves out comments, blank lines and the ends of lines, of whichever kind.
type lines struct {
	from   io.Reader
	buf    []byte // read and not yet given out, from pos
	pos    int
	line   []byte // the current line; it lasts until the next
	number int    // of the current line
	done   bool
	failed error // of reading
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// mustAdvance goes to the next line that says something, and fails when there is none.
func (l *lines) mustAdvance(what string) error {
	more, err := l.advance()
	if err == nil && !more {
		l.number++ // the line that is not there
		err = fmt.Errorf("the file ends where there should be %s", what)
	}
	return err
}

func (l *lines) advance() (bool, error) {
	for {
		more, err := l.raw()
		if err != nil || !more {
			return false, err
		}
		l.line = trimmed(withoutComment(l.line))
		if len(l.line) > 0 {
			return true, nil
		}
	}
}

// trimmed is a line without the space around it. It is quicker than bytes.Trim, and every paper comes through here.
func trimmed(line []byte) []byte {
	for len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		line = line[1:]
	}
	for len(line) > 0 && (line[len(line)-1] == ' ' || line[len(line)-1] == '\t') {
		line = line[:len(line)-1]
	}
	return line
}

// raw takes the next line as it is.
func (l *lines) raw() (bool, error) {
	searched := l.pos
	for {
		if i := bytes.IndexByte(l.buf[searched:], '\n'); i >= 0 {
			l.give(searched+i, searched+i+1)
			return true, nil
		}
		searched = len(l.buf)
		if l.done {
			if l.pos == len(l.buf) {
				return false, nil
			}
			l.give(len(l.buf), len(l.buf))
			return true, nil
		}
		searched -= l.pos
		if err := l.fill(); err != nil {
			return false, err
		}
	}
}

func (l *lines) give(end, next int) {
	l.number++
	l.line = bytes.TrimSuffix(l.buf[l.pos:end], []byte("\r"))
	if l.number == 1 {
		l.line = bytes.TrimPrefix(l.line, byteOrderMark)
	}
	l.pos = next
}

// fill moves what is left to the front and reads more behind it.
func (l *lines) fill() error {
	l.buf = l.buf[:copy(l.buf, l.buf[l.pos:])]
	l.pos = 0
	if len(l.buf) == cap(l.buf) {
		l.number++
		return fmt.Errorf("the line is longer than %d bytes", maxLine)
	}
	for {
		n, err := l.from.Read(l.buf[len(l.buf):cap(l.buf)])
		l.buf = l.buf[:len(l.buf)+n]
		if err == io.EOF {
			l.done = true
			return nil
		}
		if err != nil {
			l.failed = err
			return fmt.Errorf("read the papers: %w", err)
		}
		if n > 0 {
			return nil
		}
	}
}

// withoutComment is a line up to a # that stands outside quotes. Quotes end where nothing follows them but space or a comment, so that
// names may hold quotes, and a # of their own.
func withoutComment(line []byte) []byte {
	before, _, found := bytes.Cut(line, []byte("#"))
	if !found {
		return line
	}
	if text := bytes.TrimLeft(line, " \t"); len(text) == 0 || text[0] != '"' {
		return before
	}
	for i := bytes.IndexByte(line, '"') + 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		rest := bytes.TrimLeft(line[i+1:], " \t")
		if len(rest) == 0 || rest[0] == '#' && len(rest) < len(line)-i-1 {
			return line[:i+1]
		}
	}
	return line
}
