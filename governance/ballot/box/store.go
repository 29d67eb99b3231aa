package box

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/ballot"
	"folkmoot/internal/database"
)

// Box is the ballot box of all contests.
type Box struct {
	db   *database.DB
	key  Key
	find func(context.Context, ballot.Contest) (Poll, error)
	now  func() time.Time
}

// New opens the box. find looks a contest up: ErrNoContest.
func New(db *database.DB, key Key, find func(context.Context, ballot.Contest) (Poll, error), now func() time.Time) *Box {
	return &Box{db, key, find, database.Clock(now)}
}

type castRow struct {
	Contest   string
	KeyHash   string
	Sequence  uint64
	Entry     string
	Statement string
	Sealed    string
	Logged    bool
}

func (castRow) TableName() string { return "casts" }

func (r castRow) cast() (c ballot.Cast, err error) {
	if c.Statement, err = read[ballot.Statement](r.Statement); err == nil && r.Sealed != "" {
		c.Sealed, err = read[ballot.Sealed](r.Sealed)
	}
	return c, err
}

// Cast takes a cast: the last one with a voter key counts. The same one again gets the same receipt.
// ErrNoContest, ErrNotOpen, ErrClosed, ErrReplayed, ErrSkipped, and what ballot.Cast.Check finds.
func (b *Box) Cast(ctx context.Context, c ballot.Cast) (ballot.Receipt, error) {
	poll, err := b.find(ctx, c.Contest)
	if err != nil {
		return ballot.Receipt{}, err
	}
	if err := poll.takes(b.now()); err != nil {
		return ballot.Receipt{}, err
	}
	if err := c.Check(poll.Contest, poll.Signers); err != nil {
		return ballot.Receipt{}, err
	}
	row := castRow{Contest: c.Contest.String(), KeyHash: KeyHash(c.Credential.Public).String(), Sequence: c.Sequence, Entry: c.Entry().String()}
	if row.Statement, err = written(c.Statement); err == nil {
		row.Sealed, err = written(c.Sealed)
	}
	if err != nil {
		return ballot.Receipt{}, err
	}
	err = b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "cast:"+row.KeyHash); err != nil {
			return err
		}
		if err := poll.takes(b.now()); err != nil { // it may have waited
			return err
		}
		return keep(tx, row)
	})
	if err != nil {
		return ballot.Receipt{}, err
	}
	return c.Receipt(b.key.private), nil
}

// keep puts a cast in the place of those before it, whose ballots nobody opens any more.
func keep(tx *gorm.DB, row castRow) error {
	before := tx.Model(&castRow{}).Where("contest = ? AND key_hash = ?", row.Contest, row.KeyHash)
	var last []castRow
	if err := before.Session(&gorm.Session{}).Order("sequence DESC").Limit(1).Find(&last).Error; err != nil {
		return err
	}
	next := uint64(1)
	if len(last) > 0 {
		next = last[0].Sequence + 1
	}
	switch {
	case row.Sequence < next && last[0].Entry == row.Entry:
		return nil
	case row.Sequence < next:
		return ErrReplayed
	case row.Sequence > next:
		return ErrSkipped
	}
	if err := before.Session(&gorm.Session{}).Update("sealed", "").Error; err != nil {
		return err
	}
	return tx.Create(&row).Error
}

// Standing is what was last cast with a key. ErrNoCast.
func (b *Box) Standing(ctx context.Context, contest ballot.Contest, key ballot.Digest) (Standing, error) {
	var row castRow
	err := b.db.Read(ctx).Where("contest = ? AND key_hash = ?", contest.String(), key.String()).Order("sequence DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Standing{}, ErrNoCast
	}
	if err != nil {
		return Standing{}, fmt.Errorf("look into the ballot box: %w", err)
	}
	s, err := read[ballot.Statement](row.Statement)
	return Standing{row.Sequence, s.Entry(), s.Receipt(b.key.private), row.Logged}, err
}

// Unlogged are the entries of casts that the public log may not have yet, in the order of the keys' hashes.
func (b *Box) Unlogged(ctx context.Context, contest ballot.Contest) (entries []ballot.Digest, err error) {
	var kept []string
	if err := b.db.Read(ctx).Model(&castRow{}).Where("contest = ? AND logged = ?", contest.String(), false).Order("key_hash").Pluck("entry", &kept).Error; err != nil {
		return nil, fmt.Errorf("list what the log lacks: %w", err)
	}
	entries = make([]ballot.Digest, len(kept))
	for i, e := range kept {
		if err := entries[i].UnmarshalText([]byte(e)); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// inOneAsk is how many entries one statement names.
const inOneAsk = 400

// Logged notes that the public log has entries.
func (b *Box) Logged(ctx context.Context, contest ballot.Contest, entries []ballot.Digest) error {
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		for some := range slices.Chunk(entries, inOneAsk) {
			named := make([]string, len(some))
			for i, e := range some {
				named[i] = e.String()
			}
			if err := tx.Model(&castRow{}).Where("contest = ? AND entry IN ?", contest.String(), named).Update("logged", true).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteCasts writes the statements of all casts, superseded ones too, one a line in the order of their entries: as they are published.
func WriteCasts(tx *gorm.DB, contest ballot.Contest, w io.Writer) error {
	return writeLines(tx.Model(&castRow{}).Where("contest = ?", contest.String()).Order("entry").Select("entry, statement"), w)
}

// WriteOpenings writes the openings of the ballots that count, one a line in the order of their casts' entries: as they are published.
func WriteOpenings(tx *gorm.DB, contest ballot.Contest, w io.Writer) error {
	return writeLines(settled(tx, contest).Select("DISTINCT entry, opening"), w)
}

func writeLines(column *gorm.DB, w io.Writer) (err error) {
	rows, err := column.Rows()
	if err != nil {
		return fmt.Errorf("read the ballot box: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var entry, line string
		if err := rows.Scan(&entry, &line); err != nil {
			return fmt.Errorf("read the ballot box: %w", err)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Figures are what there is of a contest in the box.
type Figures struct{ Keys, Casts, Unlogged, NotOpened int }

// FiguresIn counts them within a transaction.
func FiguresIn(tx *gorm.DB, contest ballot.Contest) (f Figures, err error) {
	err = tx.Model(&castRow{}).Where("contest = ?", contest.String()).
		Select("count(DISTINCT key_hash) AS keys, count(*) AS casts, coalesce(sum(CASE WHEN logged THEN 0 ELSE 1 END), 0) AS unlogged").Scan(&f).Error
	if err != nil {
		return f, fmt.Errorf("count what is in the ballot box: %w", err)
	}
	all, err := OpeningsIn(tx, contest)
	for _, o := range all {
		if o.Spoiled != "" {
			f.NotOpened++
		}
	}
	return f, err
}

// closed is a contest whose poll is over. ErrNoContest, ErrStillOpen.
func (b *Box) closed(ctx context.Context, contest ballot.Contest) error {
	poll, err := b.find(ctx, contest)
	if err == nil && b.now().Before(poll.Closes) {
		err = ErrStillOpen
	}
	return err
}

// counting are the casts that count, one a voter key, in the order of their entries. A superseded one has no sealed ballot left.
func counting(tx *gorm.DB, contest ballot.Contest) ([]ballot.Cast, error) {
	var rows []castRow
	if err := tx.Where("contest = ? AND sealed <> ''", contest.String()).Order("entry").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list ballots: %w", err)
	}
	all := make([]ballot.Cast, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.cast(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

type peeledRow struct {
	Contest string
	Entry   string
	Pair    int
	Peeled  []byte
}

func (peeledRow) TableName() string { return "peeled_casts" }

type openedRow struct {
	Contest string
	Entry   string
	Pair    int
	Spoiled bool
	Opening string
}

func (openedRow) TableName() string { return "opened_casts" }

// opening is what is known of how ballots open.
type opening struct {
	peeled map[string]map[int]peeledRow // by entry and pair
	opened map[string]map[int]openedRow
}

func openingOf(tx *gorm.DB, contest ballot.Contest) (o opening, err error) {
	var peeled []peeledRow
	var opened []openedRow
	err = tx.Where("contest = ?", contest.String()).Find(&peeled).Error
	if err == nil {
		err = tx.Where("contest = ?", contest.String()).Find(&opened).Error
	}
	if err != nil {
		return o, fmt.Errorf("list what is opened: %w", err)
	}
	o = opening{map[string]map[int]peeledRow{}, map[string]map[int]openedRow{}}
	for _, p := range peeled {
		if o.peeled[p.Entry] == nil {
			o.peeled[p.Entry] = map[int]peeledRow{}
		}
		o.peeled[p.Entry][p.Pair] = p
	}
	for _, r := range opened {
		if o.opened[r.Entry] == nil {
			o.opened[r.Entry] = map[int]openedRow{}
		}
		o.opened[r.Entry][r.Pair] = r
	}
	return o, nil
}

// whole reports whether a pair has opened a ballot.
func (o opening) whole(entry string) bool {
	for _, r := range o.opened[entry] {
		if !r.Spoiled {
			return true
		}
	}
	return false
}

// took are the scrutineers who have taken part.
func (o opening) took() (by [ballot.Scrutineer]bool) {
	for _, of := range o.peeled {
		for pair := range of {
			by[pairs[pair][0]] = true
		}
	}
	for entry, of := range o.opened {
		for pair := range of {
			if len(o.peeled[entry][pair].Peeled) > 0 { // else the first of the pair said so
				by[pairs[pair][1]] = true
			}
		}
	}
	return by
}

// untried reports whether two who take part have not tried yet to open a ballot.
func (o opening) untried(entry string, took [ballot.Scrutineer]bool) bool {
	for i, pair := range pairs {
		if _, tried := o.opened[entry][i]; !tried && took[pair[0]] && took[pair[1]] {
			return true
		}
	}
	return false
}

// mostPieces is how many seals of a kind a scrutineer gets at once.
const mostPieces = 400

// Work is what the scrutineer with that number can do now. ErrNoContest, ErrStillOpen, ErrOtherWorld.
func (b *Box) Work(ctx context.Context, contest ballot.Contest, number int) (Work, error) {
	w := Work{Peel: []Piece{}, Open: []Piece{}}
	if number < 0 || number >= ballot.Scrutineer {
		return w, ErrOtherWorld
	}
	if err := b.closed(ctx, contest); err != nil {
		return w, err
	}
	casts, o, err := b.opening(ctx, contest)
	if err != nil {
		return w, err
	}
	for _, c := range casts {
		entry := c.Entry().String()
		if o.whole(entry) {
			continue
		}
		for _, pair := range peels(number) {
			if _, done := o.peeled[entry][pair]; !done && len(w.Peel) < mostPieces {
				w.Peel = append(w.Peel, Piece{c, pair, nil})
			}
		}
		for _, pair := range opens(number) {
			_, tried := o.opened[entry][pair]
			if p := o.peeled[entry][pair]; len(p.Peeled) > 0 && !tried && len(w.Open) < mostPieces {
				w.Open = append(w.Open, Piece{c, pair, p.Peeled})
			}
		}
	}
	return w, nil
}

func (b *Box) opening(ctx context.Context, contest ballot.Contest) ([]ballot.Cast, opening, error) {
	tx := b.db.Read(ctx)
	casts, err := counting(tx, contest)
	if err != nil {
		return nil, opening{}, err
	}
	o, err := openingOf(tx, contest)
	return casts, o, err
}

// byEntry are the casts that count, by their entries.
func byEntry(tx *gorm.DB, contest ballot.Contest) (map[ballot.Digest]ballot.Cast, error) {
	casts, err := counting(tx, contest)
	if err != nil {
		return nil, err
	}
	by := make(map[ballot.Digest]ballot.Cast, len(casts))
	for _, c := range casts {
		by[c.Entry()] = c
	}
	return by, nil
}

// Peel keeps what the first scrutineer of pairs peeled. A seal that did not come off leaves a ballot that this pair cannot open.
// ErrNoContest, ErrStillOpen, ErrNotOnes.
func (b *Box) Peel(ctx context.Context, contest ballot.Contest, number int, peeled []Peeled) error {
	if err := b.closed(ctx, contest); err != nil {
		return err
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		casts, err := byEntry(tx, contest)
		if err != nil {
			return err
		}
		for _, p := range peeled {
			c, counts := casts[p.Entry]
			if !counts || !slices.Contains(peels(number), p.Pair) {
				return ErrNotOnes
			}
			row := peeledRow{contest.String(), p.Entry.String(), p.Pair, p.Peeled}
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
				return err
			}
			if len(p.Peeled) == 0 {
				if err := notOpened(tx, contest, c.Statement, p.Pair); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// notOpened notes that a pair could not open a ballot.
func notOpened(tx *gorm.DB, contest ballot.Contest, s ballot.Statement, pair int) error {
	text, err := written(ballot.Opening{Public: s.Credential.Public, Sequence: s.Sequence, Spoiled: ballot.NotOpened})
	if err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&openedRow{contest.String(), s.Entry().String(), pair, true, text}).Error
}

// Open keeps ballots that the second scrutineer of a pair opened. Each must be the one that was committed to; of one that did not open it is
// kept that this pair could not. ErrNoContest, ErrStillOpen, ErrNotOnes, ballot.ErrNotCommitted.
func (b *Box) Open(ctx context.Context, contest ballot.Contest, number int, opened []Opened) error {
	if err := b.closed(ctx, contest); err != nil {
		return err
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		casts, err := byEntry(tx, contest)
		if err != nil {
			return err
		}
		o, err := openingOf(tx, contest)
		if err != nil {
			return err
		}
		for _, one := range opened {
			c, counts := casts[one.Entry]
			if p := o.peeled[one.Entry.String()][one.Pair]; !counts || !slices.Contains(opens(number), one.Pair) || len(p.Peeled) == 0 {
				return ErrNotOnes
			}
			if err := keepOpened(tx, contest, c.Statement, one); err != nil {
				return err
			}
		}
		return nil
	})
}

func keepOpened(tx *gorm.DB, contest ballot.Contest, s ballot.Statement, one Opened) error {
	if one.Spoiled != "" {
		return notOpened(tx, contest, s, one.Pair)
	}
	if err := one.Check(s); err != nil {
		return err
	}
	text, err := written(one.Opening)
	if err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&openedRow{contest.String(), one.Entry.String(), one.Pair, false, text}).Error
}

// Progress is how far ballots are opened.
func (b *Box) Progress(ctx context.Context, contest ballot.Contest) (p Progress, err error) {
	casts, o, err := b.opening(ctx, contest)
	if err != nil {
		return p, err
	}
	p.Ballots = len(casts)
	took := o.took()
	for _, c := range casts {
		entry := c.Entry().String()
		for pair := range o.peeled[entry] {
			p.Peeled[pair]++
		}
		for pair := range o.opened[entry] {
			p.Settled[pair]++
		}
		switch {
		case o.whole(entry):
			p.Opened++
		case len(o.opened[entry]) > 0 && !o.untried(entry, took):
			p.NotOpened++
		}
	}
	return p, nil
}

// settled are the openings of a contest: of each ballot the one that a pair opened, else that those who tried could not.
func settled(tx *gorm.DB, contest ballot.Contest) *gorm.DB {
	return tx.Model(&openedRow{}).Where(`contest = ? AND (NOT spoiled OR NOT EXISTS (
		SELECT 1 FROM opened_casts o WHERE o.contest = opened_casts.contest AND o.entry = opened_casts.entry AND NOT o.spoiled))`, contest.String()).Order("entry")
}

// OpeningsIn are those of the ballots that count, in the order of their casts' entries; of one that nobody has tried to open there is none.
func OpeningsIn(tx *gorm.DB, contest ballot.Contest) ([]ballot.Opening, error) {
	var rows []struct{ Entry, Opening string }
	if err := settled(tx, contest).Select("DISTINCT entry, opening").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list what is opened: %w", err)
	}
	slices.SortFunc(rows, func(a, b struct{ Entry, Opening string }) int { return cmp.Compare(a.Entry, b.Entry) })
	all := make([]ballot.Opening, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = read[ballot.Opening](r.Opening); err != nil {
			return nil, err
		}
	}
	return all, nil
}
