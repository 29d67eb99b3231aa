// Package practice is a small forge in this program, so that a newcomer can link an account and be credited without one at a real forge.
// It answers the same requests as GitHub's and Gitea's APIs, signs deliveries the genuine way, and lets anybody be whom they say: it is
// never built in production. Tests hold the real adapters to it over HTTP.
package practice

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Forge is the look-alike. What it knows is in memory; numbers begin where the clock stands, so that none comes twice after a restart.
type Forge struct {
	ID, Key, Secret string // of our application there, and of its webhooks
	now             func() time.Time

	mu     sync.Mutex
	repos  []*repository    // guarded by mu
	grants map[string]grant // guarded by mu; by code
	tokens map[string]user  // guarded by mu
	next   int64            // guarded by mu
}

type user struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type,omitempty"` // GitHub's only
}

type repository struct {
	id      int64
	path    string
	clone   string
	changes []Change
}

// Change is a pull request that is closed.
type Change struct {
	Repository string
	Number     int64
	Title      string
	Login      string
	Merged     bool
	At         time.Time // merged or closed
}

type grant struct {
	user      user
	challenge string
	back      string
}

// Open makes a forge with secrets of its own.
func Open(now func() time.Time) *Forge {
	return &Forge{
		ID: "practice", Key: rand.Text(), Secret: rand.Text(), now: now,
		grants: map[string]grant{}, tokens: map[string]user{}, next: now().Unix(),
	}
}

// UserID is the number of a login. It is the same after a restart.
func UserID(login string) int64 {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(strings.ToLower(login)))
	return int64(sum.Sum32()) + 1
}

func account(login string) user {
	u := user{ID: UserID(login), Login: login, Type: "User"}
	if strings.HasSuffix(login, "[bot]") {
		u.Type = "Bot"
	}
	return u
}

// Repository makes a repository, if it is not there, and returns its number. clone is where git fetches it, "" when it cannot.
func (f *Forge) Repository(path, clone string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.repository(path, clone).id
}

func (f *Forge) repository(path, clone string) *repository {
	for _, r := range f.repos {
		if r.path == path {
			return r
		}
	}
	r := &repository{id: UserID(path), path: path, clone: clone}
	f.repos = append(f.repos, r)
	return r
}

// Close closes a pull request, merged or not.
func (f *Forge) Close(path, login, title string, merged bool) Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	c := Change{path, f.next, title, login, merged, f.now().UTC().Truncate(time.Second)}
	r := f.repository(path, "")
	r.changes = append(r.changes, c)
	return c
}

// ErrAsked says that a sign-in was asked for wrongly: it is of no application that this forge knows.
var ErrAsked = errors.New("the sign-in was not asked for as it should be")

// Asked checks how somebody was sent here.
func (f *Forge) Asked(query url.Values) error {
	if query.Get("client_id") != f.ID || query.Get("response_type") != "code" || query.Get("state") == "" ||
		query.Get("code_challenge_method") != "S256" || query.Get("code_challenge") == "" {
		return ErrAsked
	}
	return nil
}

// Grant signs somebody in under a login, and returns the address to which they go back with a code.
func (f *Forge) Grant(query url.Values, login string) (string, error) {
	if err := f.Asked(query); err != nil {
		return "", err
	}
	back, err := url.Parse(query.Get("redirect_uri"))
	if err != nil {
		return "", ErrAsked
	}
	code := rand.Text()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.grants[code] = grant{account(login), query.Get("code_challenge"), query.Get("redirect_uri")}
	back.RawQuery = url.Values{"code": {code}, "state": {query.Get("state")}}.Encode()
	return back.String(), nil
}

// Handler answers programs: the token's exchange, and the parts of both APIs that are asked for. GitHub's API is under /github.
func (f *Forge) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login/oauth/access_token", f.exchange)
	for prefix, github := range map[string]bool{"/api/v1": false, "/github": true} {
		mux.HandleFunc("GET "+prefix+"/user", f.who)
		mux.HandleFunc("GET "+prefix+"/repos/{owner}/{name}", f.show)
		mux.HandleFunc("GET "+prefix+"/repos/{owner}/{name}/pulls", func(w http.ResponseWriter, r *http.Request) { f.list(w, r, github) })
	}
	return mux
}

func answer(w http.ResponseWriter, status int, said any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(said)
}

func (f *Forge) exchange(w http.ResponseWriter, r *http.Request) {
	code, verifier := r.PostFormValue("code"), sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	f.mu.Lock()
	defer f.mu.Unlock()
	g, ok := f.grants[code]
	delete(f.grants, code)
	if !ok || r.PostFormValue("client_id") != f.ID || r.PostFormValue("client_secret") != f.Key || r.PostFormValue("redirect_uri") != g.back ||
		g.challenge != base64.RawURLEncoding.EncodeToString(verifier[:]) {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	token := rand.Text()
	f.tokens[token] = g.user
	answer(w, http.StatusOK, map[string]string{"access_token": token, "token_type": "bearer"})
}

func (f *Forge) who(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	u, ok := f.tokens[token]
	if !ok {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	delete(f.tokens, token)
	answer(w, http.StatusOK, u)
}

func (f *Forge) at(r *http.Request) *repository {
	for _, repo := range f.repos {
		if repo.path == r.PathValue("owner")+"/"+r.PathValue("name") {
			return repo
		}
	}
	return nil
}

func (f *Forge) show(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	repo := f.at(r)
	if repo == nil {
		answer(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"id": repo.id, "full_name": repo.path, "clone_url": repo.clone, "private": false})
}

func (f *Forge) list(w http.ResponseWriter, r *http.Request, github bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	repo := f.at(r)
	if repo == nil {
		answer(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
		return
	}
	page, size := 1, 50
	_, _ = fmt.Sscan(r.FormValue("page"), &page)
	newest := slices.Clone(repo.changes)
	slices.SortStableFunc(newest, func(a, b Change) int { return b.At.Compare(a.At) })
	pulls := []map[string]any{}
	for i := (page - 1) * size; i >= 0 && i < min(page*size, len(newest)); i++ {
		p := repo.pull(newest[i], github)
		if github {
			delete(p, "merged") // as there
		}
		pulls = append(pulls, p)
	}
	answer(w, http.StatusOK, pulls)
}

// pull is a pull request in a forge's words. What was not merged has a merge_commit_sha at GitHub, too.
func (r *repository) pull(c Change, github bool) map[string]any {
	sha := sha256.Sum256(fmt.Appendf(nil, "%s %d", c.Repository, c.Number))
	p := map[string]any{
		"number": c.Number, "title": c.Title, "user": account(c.Login), "state": "closed", "merged": c.Merged, "merged_at": nil,
		"updated_at": c.At.Format(time.RFC3339), "merge_commit_sha": hex.EncodeToString(sha[:20]),
		"base": map[string]any{"ref": "main", "repo": map[string]any{"id": r.id, "full_name": r.path}},
	}
	if c.Merged {
		p["merged_at"] = c.At.Format(time.RFC3339)
	}
	if !c.Merged && !github {
		p["merge_commit_sha"] = nil
	}
	return p
}

// Delivery is the webhook that tells of a change, as Gitea sends it.
func (f *Forge) Delivery(c Change) (http.Header, []byte, error) {
	f.mu.Lock()
	r := f.repository(c.Repository, "")
	f.mu.Unlock()
	body, err := json.Marshal(map[string]any{
		"action": "closed", "number": c.Number, "pull_request": r.pull(c, false),
		"repository": map[string]any{"id": r.id, "full_name": r.path}, "sender": account("maintainer"),
	})
	mac := hmac.New(sha256.New, []byte(f.Secret))
	mac.Write(body)
	header := http.Header{}
	header.Set("X-Gitea-Event", "pull_request")
	header.Set("X-Gitea-Delivery", rand.Text())
	header.Set("X-Gitea-Signature", hex.EncodeToString(mac.Sum(nil)))
	return header, body, err
}
