package participation

import (
	"slices"
	"strings"
	"time"
)

// Group is what a kind of data is about, as people ask for it.
type Group string

const (
	AboutAccount    Group = "account"
	AboutChats      Group = "chats"
	AboutMembership Group = "membership"
	AboutDues       Group = "dues"
	AboutVotes      Group = "votes"
	AboutPart       Group = "part"
	AboutBooks      Group = "books"
	AboutTechnical  Group = "technical"
)

// Groups are all, in the order of the page.
var Groups = []Group{AboutAccount, AboutChats, AboutMembership, AboutDues, AboutVotes, AboutPart, AboutBooks, AboutTechnical}

// Reader is who can read a kind of data. Whoever runs the server can read all that lies there, so they are in every list but those of browsers.
type Reader string

const (
	You         Reader = "you"
	Chatting    Reader = "chatting" // who is in the same conversation
	Contacts    Reader = "contacts"
	Members     Reader = "members"
	Secretary   Reader = "secretary"
	Stewards    Reader = "stewards"
	Treasurers  Reader = "treasurers"
	Officers    Reader = "officers"    // all of them
	Board       Reader = "board"       // its sitting members
	Returning   Reader = "returning"   // who runs or watches that election
	Scrutineers Reader = "scrutineers" // of that election
	Operators   Reader = "operators"   // whoever runs the server, has its disks or backups
	Signer      Reader = "signer"      // whoever runs the scrutineers' signer
	Processors  Reader = "processors"  // the payment provider
	Forges      Reader = "forges"      // where somebody's work is merged
	Post        Reader = "post"        // whoever carries mail
	Everybody   Reader = "everybody"
	Nobody      Reader = "nobody"
)

// Readers are all that there are.
var Readers = []Reader{
	You, Chatting, Contacts, Members, Secretary, Stewards, Treasurers, Officers, Board, Returning, Scrutineers, Operators, Signer, Processors, Forges, Post, Everybody, Nobody,
}

// Store is a place that holds data.
type Store string

const (
	InDatabase  Store = "database"
	InSigner    Store = "signer" // the database of the scrutineers' signer
	InKafka     Store = "kafka"
	OnDisk      Store = "disk" // files in the data directory
	InCookie    Store = "cookie"
	InBrowser   Store = "browser"
	ByMail      Store = "mail"
	ToProviders Store = "providers" // what they are told
	InMemory    Store = "memory"
)

// Place is where data lie: a table with its columns, a topic, a file, a cookie. In the name of a file, * stands for one part of a path and ** for
// any number of them.
type Place struct {
	Store Store    `json:"store"`
	Name  string   `json:"name"`
	Parts []string `json:"parts,omitempty"` // a table's columns, a browser's stores
	Only  string   `json:"only,omitempty"`  // the one dialect of SQL that has it; "": both
}

// Names are what a place is called in technical words: table.column for each of its parts.
func (p Place) Names() []string {
	if len(p.Parts) == 0 {
		return []string{p.Name}
	}
	all := make([]string, len(p.Parts))
	for i, part := range p.Parts {
		all[i] = p.Name + "." + part
	}
	return all
}

// Kind is one kind of data that the service holds. What it is, why, how long and what people can do about it is said in words that have its ID.
type Kind struct {
	ID      string
	Group   Group
	Readers []Reader
	Lasts   time.Duration // how long, where the program sees to it by itself; the words tell it
	Again   time.Duration // another time, where there are two
	Places  []Place
}

// Personal reports whether people are in it.
func (k Kind) Personal() bool { return !slices.Equal(k.Readers, []Reader{Operators}) }

// Periods are how long the program keeps what it forgets by itself, as the constants that it goes by say.
type Periods struct {
	Challenge, Session                                  time.Duration
	DeviceCookie, ChallengeCookie, SaidCookie           time.Duration
	In, Mailbox, Verdict, Parked, Request, Said, Invite time.Duration
	Delivery, ForgeSignIn, JobDone, JobGivenUp          time.Duration
}

// Register is every kind of data that the service holds. A test of the whole program holds it against the databases, the topics, the files, the
// cookies and the browsers' stores that there are.
func Register(p Periods) []Kind {
	return slices.Concat(accountKinds(p), chatKinds(p), membershipKinds(p), duesKinds(), voteKinds(), partKinds(), bookKinds(), technicalKinds(p))
}

func in(table, columns string) Place {
	return Place{Store: InDatabase, Name: table, Parts: strings.Fields(columns)}
}

func signed(table, columns string) Place {
	return Place{Store: InSigner, Name: table, Parts: strings.Fields(columns)}
}

// only is a place that one dialect of SQL has.
func only(dialect string, p Place) Place {
	p.Only = dialect
	return p
}

func file(pattern string) Place   { return Place{Store: OnDisk, Name: pattern} }
func cookie(name string) Place    { return Place{Store: InCookie, Name: name} }
func letter(name string) Place    { return Place{Store: ByMail, Name: name} }
func topic(pattern string) Place  { return Place{Store: InKafka, Name: pattern} }
func told(who, what string) Place { return Place{ToProviders, who, strings.Fields(what), ""} }

func kept(name, stores string) Place {
	return Place{Store: InBrowser, Name: name, Parts: strings.Fields(stores)}
}
