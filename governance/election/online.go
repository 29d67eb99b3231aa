package election

import (
	"errors"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

// mostOpenChoices is rule 14.22: with more choices on the paper hardly two ballots are alike, and a ballot could be somebody's fingerprint.
const mostOpenChoices = 8

// openingsOf is who sees the opened ballots of a class.
func openingsOf(book RuleBook, voters, choices int) Openings {
	if voters < book.PublishFrom || choices > mostOpenChoices {
		return OpeningsScrutineers
	}
	return OpeningsPublic
}

// Keys are the society's for elections. All come from the server's key, so that all processes on one database have the same.
type Keys struct {
	Certificates SigningKey
	Box          box.Key

	server []byte
	vault  ballot.Vault // for the society's signing keys, which are in the database
}

// NewKeys makes them.
func NewKeys(server []byte) (k Keys, err error) {
	k.server = server
	if k.Certificates, err = NewSigningKey(server); err != nil {
		return k, err
	}
	if k.Box, err = box.NewKey(server); err != nil {
		return k, err
	}
	k.vault, err = ballot.NewVault(server)
	return k, err
}

// Log is the key of a contest's public log.
func (k Keys) Log(election string, class member.Class) (bulletin.Key, error) {
	return bulletin.NewKey(k.server, election, string(class))
}

// place binds a sealed key to the contest that it is of.
func place(election string, class member.Class) string { return election + "/" + string(class) }

// OpeningKey is a scrutineer's, to open ballots with.
type OpeningKey struct {
	Account identity.AccountID
	Number  int // place in the manifest, from 0; -1 until the roll is final
	Public  []byte
	MadeAt  time.Time
}

// LinkedSigner is the scrutineers' signer of an election.
type LinkedSigner struct {
	LinkedBy identity.AccountID
	LinkedAt time.Time
	Address  string // at which voters reach it; "" until it came
	Issuer   []byte
}

// Prepared is what an election with votes online needs before its roll is final, as far as it is there.
type Prepared struct {
	Signer  LinkedSigner // zero while no token was made for it
	Keys    []OpeningKey
	Classes map[member.Class]bool // for which the scrutineers' signer has made its key
}

// Needs is what is still missing.
func (p Prepared) Needs(el Election) (needs []Need) {
	if p.Signer.Address == "" {
		needs = append(needs, NeedSigner)
	} else {
		for _, class := range member.AllClasses {
			if el.Seats[class] > 0 && !p.Classes[class] {
				needs = append(needs, NeedSignerKeys)
				break
			}
		}
	}
	if p.keysOf(el) < ballot.Scrutineer {
		needs = append(needs, NeedOpeningKeys)
	}
	return needs
}

func (p Prepared) keysOf(el Election) (n int) {
	for _, k := range p.Keys {
		for _, account := range el.Scrutineers {
			if k.Account == account {
				n++
			}
		}
	}
	return n
}

// Need is what an election with votes online still needs.
type Need string

const (
	NeedSigner      Need = "signer"  // the scrutineers' signer has not come
	NeedSignerKeys  Need = "keys"    // it has not made its keys
	NeedOpeningKeys Need = "opening" // not every scrutineer has made a key to open ballots with
)

// SignerCopy is what the scrutineers' signer gets once the roll is final: all that it signs by.
type SignerCopy struct {
	Election string                  `json:"election"`
	Title    string                  `json:"title"`
	Closes   time.Time               `json:"poll_closes"`
	Roll     []RollLine              `json:"roll"`
	Contests map[member.Class]string `json:"manifests"` // the manifests' texts, of the classes in which there is a vote
}

// RollLine is a line of the roll as the scrutineers' signer gets it.
type RollLine struct {
	Member  member.ID    `json:"member"`
	Class   member.Class `json:"class"`
	Address string       `json:"address"` // for the code that it mails
	Issued  bool         `json:"issued"`  // a ballot: not to those who have ceased to be members, nor where there is no vote
}

// Tendered is a ballot that the returning officer issued to somebody who lost their key.
type Tendered struct {
	Member   member.ID
	Class    member.Class
	Why      string
	IssuedBy identity.AccountID
	IssuedAt time.Time
	Cast     bool
}

// Errors of votes that are cast online.
var (
	ErrNotOnline    = errors.New("votes are not cast online in this election")
	ErrFinal        = errors.New("the roll is final, and with it the keys of this election")
	ErrNotFinal     = errors.New("the roll is not final yet")
	ErrNotPrepared  = errors.New("not all keys are there that votes online need")
	ErrNoToken      = errors.New("that is no token of the scrutineers' signer")
	ErrBadSigner    = errors.New("say where voters reach the signer, and send a key for each class")
	ErrOtherVoter   = errors.New("another key was signed in your name already; nobody gets a second one")
	ErrOtherContest = errors.New("that is a key for another contest")
	ErrNoKey        = errors.New("that is no scrutineer's public key")
	ErrNotLost      = errors.New("no key was signed in that member's name: they can still have theirs signed")
	ErrTendered     = errors.New("a ballot was tendered to that member already")
	ErrNotTendered  = errors.New("no ballot was tendered to you")
	ErrNoRecovery   = errors.New("there is nothing to be recovered")
	ErrLongRecovery = errors.New("what is kept for another device is too long")
	ErrNotIssuedYet = errors.New("the scrutineers' signer has not said yet how many keys it signed")
	ErrBadCount     = errors.New("the signer counts other voters than were issued a ballot, or more keys than voters")
	ErrNotPaper     = errors.New("votes are cast online in this election: there are no papers")
	ErrNotLogged    = errors.New("not every cast is in the public log yet")
)

// longestRecovery is what is kept for another device, in bytes.
const longestRecovery = 32 << 10
