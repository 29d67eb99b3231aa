package election

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type signerRow struct {
	Election  string
	TokenHash []byte
	LinkedBy  identity.AccountID
	LinkedAt  time.Time
	Address   string
	Issuer    []byte
}

func (signerRow) TableName() string { return "election_signers" }

type electionKeyRow struct {
	Election    string
	Class       member.Class
	Scrutineers []byte
	Society     []byte
}

func (electionKeyRow) TableName() string { return "election_keys" }

type openingKeyRow struct {
	Election string
	Account  identity.AccountID
	Number   *int
	Public   []byte
	MadeAt   time.Time

	TokenHash []byte
}

func (openingKeyRow) TableName() string { return "opening_keys" }

func (r openingKeyRow) key() OpeningKey {
	k := OpeningKey{r.Account, -1, r.Public, r.MadeAt.UTC()}
	if r.Number != nil {
		k.Number = *r.Number
	}
	return k
}

type issuedRow struct {
	Election  string
	Class     member.Class
	Voters    int
	Issued    int
	Signature []byte
}

func (issuedRow) TableName() string { return "issued_statements" }

// Prepared is what an election with votes online needs, as far as it is there.
func (p *Polls) Prepared(ctx context.Context, id string) (Prepared, error) {
	return preparedIn(p.db.Read(ctx), id)
}

func preparedIn(tx *gorm.DB, id string) (of Prepared, err error) {
	of.Classes = map[member.Class]bool{}
	var signers []signerRow
	var keys []electionKeyRow
	var opening []openingKeyRow
	err = tx.Where("election = ?", id).Find(&signers).Error
	if err == nil {
		err = tx.Where("election = ?", id).Find(&keys).Error
	}
	if err == nil {
		err = tx.Where("election = ?", id).Order("account").Find(&opening).Error
	}
	if err != nil {
		return of, fmt.Errorf("look up the keys of an election: %w", err)
	}
	for _, s := range signers {
		of.Signer = LinkedSigner{s.LinkedBy, s.LinkedAt.UTC(), s.Address, s.Issuer}
	}
	for _, k := range keys {
		of.Classes[k.Class] = true
	}
	for _, k := range opening {
		of.Keys = append(of.Keys, k.key())
	}
	return of, nil
}

// watching refuses whoever is no scrutineer of an election with votes online whose roll is not final. ErrNotScrutineer, ErrNotOnline, ErrFinal.
func watching(tx *gorm.DB, id string, by identity.AccountID) error {
	el, err := preparing(tx, id)
	if err == nil && !slices.Contains(el.Scrutineers, by) {
		err = ErrNotScrutineer
	}
	return err
}

// preparing is an election with votes online whose roll is not final. ErrNotOnline, ErrNotOpen, ErrFinal.
func preparing(tx *gorm.DB, id string) (Election, error) {
	el, err := locked(tx, id)
	if err != nil {
		return el, err
	}
	there, err := contestsOf(tx, id)
	switch {
	case err != nil:
		return el, err
	case !el.Online():
		return el, ErrNotOnline
	case !el.EndedAt.IsZero():
		return el, ErrNotOpen
	case len(there) > 0:
		return el, ErrFinal
	}
	return el, nil
}

// LinkSigner makes a token for the scrutineers' signer, which is told once. Another token takes its place, and the signer has to come again.
// ErrNotScrutineer, ErrNotOnline, ErrFinal.
func (p *Polls) LinkSigner(ctx context.Context, by identity.AccountID, id string) (token string, err error) {
	token = id + "." + rand.Text()
	return token, p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := watching(tx, id, by); err != nil {
			return err
		}
		for _, gone := range []any{&signerRow{}, &electionKeyRow{}} {
			if err := tx.Where("election = ?", id).Delete(gone).Error; err != nil {
				return err
			}
		}
		if err := tx.Create(&signerRow{Election: id, TokenHash: tokenHash(token), LinkedBy: by, LinkedAt: p.now()}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: scrutineer, What: "scrutineers' signer linked", About: id, At: p.now()})
	})
}

// plainAddress is one of a scheme, a host and perhaps a port: it becomes part of a content policy.
var plainAddress = regexp.MustCompile(`^https?://[a-zA-Z0-9]([a-zA-Z0-9.-]{0,252}[a-zA-Z0-9])?(:[0-9]{1,5})?$`)

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// signerOf is the election for which a token speaks. ErrNoToken.
func (p *Polls) signerOf(tx *gorm.DB, token string) (row signerRow, err error) {
	id, _, _ := strings.Cut(token, ".")
	err = tx.Where("election = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && subtle.ConstantTimeCompare(row.TokenHash, tokenHash(token)) != 1 {
		return row, ErrNoToken
	}
	return row, err
}

// SignerAsks is the election that a token of the scrutineers' signer speaks for, and whether its roll is final. ErrNoToken.
func (p *Polls) SignerAsks(ctx context.Context, token string) (Election, bool, error) {
	row, err := p.signerOf(p.db.Read(ctx), token)
	if err != nil {
		return Election{}, false, err
	}
	el, err := p.Get(ctx, row.Election)
	if err != nil {
		return el, false, err
	}
	there, err := p.Contests(ctx, el.ID)
	return el, len(there) > 0, err
}

// SignerComes takes what the scrutineers' signer tells of itself: where voters reach it, the key of its count, and a signing key for each class
// with seats. ErrNoToken, ErrBadSigner, ErrFinal unless it tells the same again.
func (p *Polls) SignerComes(ctx context.Context, token, address string, issuer []byte, keys map[member.Class][]byte) error {
	if _, err := p.signerOf(p.db.Read(ctx), token); err != nil {
		return err
	}
	if !plainAddress.MatchString(address) || len(issuer) != ed25519.PublicKeySize {
		return ErrBadSigner
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		row, err := p.signerOf(tx, token)
		if err != nil {
			return err
		}
		el, err := preparing(tx, row.Election)
		if errors.Is(err, ErrFinal) && row.Address == address && bytes.Equal(row.Issuer, issuer) {
			return nil // it has started again
		}
		if err != nil {
			return err
		}
		if err := tx.Where("election = ?", el.ID).Delete(&electionKeyRow{}).Error; err != nil {
			return err
		}
		for _, class := range member.AllClasses {
			if el.Seats[class] == 0 {
				continue
			}
			if err := ballot.CheckSigner(keys[class]); err != nil {
				return ErrBadSigner
			}
			if err := tx.Create(&electionKeyRow{Election: el.ID, Class: class, Scrutineers: keys[class]}).Error; err != nil {
				return err
			}
		}
		if err := tx.Model(&signerRow{}).Where("election = ?", el.ID).Updates(map[string]any{"address": address, "issuer": issuer}).Error; err != nil {
			return err
		}
		if row.Address == address && bytes.Equal(row.Issuer, issuer) {
			return nil
		}
		return audit.Record(tx, audit.Act{As: "scrutineers' signer", What: "scrutineers' signer came", About: el.ID, Why: address, At: p.now()})
	})
}

// SignerCopy is what the scrutineers' signer signs by. ErrNoToken, ErrNotFinal.
func (p *Polls) SignerCopy(ctx context.Context, token string) (SignerCopy, error) {
	row, err := p.signerOf(p.db.Read(ctx), token)
	if err != nil {
		return SignerCopy{}, err
	}
	el, err := p.Get(ctx, row.Election)
	if err != nil {
		return SignerCopy{}, err
	}
	contests, err := p.Contests(ctx, el.ID)
	if err != nil {
		return SignerCopy{}, err
	}
	if len(contests) == 0 {
		return SignerCopy{}, ErrNotFinal
	}
	out := SignerCopy{Election: el.ID, Title: el.Title, Closes: el.Timetable.PollCloses, Contests: map[member.Class]string{}}
	for _, c := range contests {
		if c.Outcome == OutcomePoll {
			out.Contests[c.Class] = c.Manifest
		}
	}
	m, err := contests[0].Read()
	if err != nil {
		return out, err
	}
	out.Roll, err = p.rollLines(ctx, el.ID, m.RollVersion)
	return out, err
}

func (p *Polls) rollLines(ctx context.Context, id string, version int) ([]RollLine, error) {
	all, err := p.Voters(ctx, id, version)
	if err != nil {
		return nil, err
	}
	var issued []member.ID
	if err := p.db.Read(ctx).Model(&markedRow{}).Where("election = ?", id).Order("member").Pluck("member", &issued).Error; err != nil {
		return nil, fmt.Errorf("list the marked register: %w", err)
	}
	lines := make([]RollLine, len(all))
	for i, v := range all {
		lines[i] = RollLine{Member: v.Member, Class: v.Class}
		if _, is := slices.BinarySearch(issued, v.Member); is {
			who, err := p.register.Get(ctx, v.Member)
			if err != nil {
				return nil, err
			}
			lines[i].Issued, lines[i].Address = true, who.Email
		}
	}
	return lines, nil
}

// SignerCounts takes the signer's word after the close on how many keys it signed in a class. A later one takes its place until a certificate is
// made of it. ErrNoToken, ErrPollOpen, ErrNoContest, ErrBadCount, ErrCertified, ballot.ErrForgedIssued.
func (p *Polls) SignerCounts(ctx context.Context, token string, class member.Class, said ballot.Issued) error {
	row, err := p.signerOf(p.db.Read(ctx), token)
	if err != nil {
		return err
	}
	el, err := p.Get(ctx, row.Election)
	if err != nil {
		return err
	}
	c, err := p.Contest(ctx, el.ID, class)
	if err != nil {
		return err
	}
	of, m, err := c.online()
	switch {
	case err != nil:
		return err
	case p.now().Before(el.Timetable.PollCloses):
		return ErrPollOpen
	case said.RollHash.String() != m.RollHash:
		return ballot.ErrForgedIssued
	}
	figures, err := p.Figures(ctx, c)
	if err != nil {
		return err
	}
	if said.Voters != uint64(figures.Issued) || said.Issued > said.Voters { //nolint:gosec // of members
		return ErrBadCount
	}
	if err := said.Check(of, m.Online.Issuer); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		if _, err := locked(tx, el.ID); err != nil {
			return err
		}
		if made, err := issues(tx, el.ID); err != nil || len(made) > 0 {
			return errors.Join(ErrCertified, err)
		}
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "election"}, {Name: "class"}}, DoUpdates: clause.AssignmentColumns([]string{"voters", "issued", "signature"}),
		}).Create(&issuedRow{el.ID, class, int(said.Voters), int(said.Issued), said.Signature}).Error //nolint:gosec // of members
	})
}

// online is the contest's name and manifest, if its votes are cast online. ErrNotOnline.
func (c Contest) online() (id ballot.Contest, m Manifest, err error) {
	if m, err = c.Read(); err != nil {
		return id, m, err
	}
	if m.Online == nil || c.Outcome != OutcomePoll {
		return id, m, ErrNotOnline
	}
	return id, m, id.UnmarshalText([]byte(c.ManifestHash))
}

// issuedIn is what the scrutineers' signer said of a class. ErrNotIssuedYet.
func issuedIn(tx *gorm.DB, c Contest) (said ballot.Issued, err error) {
	id, m, err := c.online()
	if err != nil {
		return said, err
	}
	var row issuedRow
	err = tx.Where("election = ? AND class = ?", c.Election, c.Class).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return said, ErrNotIssuedYet
	}
	if err != nil {
		return said, fmt.Errorf("look up the count of issued keys: %w", err)
	}
	said = ballot.Issued{Format: ballot.IssuedFormat, Contest: id, Voters: uint64(row.Voters), Issued: uint64(row.Issued), Signature: row.Signature} //nolint:gosec // of members
	return said, said.RollHash.UnmarshalText([]byte(m.RollHash))
}

// GiveOpeningKey takes the public key with which a scrutineer will open ballots. They can make another until the roll is final.
// ErrNotScrutineer, ErrNotOnline, ErrFinal, ErrNoKey.
func (p *Polls) GiveOpeningKey(ctx context.Context, by identity.AccountID, id string, public []byte) error {
	if err := ballot.CheckScrutineer(public); err != nil {
		return ErrNoKey
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := watching(tx, id, by); err != nil {
			return err
		}
		row := openingKeyRow{Election: id, Account: by, Public: public, MadeAt: p.now()}
		err := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "election"}, {Name: "account"}}, DoUpdates: clause.AssignmentColumns([]string{"public", "made_at"}),
		}).Create(&row).Error
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: scrutineer, What: "opening key made", About: id, At: p.now()})
	})
}

// onlineKeys are those of an election whose roll becomes final. ErrNotPrepared.
type onlineKeys struct {
	issuer      []byte
	opening     [ballot.Scrutineer]OpeningKey
	scrutineers map[member.Class][]byte
	society     map[member.Class]ballot.Signer
}

// keysFor makes the society's signing keys beside those that the scrutineers have made. ErrNotPrepared.
func (p *Polls) keysFor(ctx context.Context, el Election) (k onlineKeys, err error) {
	ready, err := p.Prepared(ctx, el.ID)
	if err != nil {
		return k, err
	}
	if len(ready.Needs(el)) > 0 {
		return k, ErrNotPrepared
	}
	at := 0
	for _, key := range ready.Keys { // in the order of the accounts
		if slices.Contains(el.Scrutineers, key.Account) {
			k.opening[at] = key
			at++
		}
	}
	k.issuer, k.scrutineers, k.society = ready.Signer.Issuer, map[member.Class][]byte{}, map[member.Class]ballot.Signer{}
	var rows []electionKeyRow
	if err := p.db.Read(ctx).Where("election = ?", el.ID).Find(&rows).Error; err != nil {
		return k, fmt.Errorf("look up the keys of an election: %w", err)
	}
	for _, r := range rows {
		k.scrutineers[r.Class] = r.Scrutineers
		if k.society[r.Class], err = ballot.NewSigner(rand.Reader); err != nil {
			return k, err
		}
	}
	return k, nil
}

// manifestOf is what a class's manifest says of votes online.
func (p *Polls) manifestOf(el Election, class member.Class, k onlineKeys, openings Openings) (*ManifestOnline, error) {
	society, err := k.society[class].Public()
	if err != nil {
		return nil, fmt.Errorf("write a signer's key: %w", err)
	}
	log, err := p.keys.Log(el.ID, class)
	if err != nil {
		return nil, err
	}
	m := &ManifestOnline{Society: society, Scrutineers: k.scrutineers[class], Issuer: k.issuer, Box: p.keys.Box.Public(), Log: log.Verifier(), Openings: openings}
	for i, key := range k.opening {
		m.Opening[i] = key.Public
	}
	return m, nil
}

// keepKeys writes down which keys are in the manifests, if they are still those that are there. ErrNotPrepared.
func (p *Polls) keepKeys(tx *gorm.DB, el Election, k onlineKeys) error {
	ready, err := preparedIn(tx, el.ID)
	if err != nil {
		return err
	}
	if !bytes.Equal(ready.Signer.Issuer, k.issuer) || len(ready.Needs(el)) > 0 {
		return ErrNotPrepared // somebody has made another just now: the next time
	}
	for class, signer := range k.society {
		sealed, err := p.keys.vault.Seal(signer, place(el.ID, class))
		if err != nil {
			return err
		}
		still := tx.Model(&electionKeyRow{}).Where("election = ? AND class = ? AND scrutineers = ?", el.ID, class, k.scrutineers[class]).Update("society", sealed)
		if still.Error != nil || still.RowsAffected != 1 {
			return errors.Join(ErrNotPrepared, still.Error)
		}
	}
	for i, key := range k.opening {
		still := tx.Model(&openingKeyRow{}).Where("election = ? AND account = ? AND public = ?", el.ID, key.Account, key.Public).Update("number", i)
		if still.Error != nil || still.RowsAffected != 1 {
			return errors.Join(ErrNotPrepared, still.Error)
		}
	}
	return nil
}

// BoxPoll is what the ballot box has to know of a contest. box.ErrNoContest.
func (p *Polls) BoxPoll(ctx context.Context, contest ballot.Contest) (box.Poll, error) {
	tx := p.db.Read(ctx)
	var row contestRow
	err := tx.Where("manifest_hash = ? AND outcome = ?", contest.String(), OutcomePoll).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return box.Poll{}, box.ErrNoContest
	}
	if err != nil {
		return box.Poll{}, fmt.Errorf("look up a contest: %w", err)
	}
	m, err := row.contest(nil).Read()
	if err != nil {
		return box.Poll{}, err
	}
	if m.Online == nil {
		return box.Poll{}, box.ErrNoContest
	}
	el, err := get(tx, row.Election)
	if err != nil {
		return box.Poll{}, err
	}
	return box.Poll{
		Contest: contest, Signers: m.Online.Signers(), Opens: m.PollOpens, Closes: m.PollCloses, Called: el.EndedAt.IsZero() && row.LogRoot == "", Manifest: []byte(row.Manifest),
	}, nil
}
