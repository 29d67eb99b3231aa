package scrutineer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/scrutineer"
	"folkmoot/internal/database"
	"folkmoot/internal/mail"
	"folkmoot/internal/testdb"
)

const (
	ordinary = member.ClassOrdinary
	token    = "election1.SECRET"
	site     = "http://society.example"
)

// society is the society's server, as far as the signer speaks to it, and as honest as a test wants.
type society struct {
	*testing.T
	signer *scrutineer.Signer
	keys   scrutineer.Introduction
	copy   *election.SignerCopy // nil while the roll is not final
	closes time.Time
	now    time.Time
	told   []ballot.Issued
	sent   []mail.Letter
	lost   bool   // mails
	full   string // an address whose mailbox takes none
}

// openers are the scrutineers' keys to open with.
var openers = [ballot.Scrutineer][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)}

func each(t *testing.T, story func(s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		s := &society{T: t, now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
		s.closes = s.now.AddDate(0, 0, 16)
		server := httptest.NewServer(http.HandlerFunc(s.answer))
		t.Cleanup(server.Close)
		keys, err := scrutineer.NewKeys(bytes.Repeat([]byte{7}, 32))
		s.must(err)
		s.signer = scrutineer.New(db, keys, s, scrutineer.Options{
			Opening: openers[:],
			Society: server.URL, Address: "http://scrutineers.example", Tokens: func() ([]string, error) { return []string{token}, nil },
			Now: func() time.Time { return s.now }, Log: slog.New(slog.DiscardHandler),
			Write: func(to, _, code, page string) (mail.Letter, error) {
				return mail.Letter{To: to, Subject: code, Text: page}, nil
			},
		})
		story(s)
	})
}

func (s *society) must(err error, want ...error) {
	s.Helper()
	switch {
	case len(want) == 1 && !errors.Is(err, want[0]):
		s.Fatalf("%v, want %v", err, want[0])
	case len(want) == 0 && err != nil:
		s.Fatal(err)
	}
}

// Send is the post.
func (s *society) Send(_ context.Context, l mail.Letter) error {
	if s.lost || l.To == s.full {
		return errors.New("the post is on strike")
	}
	s.sent = append(s.sent, l)
	return nil
}

func (s *society) answer(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	say := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	hear := func(v any) { s.must(json.NewDecoder(r.Body).Decode(v)) }
	switch r.Method + " " + r.URL.Path {
	case "GET /signer":
		say(scrutineer.Society{Election: "election1", Title: "Board", Classes: []member.Class{ordinary}, Final: s.copy != nil, Closes: s.closes, Now: s.now})
	case "PUT /signer/keys":
		hear(&s.keys)
	case "GET /signer/copy":
		say(s.copy)
	case "PUT /signer/issued/ordinary":
		var said ballot.Issued
		hear(&said)
		s.told = append(s.told, said)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// final is the copy of a final roll with these voters, as an honest society sends it.
func (s *society) final(voters ...member.ID) ballot.Contest {
	s.Helper()
	s.must(s.signer.Turn(s.Context())) // it makes its keys
	c := &election.SignerCopy{Election: "election1", Title: "Board", Closes: s.closes, Contests: map[member.Class]string{}}
	var lines []election.Voter
	for _, m := range voters {
		c.Roll = append(c.Roll, election.RollLine{Member: m, Class: ordinary, Address: string(m) + "@example.org", Issued: true})
		lines = append(lines, election.Voter{Member: m, Class: ordinary})
	}
	raw, err := json.Marshal(election.Manifest{
		Election: "election1", Class: ordinary, RollHash: election.Hash(lines), PollCloses: s.closes,
		Online: &election.ManifestOnline{Scrutineers: s.keys.Keys[ordinary], Issuer: s.keys.Issuer, Opening: openers},
	})
	s.must(err)
	c.Contests[ordinary] = string(raw)
	s.copy = c
	return sha256.Sum256(raw)
}

// codeOf is what was mailed to a voter.
func (s *society) codeOf(m member.ID) string {
	s.Helper()
	for _, l := range s.sent {
		if l.To == string(m)+"@example.org" {
			return l.Subject
		}
	}
	s.Fatalf("nothing was mailed to %s", m)
	return ""
}

func (s *society) asks(contest ballot.Contest) *ballot.Asked {
	s.Helper()
	k, err := ballot.NewVoterKey(contest, rand.Reader)
	s.must(err)
	a, err := k.Ask(s.keys.Keys[ordinary], rand.Reader)
	s.must(err)
	return a
}

// TestTheSignerSignsOnceForWhoeverHasTheCode is its duty.
func TestTheSignerSignsOnceForWhoeverHasTheCode(t *testing.T) {
	each(t, func(s *society) {
		contest := s.final("ann", "bob")
		s.must(s.signer.Turn(t.Context()))
		s.must(s.signer.Turn(t.Context()))
		if len(s.sent) != 2 {
			t.Fatalf("%d mails went out, want one a voter", len(s.sent))
		}
		code, a := s.codeOf("ann"), s.asks(contest)
		sign := func(contest ballot.Contest, m member.ID, code string, blinded []byte) ([]byte, error) {
			return s.signer.Sign(t.Context(), scrutineer.Asked{Contest: contest, Member: m, Code: code, Blinded: blinded})
		}
		if !strings.HasSuffix(s.sent[0].Text, "/elections/election1/vote#code="+strings.ReplaceAll(s.sent[0].Subject, "-", "")) {
			t.Errorf("the link: %s", s.sent[0].Text)
		}
		_, err := sign(ballot.Contest{1}, "ann", code, a.Blinded)
		s.must(err, scrutineer.ErrUnknown)
		_, err = sign(contest, "ann", s.codeOf("bob"), a.Blinded)
		s.must(err, scrutineer.ErrWrongCode)
		_, err = sign(contest, "eve", code, a.Blinded)
		s.must(err, scrutineer.ErrWrongCode)
		_, err = sign(contest, "ann", code, a.Blinded[1:])
		s.must(err, ballot.ErrBadBlinded)
		first, err := sign(contest, "ann", strings.ToLower(code), a.Blinded) // as people type
		s.must(err)
		if _, err := a.Finish(first); err != nil {
			t.Errorf("the signature: %v", err)
		}
		again, err := sign(contest, "ann", code, a.Blinded)
		s.must(err)
		if !slices.Equal(first, again) {
			t.Error("the same question got another answer")
		}
		_, err = sign(contest, "ann", code, s.asks(contest).Blinded)
		s.must(err, scrutineer.ErrOtherKey)
		for name, want := range map[member.ID]bool{"ann": true, "bob": false} {
			is, err := s.signer.Signed(t.Context(), scrutineer.Asked{Contest: contest, Member: name, Code: s.codeOf(name)})
			s.must(err)
			if is != want {
				t.Errorf("a key signed for %s: %v", name, is)
			}
		}
		counts, err := s.signer.Counts(t.Context())
		s.must(err)
		if !slices.Equal(counts, []scrutineer.Count{{Contest: contest, Voters: 2, Issued: 1}}) {
			t.Errorf("counts: %v", counts)
		}

		s.now = s.closes
		_, err = sign(contest, "bob", s.codeOf("bob"), s.asks(contest).Blinded)
		s.must(err, scrutineer.ErrClosed)
		s.must(s.signer.Turn(t.Context()))
		s.must(s.signer.Turn(t.Context()))
		if len(s.told) != 1 || s.told[0].Issued != 1 || s.told[0].Voters != 2 {
			t.Fatalf("told: %+v", s.told)
		}
		s.must(s.told[0].Check(contest, s.keys.Issuer))
	})
}

// TestTheSignerBelievesTheSocietyInNothing that it can check: it signs for nobody by a roll or a manifest that does not hold.
func TestTheSignerBelievesTheSocietyInNothing(t *testing.T) {
	for name, lie := range map[string]struct {
		tell func(c *election.SignerCopy)
		want error
	}{
		"a voter more": {func(c *election.SignerCopy) {
			c.Roll = append(c.Roll, election.RollLine{Member: "eve", Class: ordinary, Issued: true})
		}, scrutineer.ErrRoll},
		"a voter less":               {func(c *election.SignerCopy) { c.Roll = c.Roll[1:] }, scrutineer.ErrRoll},
		"another's key":              {rewrite(func(m *election.Manifest) { m.Online.Scrutineers = m.Online.Issuer }), scrutineer.ErrOtherSigner},
		"another count's key":        {rewrite(func(m *election.Manifest) { m.Online.Issuer = m.Online.Scrutineers }), scrutineer.ErrOtherSigner},
		"another's key to open with": {rewrite(func(m *election.Manifest) { m.Online.Opening[1] = bytes.Repeat([]byte{9}, 32) }), scrutineer.ErrOtherOpeners},
		"on paper":                   {rewrite(func(m *election.Manifest) { m.Online = nil }), scrutineer.ErrOtherSigner},
		"another election":           {rewrite(func(m *election.Manifest) { m.Election = "election2" }), scrutineer.ErrManifestSays},
		"another class":              {rewrite(func(m *election.Manifest) { m.Class = member.ClassOperator }), scrutineer.ErrManifestSays},
		"a poll with no end":         {rewrite(func(m *election.Manifest) { m.PollCloses = m.PollCloses.AddDate(1, 0, 0) }), scrutineer.ErrManifestSays},
		"what is no manifest":        {func(c *election.SignerCopy) { c.Contests[ordinary] = "{" }, scrutineer.ErrManifestSays},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(s *society) {
				contest := s.final("ann", "bob")
				lie.tell(s.copy)
				s.must(s.signer.Turn(t.Context()), lie.want)
				if len(s.sent) > 0 {
					t.Error("codes were mailed")
				}
				_, err := s.signer.Sign(t.Context(), scrutineer.Asked{Contest: contest, Member: "ann"})
				s.must(err, scrutineer.ErrUnknown)
			})
		})
	}
}

func rewrite(change func(m *election.Manifest)) func(c *election.SignerCopy) {
	return func(c *election.SignerCopy) {
		m, err := election.ReadManifest(c.Contests[ordinary])
		if err != nil {
			panic(err)
		}
		change(&m)
		raw, err := json.Marshal(m)
		if err != nil {
			panic(err)
		}
		c.Contests[ordinary] = string(raw)
	}
}

// TestACodeComesAgainAndIsTheSame: a mail that is lost costs nobody their vote, and nobody fills somebody's mailbox.
func TestACodeComesAgainAndIsTheSame(t *testing.T) {
	each(t, func(s *society) {
		contest := s.final("ann")
		s.lost = true
		if err := s.signer.Turn(t.Context()); err == nil {
			t.Error("nobody noticed that the post is on strike")
		}
		s.lost = false
		s.must(s.signer.Turn(t.Context()))
		for range 3 {
			s.must(s.signer.MailAgain(t.Context(), contest, "ann"))
			s.must(s.signer.Turn(t.Context()))
		}
		s.must(s.signer.MailAgain(t.Context(), contest, "nobody"))
		s.must(s.signer.Turn(t.Context()))
		if len(s.sent) != 2 || s.sent[0].Subject != s.sent[1].Subject {
			t.Errorf("mailed: %v", s.sent)
		}
		s.now = s.now.Add(2 * time.Minute)
		s.must(s.signer.MailAgain(t.Context(), contest, "ann"))
		s.must(s.signer.Turn(t.Context()))
		if len(s.sent) != 3 {
			t.Errorf("%d mails after a while, want 3", len(s.sent))
		}
	})
}

// TestWrongCodesLockNobodyOut: a code of 80 bits is not guessed, and whoever knows a voter's number must not be able to keep them from voting.
func TestWrongCodesLockNobodyOut(t *testing.T) {
	each(t, func(s *society) {
		contest := s.final("ann")
		s.must(s.signer.Turn(t.Context()))
		a := scrutineer.Asked{Contest: contest, Member: "ann", Code: "0000-0000-0000-0000", Blinded: s.asks(contest).Blinded}
		for range 60 {
			_, err := s.signer.Sign(t.Context(), a)
			s.must(err, scrutineer.ErrWrongCode)
		}
		a.Code = s.codeOf("ann")
		_, err := s.signer.Sign(t.Context(), a)
		s.must(err)
	})
}

// TestOneMailboxHoldsNobodyUp: what one voter's mail server says keeps no code from the others, and no count from the society.
func TestOneMailboxHoldsNobodyUp(t *testing.T) {
	each(t, func(s *society) {
		s.full = "bob@example.org"
		s.final("ann", "bob", "cat", "dan")
		if err := s.signer.Turn(t.Context()); err == nil {
			t.Error("nobody is told that a mail did not go out")
		}
		if len(s.sent) != 3 {
			t.Errorf("%d of 3 others got their codes", len(s.sent))
		}
		s.now = s.closes
		s.must(s.signer.Turn(t.Context()))
		if len(s.told) != 1 || len(s.sent) != 3 {
			t.Errorf("after the close: %d counts told, %d mails", len(s.told), len(s.sent))
		}
	})
}

// TestTheSignersDoor lets in the society's pages and nobody who bears a cookie.
func TestTheSignersDoor(t *testing.T) {
	each(t, func(s *society) {
		contest := s.final("ann")
		s.must(s.signer.Turn(t.Context()))
		door := s.signer.Handler(nil)
		ask := func(path, origin, cookie string, body any) *httptest.ResponseRecorder {
			t.Helper()
			raw, err := json.Marshal(body)
			s.must(err)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(raw))
			r.Header.Set("Origin", origin)
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			return w
		}
		a := scrutineer.Asked{Contest: contest, Member: "ann", Code: s.codeOf("ann"), Blinded: s.asks(contest).Blinded}
		if w := ask("/sign", site, "session=1", a); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"cookie"`) {
			t.Errorf("with a cookie: %d %s", w.Code, w.Body)
		}
		if w := ask("/sign", "http://evil.example", "", a); w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Error("another site's page reads the answer")
		}
		if w := ask("/sign", site, "", map[string]string{"contest": strings.Repeat("0", 9000)}); w.Code != http.StatusBadRequest {
			t.Errorf("a body that is too long: %d", w.Code)
		}
		bad := a
		bad.Code = "nonsense"
		if w := ask("/sign", site, "", bad); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `"wrong_code"`) {
			t.Errorf("a wrong code: %d %s", w.Code, w.Body)
		}
		if w := ask("/sign", site, "", a); w.Code != http.StatusOK {
			t.Errorf("the right code: %d %s", w.Code, w.Body)
		}
		if w := ask("/status", site, "", a); !strings.Contains(w.Body.String(), "true") {
			t.Errorf("status: %s", w.Body)
		}
		if w := ask("/maildrop", site, "", nil); w.Code == http.StatusOK {
			t.Error("mails can be read")
		}
	})
}
