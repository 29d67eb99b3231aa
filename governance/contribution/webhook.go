package contribution

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MostDelivery is the largest body of a webhook.
const MostDelivery = 1 << 20

// delivery is a verified webhook: an event, and what it says of a change if it is about one.
type delivery struct {
	id     string
	event  string
	change *change // nil when no change was merged
}

// change is a merged change with the forge's number of its repository.
type change struct {
	repository string
	Merged
}

// signatures are the headers with HMAC-SHA256 of the body, in hex, by what speaks that kind of forge.
var signatures = map[kind][]string{
	kindGitHub: {"X-Hub-Signature-256"},
	kindGitea:  {"X-Forgejo-Signature", "X-Gitea-Signature"},
}

var events = map[kind][]string{kindGitHub: {"X-Github-Event"}, kindGitea: {"X-Forgejo-Event", "X-Gitea-Event"}}

var deliveries = map[kind][]string{kindGitHub: {"X-Github-Delivery"}, kindGitea: {"X-Forgejo-Delivery", "X-Gitea-Delivery"}}

func first(h http.Header, names []string) string {
	for _, name := range names {
		if v := h.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// verified reports whether the forge signed the body, in constant time.
func (f *Forge) verified(header http.Header, body []byte) bool {
	if len(f.secret) == 0 {
		return false // Open refuses such a forge; nothing is signed by nobody
	}
	said, ok := first(header, signatures[f.kind]), true
	if f.kind == kindGitHub {
		said, ok = strings.CutPrefix(said, "sha256=")
	}
	got, err := hex.DecodeString(said)
	if !ok || err != nil {
		return false
	}
	mac := hmac.New(sha256.New, f.secret)
	mac.Write(body)
	return hmac.Equal(got, mac.Sum(nil))
}

const longestDelivery = 100 // of the id

// open reads a delivery, once its signature is right.
func (f *Forge) open(header http.Header, body []byte) (delivery, error) {
	if len(body) > MostDelivery || !f.verified(header, body) {
		return delivery{}, ErrSignature
	}
	d := delivery{id: first(header, deliveries[f.kind]), event: first(header, events[f.kind])}
	if d.id == "" || len(d.id) > longestDelivery || !utf8.ValidString(d.id) || d.event == "" {
		return delivery{}, ErrMalformed
	}
	if d.event != "pull_request" {
		return d, nil
	}
	var said pullEvent
	if err := json.Unmarshal(body, &said); err != nil {
		return delivery{}, ErrMalformed
	}
	// A change that was closed without being merged has a merge_commit_sha all the same: only `merged` tells.
	if said.Action != "closed" || said.Pull.Merged == nil || !*said.Pull.Merged {
		return d, nil
	}
	m, err := said.Pull.merged(f.Name, ByWebhook)
	if err != nil || said.Repository.ID <= 0 {
		return delivery{}, ErrMalformed
	}
	d.change = &change{strconv.FormatInt(said.Repository.ID, 10), m}
	return d, nil
}

// pullEvent is what both kinds of forge send about a pull request, as far as we read it.
type pullEvent struct {
	Action     string `json:"action"`
	Pull       pull   `json:"pull_request"`
	Repository struct {
		ID int64 `json:"id"`
	} `json:"repository"`
}

// pull is a pull request as webhooks and the API of both kinds of forge have it.
type pull struct {
	Number   int64      `json:"number"`
	Title    string     `json:"title"`
	Merged   *bool      `json:"merged"` // GitHub's lists leave it out
	MergedAt *time.Time `json:"merged_at"`
	Updated  *time.Time `json:"updated_at"`
	SHA      *string    `json:"merge_commit_sha"`
	User     *struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
		Type  string `json:"type"` // GitHub's only
	} `json:"user"`
	Base struct {
		Repo *struct {
			ID int64 `json:"id"`
		} `json:"repo"`
	} `json:"base"`
}

// longestTitle is how much of a title is kept, in runes.
const longestTitle = 200

// merged is a pull request as a merged change. ErrMalformed when it does not say all that it must.
func (p pull) merged(forge ForgeName, source Source) (Merged, error) {
	if p.Number <= 0 || p.MergedAt == nil || p.MergedAt.Year() < 2000 || p.MergedAt.Year() > 9999 {
		return Merged{}, ErrMalformed
	}
	m := Merged{
		Number: strconv.FormatInt(p.Number, 10), MergedAt: p.MergedAt.UTC(), Title: short(p.Title, longestTitle), Source: source,
	}
	if p.SHA != nil {
		m.SHA = short(*p.SHA, 64)
	}
	// Whoever deleted their account is nobody: GitHub then has no user here, or its ghost.
	if p.User != nil && p.User.ID > 0 {
		who := Identity{forge, strconv.FormatInt(p.User.ID, 10), short(p.User.Login, longestLogin)}
		m.By = []Authorship{{who, Author}}
		if p.User.Type == "Bot" || bot(p.User.Login) {
			m.Ignored = Bot
		}
	}
	if m.Ignored == "" && takesBack(m.Title) {
		m.Ignored = Revert
	}
	var err error
	m.Evidence, err = json.Marshal(p)
	return m, err
}

const longestLogin = 100

// short is text as it is kept of what others sent: of one line, of so many runes.
func short(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return s
}
