package notice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// blockSize is how much of a list a goroutine reads at once: what it makes of it stays in a core's own cache.
const blockSize = 128 << 10

// list is a file of edges.
type list struct {
	from io.ReaderAt
	size int64
}

// each reads all edges with as many goroutines as there are cores. Begin makes a goroutine's own taker, who gets ids two by two and has to
// have used them when it returns; nil is the end. Of several bad lines the first is told.
func (l list) each(begin func() func(ids []uint64) error) error {
	faults := make([]fault, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	for i := range faults {
		all.Go(func() {
			faults[i] = l.work(begin(), &next, &stop)
			stop.CompareAndSwap(false, faults[i].err != nil)
		})
	}
	all.Wait()
	return l.first(faults)
}

// fault is what is wrong at a place of the file.
type fault struct {
	at  int64
	err error
}

// work takes block after block. Blocks are taken in order, so that when one is bad all before it are read to their end.
func (l list) work(take func(ids []uint64) error, next *atomic.Int64, stop *atomic.Bool) fault {
	buf := make([]byte, blockSize+maxLine+1+1+pad)
	ids := make([]uint64, 0, blockSize/2)
	for !stop.Load() {
		from := next.Add(blockSize) - blockSize
		if from >= l.size {
			return fault{l.size, take(nil)}
		}
		text, at, err := l.lines(buf, from)
		if err != nil {
			return fault{at, err}
		}
		var bad int
		if ids, bad, err = parse(text, ids[:0]); err != nil {
			return fault{at + int64(bad), &SyntaxError{What: err.Error()}}
		}
		if err := take(ids); err != nil {
			return fault{at, err}
		}
	}
	return fault{}
}

// lines reads a block's lines, whole, and says where the first of them is. A block ends with the line that goes on or begins at its end, and
// so begins behind its first end of a line. It is read from its very beginning: the kernel copies whole pages much faster.
func (l list) lines(buf []byte, from int64) (text []byte, at int64, _ error) {
	n, err := l.from.ReadAt(buf[:blockSize+maxLine+1], from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, from, fmt.Errorf("read: %w", err)
	}
	begin, end := 0, n
	if from == 0 {
		begin = afterHeader(buf[:n])
	} else if begin = bytes.IndexByte(buf[:n], '\n') + 1; begin == 0 {
		begin = n
	}
	if n > blockSize {
		after := bytes.IndexByte(buf[blockSize:n], '\n')
		if after < 0 && from+int64(n) < l.size {
			return nil, from + int64(bytes.LastIndexByte(buf[:blockSize], '\n')) + 1, &SyntaxError{What: errLongLine.Error()}
		}
		if after >= 0 {
			end = blockSize + after + 1
		}
	}
	begin = min(begin, end)
	if end > begin && buf[end-1] != '\n' {
		buf[end] = '\n'
		end++
	}
	clear(buf[end : end+pad])
	return buf[begin:end], from + int64(begin), nil
}

// first is the fault that comes first in the file, with the number of its line.
func (l list) first(faults []fault) error {
	faults = slices.DeleteFunc(faults, func(f fault) bool { return f.err == nil })
	if len(faults) == 0 {
		return nil
	}
	f := slices.MinFunc(faults, func(a, b fault) int { return int(min(1, max(-1, a.at-b.at))) })
	if syntax, ok := errors.AsType[*SyntaxError](f.err); ok {
		number, err := l.lineAt(f.at)
		if err != nil {
			return err
		}
		syntax.Line = number
	}
	return f.err
}

// lineAt counts lines up to a place.
func (l list) lineAt(at int64) (int, error) {
	buf, number := make([]byte, blockSize), 1
	for from := int64(0); from < at; from += blockSize {
		n, err := l.from.ReadAt(buf[:min(blockSize, at-from)], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read: %w", err)
		}
		number += bytes.Count(buf[:n], []byte("\n"))
	}
	return number, nil
}
