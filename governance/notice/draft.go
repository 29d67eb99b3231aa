package notice

import (
	"encoding/binary"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// draft is a graph while its edges are told. They come in any order, and to write here and there in a large array is to wait for memory each
// time. So each half of an edge is first put down with those of its band, which is so many nodes in a row that a band's part of the graph
// stays near while it is drawn.
type draft struct {
	bands int

	mu   sync.Mutex
	pens []*pen // guarded by mu
}

const (
	bandNodes = 1 << 15
	halfSize  = 2 + 4           // bytes: a node of the band, and the node at the other end
	sheetSize = 8190 * halfSize // with two bytes more not more than six pages, as Go hands them out
	givenBack = 16 << 20        // halves: how many are drawn before their memory is given back
)

// sheet is halves of edges, written as eight bytes of which the next overwrites two.
type sheet [sheetSize + 8 - halfSize]byte

// pen puts down what one goroutine is told.
type pen struct {
	tips   []tip      // by band
	sheets [][]*sheet // by band: all but the last are full
}

// tip is where a band's next half goes.
type tip struct {
	on *sheet
	at int
}

// newDraft begins a graph with no more nodes than this.
func newDraft(nodes int) *draft { return &draft{bands: (nodes + bandNodes - 1) / bandNodes} }

func (d *draft) pen() *pen {
	p := &pen{make([]tip, d.bands), make([][]*sheet, d.bands)}
	for band := range p.tips {
		p.tips[band].at = sheetSize
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pens = append(d.pens, p)
	return p
}

// edge puts down both halves, and of a node's edge to itself one.
func (p *pen) edge(a, b uint32) {
	p.half(a, b)
	if a != b {
		p.half(b, a)
	}
}

func (p *pen) half(near, far uint32) {
	t := &p.tips[near/bandNodes]
	if t.at == sheetSize {
		p.turn(near / bandNodes)
	}
	binary.LittleEndian.PutUint64(t.on[t.at:], uint64(far)<<16|uint64(near%bandNodes))
	t.at += halfSize
}

func (p *pen) turn(band uint32) {
	p.tips[band] = tip{on: new(sheet)}
	p.sheets[band] = append(p.sheets[band], p.tips[band].on)
}

// told are the sheets of a band, as far as they are filled, and with the two bytes that follow.
func (d *draft) told(band int) iter.Seq[[]byte] {
	return func(yield func(halves []byte) bool) {
		for _, p := range d.pens {
			for i, s := range p.sheets[band] {
				n := sheetSize
				if i == len(p.sheets[band])-1 {
					n = p.tips[band].at
				}
				if !yield(s[:n+8-halfSize]) {
					return
				}
			}
		}
	}
}

// nodes are those of all bands up to the last that anything was told of.
func (d *draft) nodes() (nodes int) {
	for _, p := range d.pens {
		for i := range p.sheets {
			if len(p.sheets[i]) > 0 {
				nodes = max(nodes, (i+1)*bandNodes)
			}
		}
	}
	return nodes
}

// graph draws all that was told, on every core; no pen is held any more. The draft gives its memory back on the way, and is of no use after.
func (d *draft) graph(nodes int) *Graph {
	g := &Graph{nodes: nodes, bands: make([]band, (nodes+bandNodes-1)/bandNodes)}
	var next, drawn atomic.Int64
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(g.bands); i = int(next.Add(1)) - 1 {
				g.bands[i] = d.draw(i)
				n := int64(len(g.bands[i].ends))
				if all := drawn.Add(n); all/givenBack != (all-n)/givenBack {
					debug.FreeOSMemory()
				}
			}
		})
	}
	work.Wait()
	return g
}

// draw sorts a band's halves by their near nodes, in two strokes: one counts, one fills. While filling, starts[n+1] is where the next
// neighbour of n goes, and so at last where those of n+1 start.
func (d *draft) draw(i int) band {
	starts := new([bandNodes + 1]uint32)
	for halves := range d.told(i) {
		for at := 0; at+8 <= len(halves); at += halfSize {
			starts[1+binary.LittleEndian.Uint64(halves[at:])%bandNodes]++
		}
	}
	var all uint32
	for n, neighbours := range starts[1:] {
		starts[1+n] = all
		all += neighbours
	}
	ends := make([]uint32, all)
	for halves := range d.told(i) {
		for at := 0; at+8 <= len(halves); at += halfSize {
			half := binary.LittleEndian.Uint64(halves[at:])
			place := &starts[1+half%bandNodes]
			ends[*place] = uint32(half >> 16) //nolint:gosec // the two bytes above are the next half's
			*place++
		}
	}
	for _, p := range d.pens {
		p.sheets[i], p.tips[i] = nil, tip{}
	}
	return band{starts, ends}
}
