package scrutineer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/ballot"
	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/mail"
)

// Options are what a signer needs to know.
type Options struct {
	Society  string                   // address of the society's server
	Address  string                   // at which voters reach us
	Tokens   func() ([]string, error) // one for each election; asked anew at every turn
	Opening  [][]byte                 // public keys to open ballots with, as the scrutineers told us themselves; none: the society's word is taken
	Practice bool                     // go by the society's clock, which somebody who practises moves on
	Now      func() time.Time
	Log      *slog.Logger
	Write    Writer
}

// Signer is the scrutineers' signer.
type Signer struct {
	Options

	db    *database.DB
	keys  Keys
	post  mail.Sender
	ahead time.Duration // guarded by mu: of the society's clock, where it is practised

	mu     sync.Mutex
	mailed map[member.ID]time.Time // guarded by mu: when somebody last asked for their code
}

// New opens the signer on its own database.
func New(db *database.DB, keys Keys, post mail.Sender, o Options) *Signer {
	return &Signer{Options: o, db: db, keys: keys, post: post, mailed: map[member.ID]time.Time{}}
}

type electionRow struct {
	Election   string
	Title      string
	PollCloses time.Time
	RollHash   string
}

func (electionRow) TableName() string { return "signer_elections" }

type contestRow struct {
	Election string
	Class    member.Class
	Private  []byte
	Contest  string
	Told     bool
}

func (contestRow) TableName() string { return "signer_contests" }

type voterRow struct {
	Election       string
	Member         member.ID
	Class          member.Class
	Address        string
	Mailed         bool
	Blinded        []byte
	BlindSignature []byte
}

func (voterRow) TableName() string { return "signer_voters" }

func (s *Signer) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Now().Add(s.ahead).UTC()
}

// Turn does what is to be done for every election: introduce ourselves, copy the roll once it is final, mail codes, and tell our count after the
// close. What fails is tried again the next time.
func (s *Signer) Turn(ctx context.Context) error {
	tokens, err := s.Tokens()
	if err != nil {
		return err
	}
	var amiss error
	for _, token := range tokens {
		id, _, _ := strings.Cut(token, ".")
		if err := s.turn(ctx, Client{s.Society, token}); err != nil {
			amiss = errors.Join(amiss, fmt.Errorf("election %s: %w", id, err))
		}
	}
	return amiss
}

func (s *Signer) turn(ctx context.Context, society Client) error {
	is, err := society.look(ctx)
	if err != nil {
		return err
	}
	if s.Practice {
		s.mu.Lock()
		s.ahead = is.Now.Sub(s.Now())
		s.mu.Unlock()
	}
	row, contests, err := s.known(ctx, is)
	if err != nil {
		return err
	}
	if row.RollHash == "" {
		if err := s.introduce(ctx, society, contests); err != nil {
			return err
		}
		if !is.Final {
			return nil
		}
		if err := s.copy(ctx, society, is.Election, contests); err != nil {
			return err
		}
	}
	var mailed error
	if s.now().Before(is.Closes) {
		mailed = s.mailCodes(ctx, is.Election, is.Title)
	}
	return errors.Join(mailed, s.count(ctx, society, is.Election)) // one mailbox that takes nothing holds nobody else up
}

// known is an election with our keys for it, which are made when we first hear of it.
func (s *Signer) known(ctx context.Context, is Society) (row electionRow, contests []contestRow, err error) {
	if row, contests, err = s.look(ctx, is.Election); !errors.Is(err, ErrUnknown) {
		return row, contests, err
	}
	row = electionRow{Election: is.Election, Title: is.Title, PollCloses: is.Closes.UTC()}
	for _, class := range is.Classes {
		key, err := ballot.NewSigner(rand.Reader)
		if err != nil {
			return row, nil, err
		}
		private, err := s.keys.vault.Seal(key, is.Election+"/"+string(class))
		if err != nil {
			return row, nil, err
		}
		contests = append(contests, contestRow{Election: is.Election, Class: class, Private: private})
	}
	return row, contests, s.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Create(&contests).Error
	})
}

func (s *Signer) look(ctx context.Context, id string) (row electionRow, contests []contestRow, err error) {
	tx := s.db.Read(ctx)
	err = tx.Where("election = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, nil, ErrUnknown
	}
	if err == nil {
		err = tx.Where("election = ?", id).Order("class").Find(&contests).Error
	}
	if err != nil {
		return row, nil, fmt.Errorf("look up an election: %w", err)
	}
	return row, contests, nil
}

func (s *Signer) open(c contestRow) (ballot.Signer, error) {
	return s.keys.vault.Open(c.Private, c.Election+"/"+string(c.Class))
}

// publics are our public keys by class, and that of our count.
func (s *Signer) publics(contests []contestRow) (map[member.Class][]byte, ed25519.PublicKey, error) {
	keys := map[member.Class][]byte{}
	for _, c := range contests {
		key, err := s.open(c)
		if err != nil {
			return nil, nil, err
		}
		if keys[c.Class], err = key.Public(); err != nil {
			return nil, nil, fmt.Errorf("write a signer's key: %w", err)
		}
	}
	issuer, err := s.keys.issuer(contests[0].Election)
	if err != nil {
		return nil, nil, err
	}
	public, _ := issuer.Public().(ed25519.PublicKey)
	return keys, public, nil
}

func (s *Signer) introduce(ctx context.Context, society Client, contests []contestRow) error {
	keys, issuer, err := s.publics(contests)
	if err != nil {
		return err
	}
	return society.introduce(ctx, Introduction{s.Address, issuer, keys})
}

// copy takes the final roll, if it holds. ErrRoll, ErrOtherSigner, ErrManifestSays.
func (s *Signer) copy(ctx context.Context, society Client, id string, contests []contestRow) error {
	c, err := society.copy(ctx)
	if err != nil {
		return err
	}
	keys, issuer, err := s.publics(contests)
	if err != nil {
		return err
	}
	names, hash, err := checked(c, keys, issuer, s.Opening)
	switch {
	case err != nil:
		return err
	case c.Election != id:
		return ErrManifestSays
	}
	var voters []voterRow
	for _, line := range c.Roll {
		if _, votes := names[line.Class]; votes && line.Issued {
			voters = append(voters, voterRow{Election: id, Member: line.Member, Class: line.Class, Address: line.Address})
		}
	}
	return s.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("election = ?", id).Delete(&voterRow{}).Error; err != nil {
			return err
		}
		if len(voters) > 0 {
			if err := tx.CreateInBatches(voters, rowsAtOnce).Error; err != nil {
				return err
			}
		}
		for class, contest := range names {
			if err := tx.Model(&contestRow{}).Where("election = ? AND class = ?", id, class).Update("contest", contest.String()).Error; err != nil {
				return err
			}
		}
		return tx.Model(&electionRow{}).Where("election = ?", id).Updates(map[string]any{"roll_hash": hash, "poll_closes": c.Closes.UTC(), "title": c.Title}).Error
	})
}

const (
	rowsAtOnce  = 500
	mailsAtOnce = 200 // in one turn
	codePause   = time.Minute
)

// mailCodes mails some of the codes that are not mailed yet, in no order: those that fail do not stay in front. One that was mailed and not noted
// is mailed again: it is the same.
func (s *Signer) mailCodes(ctx context.Context, id, title string) error {
	var waiting []voterRow
	if err := s.db.Read(ctx).Where("election = ? AND mailed = ?", id, false).Order("random()").Limit(mailsAtOnce).Find(&waiting).Error; err != nil {
		return fmt.Errorf("list whom to mail a code: %w", err)
	}
	var amiss error
	for _, v := range waiting {
		if err := s.mail(ctx, v, title); err != nil && !errors.Is(err, mail.ErrNobody) {
			amiss = errors.Join(amiss, err)
			continue
		}
		if err := s.db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Model(&voterRow{}).Where("election = ? AND member = ?", id, v.Member).Update("mailed", true).Error
		}); err != nil {
			return err
		}
	}
	return amiss
}

func (s *Signer) mail(ctx context.Context, v voterRow, title string) error {
	code := s.keys.code(v.Election, v.Member)
	letter, err := s.Write(v.Address, title, Shown(code), s.Society+"/elections/"+v.Election+"/vote#code="+code)
	if err != nil {
		return err
	}
	return s.post.Send(ctx, letter)
}

// count tells the society how many keys we signed, once the poll has closed.
func (s *Signer) count(ctx context.Context, society Client, id string) error {
	row, contests, err := s.look(ctx, id)
	if err != nil || s.now().Before(row.PollCloses) {
		return err
	}
	issuer, err := s.keys.issuer(id)
	if err != nil {
		return err
	}
	for _, c := range contests {
		if c.Told || c.Contest == "" {
			continue
		}
		n, err := s.counted(ctx, c)
		if err != nil {
			return err
		}
		said := ballot.Issued{Contest: n.Contest, Voters: uint64(n.Voters), Issued: uint64(n.Issued)} //nolint:gosec // of members
		if err := said.RollHash.UnmarshalText([]byte(row.RollHash)); err != nil {
			return err
		}
		if err := society.count(ctx, c.Class, said.Sign(issuer)); err != nil {
			return err
		}
		if err := s.db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Model(&contestRow{}).Where("election = ? AND class = ?", id, c.Class).Update("told", true).Error
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Signer) counted(ctx context.Context, c contestRow) (n Count, err error) {
	if err := n.Contest.UnmarshalText([]byte(c.Contest)); err != nil {
		return n, err
	}
	var there struct{ Voters, Issued int }
	err = s.db.Read(ctx).Model(&voterRow{}).Where("election = ? AND class = ?", c.Election, c.Class).
		Select("count(*) AS voters, count(CASE WHEN length(blinded) > 0 THEN 1 END) AS issued").Scan(&there).Error
	n.Voters, n.Issued = there.Voters, there.Issued
	return n, err
}

// Counts are how many keys were signed in every contest.
func (s *Signer) Counts(ctx context.Context) ([]Count, error) {
	var contests []contestRow
	if err := s.db.Read(ctx).Where("contest <> ''").Order("contest").Find(&contests).Error; err != nil {
		return nil, fmt.Errorf("list contests: %w", err)
	}
	all := []Count{}
	for _, c := range contests {
		n, err := s.counted(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// contest is one of ours, which is open for keys. ErrUnknown, ErrClosed.
func (s *Signer) contest(tx *gorm.DB, contest ballot.Contest) (c contestRow, err error) {
	var row electionRow
	err = tx.Where("contest = ?", contest.String()).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, ErrUnknown
	}
	if err == nil {
		err = tx.Where("election = ?", c.Election).Take(&row).Error
	}
	if err == nil && !s.now().Before(row.PollCloses) {
		err = ErrClosed
	}
	return c, err
}

// voter is whom a code was mailed to. Whoever is not on our roll is told what whoever has the wrong code is told. Nobody
// guesses one of 80 bits, so nobody is locked out for guessing. ErrWrongCode.
func (s *Signer) voter(tx *gorm.DB, c contestRow, m member.ID, code string) (v voterRow, err error) {
	err = tx.Where("election = ? AND member = ? AND class = ?", c.Election, m, c.Class).Take(&v).Error
	unknown := errors.Is(err, gorm.ErrRecordNotFound)
	if right := same(typed(code), s.keys.code(c.Election, m)); unknown || err == nil && !right {
		err = ErrWrongCode
	}
	return v, err
}

// Sign signs a blinded voter key for whoever has the code that was mailed: the same answer to the same question, and none to another.
// ErrUnknown, ErrClosed, ErrWrongCode, ErrOtherKey, ballot.ErrBadBlinded.
func (s *Signer) Sign(ctx context.Context, a Asked) (answer []byte, err error) {
	c, err := s.contest(s.db.Read(ctx), a.Contest)
	if err != nil {
		return nil, err
	}
	v, err := s.voter(s.db.Read(ctx), c, a.Member, a.Code)
	switch {
	case err != nil:
		return nil, err
	case len(v.Blinded) > 0 && !bytes.Equal(v.Blinded, a.Blinded):
		return nil, ErrOtherKey
	case len(v.Blinded) > 0: // no work for whoever asks again and again
		return v.BlindSignature, nil
	}
	key, err := s.open(c)
	if err != nil {
		return nil, err
	}
	if answer, err = key.Sign(a.Blinded); err != nil {
		return nil, err
	}
	return answer, s.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "voter:"+string(a.Member)); err != nil {
			return err
		}
		v, err := s.voter(tx, c, a.Member, a.Code)
		switch {
		case err != nil:
			return err
		case len(v.Blinded) > 0 && !bytes.Equal(v.Blinded, a.Blinded):
			return ErrOtherKey
		case len(v.Blinded) > 0:
			return nil
		}
		return tx.Model(&voterRow{}).Where("election = ? AND member = ?", c.Election, a.Member).Updates(map[string]any{"blinded": a.Blinded, "blind_signature": answer}).Error
	})
}

// Signed reports whether a key was signed for whoever has the code. ErrUnknown, ErrWrongCode.
func (s *Signer) Signed(ctx context.Context, a Asked) (bool, error) {
	tx := s.db.Read(ctx)
	c, err := s.contest(tx, a.Contest)
	if err != nil && !errors.Is(err, ErrClosed) {
		return false, err
	}
	v, err := s.voter(tx, c, a.Member, a.Code)
	if err != nil {
		return false, err
	}
	return len(v.Blinded) > 0, nil
}

// MailAgain has a voter's code mailed again at the next turn, to the address on our copy of the roll. Nobody is told whether there is such a voter.
// ErrUnknown, ErrClosed.
func (s *Signer) MailAgain(ctx context.Context, contest ballot.Contest, m member.ID) error {
	c, err := s.contest(s.db.Read(ctx), contest)
	if err != nil || !s.mayMail(m) {
		return err
	}
	return s.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&voterRow{}).Where("election = ? AND member = ? AND class = ?", c.Election, m, c.Class).Update("mailed", false).Error
	})
}

// mostRemembered is how many are remembered who asked for their code lately.
const mostRemembered = 10_000

// mayMail keeps anybody from filling a voter's mailbox, or us.
func (s *Signer) mayMail(m member.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, asked := s.mailed[m]; asked && s.Now().Sub(last) < codePause {
		return false
	}
	if len(s.mailed) >= mostRemembered {
		clear(s.mailed)
	}
	s.mailed[m] = s.Now()
	return true
}
