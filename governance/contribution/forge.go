package contribution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// kind is what a forge speaks.
type kind string

const (
	kindGitHub kind = "github"
	kindGitea  kind = "gitea" // and Forgejo
)

// Options set a forge up.
type Options struct {
	Name         ForgeName
	URL, API     string // where people and programs find it; GitHub's own where they are ""
	Secret       string // of its webhooks
	ClientID     string // of our application there, by which people sign in
	ClientSecret string
	Token        string       // for its API; "" asks as anybody
	HTTP         *http.Client // nil: the network
	Pace         rate.Limit   // requests a second; 0: two
}

// Forge is a place where work is merged, as it is set up.
type Forge struct {
	Name     ForgeName
	kind     kind
	secret   []byte
	web, api string
	id, key  string
	token    string
	http     *http.Client
	pace     *rate.Limiter
}

const (
	answerWithin = 15 * time.Second
	mostAnswer   = 16 << 20 // a page of a hundred long pull requests
	pageSize     = 50       // the most that Gitea gives, unless it is set up otherwise
	aSecond      = 2        // requests to a forge, so that it has time for others
	atFirst      = 5
)

// NewForge refuses half a forge: one whose webhooks anybody could sign, or at which nobody could sign in.
func NewForge(o Options) (*Forge, error) {
	f := &Forge{
		Name: o.Name, kind: kindGitea, secret: []byte(o.Secret), web: strings.TrimSuffix(o.URL, "/"), api: strings.TrimSuffix(o.API, "/"),
		id: o.ClientID, key: o.ClientSecret, token: o.Token, http: o.HTTP, pace: rate.NewLimiter(aSecond, atFirst),
	}
	if o.Name == GitHub {
		f.kind = kindGitHub
		if f.web == "" {
			f.web, f.api = "https://github.com", "https://api.github.com"
		}
	} else if f.api == "" {
		f.api = f.web + "/api/v1"
	}
	if o.Pace > 0 {
		f.pace.SetLimit(o.Pace)
	}
	if f.http == nil {
		f.http = &http.Client{Timeout: answerWithin}
	}
	for _, at := range []string{f.web, f.api} {
		if u, err := url.Parse(at); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("%s: %q is not an address like https://codeberg.org", o.Name, at)
		}
	}
	switch {
	case o.Secret == "":
		return nil, fmt.Errorf("%s: the secret of its webhooks is empty, so that anybody could send some", o.Name)
	case o.ClientID == "" || o.ClientSecret == "":
		return nil, fmt.Errorf("%s: the application's client id or secret is empty, so that nobody could prove who they are there", o.Name)
	}
	return f, nil
}

// Web is where people find the forge.
func (f *Forge) Web() string { return f.web }

// BusyError has somebody come again after some time that a forge named.
type BusyError struct {
	Forge ForgeName
	After time.Duration
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s asks us to come again in %s", e.Forge, e.After)
}

// answerError is an answer that is none.
type answerError struct {
	forge  ForgeName
	status int
}

func (e *answerError) Error() string { return fmt.Sprintf("%s answered %d", e.forge, e.status) }

// get asks the forge's API.
func (f *Forge) get(ctx context.Context, path string, query url.Values, token string, into any) error {
	to := f.api + path
	if len(query) > 0 {
		to += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	if f.kind == kindGitHub {
		r.Header.Set("Accept", "application/vnd.github+json")
		r.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return f.do(r, into)
}

// do sends a request at the pace that a forge is asked at, and reads the answer.
func (f *Forge) do(r *http.Request, into any) error {
	if err := f.pace.Wait(r.Context()); err != nil {
		return err
	}
	r.Header.Set("User-Agent", "folkmoot")
	res, err := f.http.Do(r)
	if err != nil {
		if said, ok := errors.AsType[*url.Error](err); ok {
			err = said.Err // its address may hold a code
		}
		return fmt.Errorf("ask %s: %w", f.Name, err)
	}
	defer func() { _ = res.Body.Close() }()
	if after, busy := busy(res, time.Now()); busy {
		return &BusyError{f.Name, after}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer+1))
	if err != nil {
		return fmt.Errorf("read what %s answers: %w", f.Name, err)
	}
	if res.StatusCode != http.StatusOK {
		return &answerError{f.Name, res.StatusCode}
	}
	if len(body) > mostAnswer {
		return fmt.Errorf("%s answers with more than %d bytes", f.Name, mostAnswer)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s answers with something else than it should: %w", f.Name, err)
	}
	return nil
}

const (
	leastPause = 30 * time.Second
	mostPause  = time.Hour
)

// busy reads when a forge wants us back: by Retry-After, or by GitHub's own headers once our requests of an hour are used up.
func busy(res *http.Response, now time.Time) (time.Duration, bool) {
	used := res.Header.Get("X-Ratelimit-Remaining") == "0"
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable && (res.StatusCode != http.StatusForbidden || !used && res.Header.Get("Retry-After") == "") {
		return 0, false
	}
	after := time.Minute
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		after = time.Duration(min(s, int(mostPause/time.Second))) * time.Second
	} else if s, err := strconv.ParseInt(res.Header.Get("X-Ratelimit-Reset"), 10, 64); err == nil && used {
		after = time.Unix(s, 0).Sub(now)
	}
	return min(max(after, leastPause), mostPause), true
}

var paths = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}/[A-Za-z0-9._-]{1,100}$`)

// find asks the forge for a repository by its path.
func (f *Forge) find(ctx context.Context, path string) (Repository, error) {
	if !paths.MatchString(path) || strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..") {
		return Repository{}, ErrBadPath
	}
	var said struct {
		ID       int64  `json:"id"`
		FullName string `json:"full_name"`
		CloneURL string `json:"clone_url"`
		Private  bool   `json:"private"`
	}
	err := f.get(ctx, "/repos/"+path, nil, f.token, &said)
	if no := (*answerError)(nil); errors.As(err, &no) && no.status == http.StatusNotFound || err == nil && said.Private {
		return Repository{}, ErrNoRepository // nobody could check what is merged where only some may look
	}
	if err == nil && (said.ID <= 0 || !paths.MatchString(said.FullName)) {
		err = fmt.Errorf("%s: a repository without number or name", f.Name)
	}
	return Repository{Forge: f.Name, Subject: strconv.FormatInt(said.ID, 10), Path: said.FullName, Clone: said.CloneURL}, err
}

// page is one page of a repository's closed changes, those first that were touched last.
func (f *Forge) page(ctx context.Context, path string, n int) (all []pull, err error) {
	query := url.Values{"state": {"closed"}, "page": {strconv.Itoa(n)}}
	if f.kind == kindGitHub {
		query.Set("sort", "updated")
		query.Set("direction", "desc")
		query.Set("per_page", strconv.Itoa(pageSize))
	} else {
		query.Set("sort", "recentupdate")
		query.Set("limit", strconv.Itoa(pageSize))
	}
	return all, f.get(ctx, "/repos/"+path+"/pulls", query, f.token, &all)
}

// mergedTruly reports whether a change of the list was merged: Gitea says so, and GitHub leaves `merged` out there and tells when.
func (p pull) mergedTruly() bool {
	return p.MergedAt != nil && (p.Merged == nil || *p.Merged)
}

// askAt is where somebody is sent to sign in at the forge, and comes back from with a code.
func (f *Forge) askAt(state, challenge, back string) string {
	query := url.Values{
		"client_id": {f.id}, "redirect_uri": {back}, "response_type": {"code"}, "state": {state},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	if f.kind == kindGitea {
		query.Set("scope", "read:user")
	}
	return f.web + "/login/oauth/authorize?" + query.Encode()
}

// whoIs trades a code for who signed in. The token is used once and forgotten. ErrForgeRefused.
func (f *Forge) whoIs(ctx context.Context, code, verifier, back string) (Identity, error) {
	form := url.Values{
		"client_id": {f.id}, "client_secret": {f.key}, "code": {code}, "redirect_uri": {back},
		"grant_type": {"authorization_code"}, "code_verifier": {verifier},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.web+"/login/oauth/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return Identity{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	var token struct {
		Access string `json:"access_token"`
		Error  string `json:"error"` // GitHub sends it with 200
	}
	if err := f.do(r, &token); err != nil {
		return Identity{}, refused(err)
	}
	if token.Access == "" || token.Error != "" {
		return Identity{}, ErrForgeRefused
	}
	var who struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
		Type  string `json:"type"`
	}
	if err := f.get(ctx, "/user", nil, token.Access, &who); err != nil {
		return Identity{}, refused(err)
	}
	if who.ID <= 0 || who.Type == "Bot" || who.Type == "Organization" {
		return Identity{}, ErrForgeRefused
	}
	return Identity{f.Name, strconv.FormatInt(who.ID, 10), short(who.Login, longestLogin)}, nil
}

// refused tells a forge's no from a forge that cannot be reached.
func refused(err error) error {
	if no := (*answerError)(nil); errors.As(err, &no) && no.status < http.StatusInternalServerError {
		return fmt.Errorf("%w: %w", ErrForgeRefused, err)
	}
	return err
}
