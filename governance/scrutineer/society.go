package scrutineer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// client speaks to the society's server, by the token that a scrutineer made there for one election.
type client struct {
	base  string
	token string
	http  *http.Client
}

const (
	largestCopy = 256 << 20 // of a roll and its manifests
	patience    = 2 * time.Minute
)

// Introduction is what the signer tells the society of itself.
type Introduction struct {
	Address string                  `json:"address"`
	Issuer  []byte                  `json:"issuer"`
	Keys    map[member.Class][]byte `json:"keys"`
}

func (c client) look(ctx context.Context) (s Society, err error) {
	return s, c.ask(ctx, http.MethodGet, "/signer", nil, &s)
}

func (c client) introduce(ctx context.Context, i Introduction) error {
	return c.ask(ctx, http.MethodPut, "/signer/keys", i, nil)
}

func (c client) copy(ctx context.Context) (s election.SignerCopy, err error) {
	return s, c.ask(ctx, http.MethodGet, "/signer/copy", nil, &s)
}

func (c client) count(ctx context.Context, class member.Class, said ballot.Issued) error {
	return c.ask(ctx, http.MethodPut, "/signer/issued/"+string(class), said, nil)
}

func (c client) ask(ctx context.Context, method, path string, say, hear any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body io.Reader
	if say != nil {
		raw, err := json.Marshal(say)
		if err != nil {
			return fmt.Errorf("tell the society: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("ask the society: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask the society: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode/100 != 2 {
		var said struct{ Error string }
		_ = json.NewDecoder(io.LimitReader(answer.Body, 4<<10)).Decode(&said) // what is no JSON says nothing to us
		return fmt.Errorf("the society's server answers %s%s", answer.Status, strings.TrimSuffix(": "+said.Error, ": "))
	}
	if hear == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, largestCopy)).Decode(hear); err != nil {
		return fmt.Errorf("read the society's answer: %w", err)
	}
	return nil
}
