package notice

// Told is what somebody is told about how far they are from somebody who pays.
type Told int

const (
	Pays        Told = 0  // they do so themself
	ThreeOrMore Told = -1 // it is not told more nearly, or nobody who pays can be reached
)

const (
	// LeastAge is how many days old an account must be to be told less than ThreeOrMore.
	LeastAge = 90
	// LeastContacts is how many mutual contacts who take part it must have for that.
	LeastContacts = 5
)

// place is where somebody is in the graph.
type place struct {
	counted  int32 // steps to the nearest who pays and lets contacts know; -1: none can be reached
	hidden   int32 // steps to the nearest who pays and does not
	contacts int
	age      int // of the account, in days
}

// told holds a place against the rules. Who pays and does not let contacts know is counted one step farther away than they are, by everybody
// and not only by their contacts: otherwise somebody with two accounts in a row would see by the second what the first is not told. So
// nobody can tell them from somebody who does not pay, and has one contact more who does.
func (p place) told() Told {
	if p.counted == 0 || p.hidden == 0 {
		return Pays
	}
	d := p.counted
	if p.hidden > 0 && (d < 0 || p.hidden+1 < d) {
		d = p.hidden + 1
	}
	if d < 0 || p.age < LeastAge || p.contacts < LeastContacts {
		return ThreeOrMore
	}
	return Told(d)
}

// guarded is what is told where nobody is taken to have agreed: it is told once one who had takes that back. Nobody knows any more whom that
// concerns, so it is told to all whom nothing was told yet, and looks as if it had been so from the beginning.
func (p place) guarded() Told {
	if p.counted >= 0 && (p.hidden < 0 || p.counted < p.hidden) {
		p.hidden = p.counted
	}
	p.counted = -1
	return p.told()
}
