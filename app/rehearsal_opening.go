package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// enoughToOpen is how many scrutineers come: the third is not there.
const enoughToOpen = 2

// inOneRequest is how many pieces of work are handed in together, as the browser does it: a request has 64 KB.
const inOneRequest = 40

// openingPair is a key that opens ballots, and its public half. The ballot code keeps it as it likes.
type openingPair struct {
	Key    json.RawMessage
	Public []byte
}

func (r *rehearsal) openingKey(ctx context.Context) (p openingPair, err error) {
	var made struct {
		Key json.RawMessage `json:"key"`
	}
	if err := r.thinks(ctx, thought{"do": "scrutineer"}, &made); err != nil {
		return p, err
	}
	var half struct {
		Public []byte `json:"public"`
	}
	err = json.Unmarshal(made.Key, &half)
	return openingPair{made.Key, half.Public}, err
}

// makesOpeningKey is what a scrutineer does on their page before the roll is final.
func (r *rehearsal) makesOpeningKey(ctx context.Context, w *elector) error {
	if err := r.comesIn(ctx, w); err != nil {
		return err
	}
	made, err := r.openingKey(ctx)
	if err != nil {
		return err
	}
	w.key = made.Key
	public, err := json.Marshal(made.Public)
	if err != nil {
		return err
	}
	form := url.Values{"public": {string(public[1 : len(public)-1])}} // base64, as a form has it
	return r.doors.runs(ctx, r.doors.atSociety(w.token, http.MethodPost, "/elections/"+r.call.ID+"/opening/key", form), nil)
}

// open has two of the three scrutineers open what was cast, and the returning officer say that it is done.
func (r *rehearsal) open(ctx context.Context) error {
	r.dice.Shuffle(len(r.watchers), func(i, j int) { r.watchers[i], r.watchers[j] = r.watchers[j], r.watchers[i] })
	there := r.watchers[:enoughToOpen]
	for _, w := range there {
		if err := r.comesIn(ctx, w); err != nil {
			return err
		}
	}
	for _, class := range member.AllClasses {
		if err := r.openClass(ctx, class, there); err != nil {
			return fmt.Errorf("open the ballots of the %s class: %w", class, err)
		}
	}
	return nil
}

// openClass has each do what there is to do, the one whose seals are the outer ones first, until nothing is left.
func (r *rehearsal) openClass(ctx context.Context, class member.Class, there []*elector) error {
	for again := true; again; {
		again = false
		for _, w := range there {
			n, err := r.opens(ctx, class, w)
			if err != nil {
				return err
			}
			again = again || n > 0
		}
	}
	why := ""
	if class == member.ClassOrdinary {
		why = "sealed for keys that nobody has"
	}
	if err := r.polls.DeclareOpened(ctx, r.returning.account, r.call.ID, class, why); err != nil {
		return err
	}
	r.tell("%s: ballots are opened by two of three scrutineers", class)
	return nil
}

// opens has a scrutineer take off all outer seals and open all ballots that they are handed, and hand them in.
func (r *rehearsal) opens(ctx context.Context, class member.Class, w *elector) (int, error) {
	at := "/elections/" + r.call.ID + "/opening/" + string(class)
	var todo box.Work
	if err := r.doors.runs(ctx, r.doors.atSociety(w.token, http.MethodGet, at+"/work", nil), &todo); err != nil {
		return 0, err
	}
	peeled, opened := make([]box.Peeled, len(todo.Peel)), make([]box.Opened, len(todo.Open))
	err := someAtOnce(ctx, len(peeled), func(ctx context.Context, i int) (err error) {
		peeled[i], err = r.peel(ctx, w, todo.Peel[i])
		return err
	})
	if err != nil {
		return 0, err
	}
	err = someAtOnce(ctx, len(opened), func(ctx context.Context, i int) (err error) {
		opened[i], err = r.openOne(ctx, w, todo.Open[i])
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := handIn(ctx, r, w, at+"/peeled", "peeled", peeled); err != nil {
		return 0, err
	}
	return len(peeled) + len(opened), handIn(ctx, r, w, at+"/opened", "openings", opened)
}

func (r *rehearsal) peel(ctx context.Context, w *elector, p box.Piece) (box.Peeled, error) {
	var off struct {
		Peeled []byte `json:"peeled"`
	}
	err := r.thinks(ctx, thought{"do": "peel", "key": w.key, "cast": p.Cast, "pair": p.Pair}, &off)
	if _, no := errors.AsType[*refusedError](err); no {
		err = nil // the seal does not come off: that is an answer
	}
	return box.Peeled{Entry: p.Cast.Entry(), Pair: p.Pair, Peeled: off.Peeled}, err
}

func (r *rehearsal) openOne(ctx context.Context, w *elector, p box.Piece) (box.Opened, error) {
	var in struct {
		Opening ballot.Opening `json:"opening"`
	}
	err := r.thinks(ctx, thought{"do": "open", "key": w.key, "cast": p.Cast, "pair": p.Pair, "peeled": p.Peeled}, &in)
	if _, no := errors.AsType[*refusedError](err); no {
		in.Opening, err = ballot.Opening{Public: p.Cast.Credential.Public, Sequence: p.Cast.Sequence, Spoiled: ballot.NotOpened}, nil
	}
	return box.Opened{Opening: in.Opening, Entry: p.Cast.Entry(), Pair: p.Pair}, err
}

func handIn[T any](ctx context.Context, r *rehearsal, w *elector, to, name string, all []T) error {
	for some := range slices.Chunk(all, inOneRequest) {
		if err := r.doors.runs(ctx, r.doors.atSociety(w.token, http.MethodPost, to, map[string][]T{name: some}), nil); err != nil {
			return err
		}
	}
	return nil
}

// publish fetches what anybody can, and writes it down; openings that are not public a scrutineer fetches.
func (r *rehearsal) publish(ctx context.Context, dir string) error {
	sums, err := r.fetch(ctx, "", dir, election.FileSums)
	if err != nil {
		return err
	}
	if _, err := r.fetch(ctx, "", dir, election.FileCertificate); err != nil {
		return err
	}
	listed, err := election.ReadSums(sums)
	if err != nil {
		return err
	}
	for name := range listed {
		if _, err := r.fetch(ctx, "", dir, name); err != nil {
			return err
		}
	}
	r.tell("%d public files are fetched", len(listed)+2)
	return r.keepOpenings(ctx, dir, listed)
}

// keepOpenings writes down what a scrutineer sees beside the public files, for whoever audits with them.
func (r *rehearsal) keepOpenings(ctx context.Context, dir string, listed map[string]ballot.Digest) error {
	for class := range r.contests {
		name := string(class) + "/" + election.FileOpenings
		if _, public := listed[name]; public {
			continue
		}
		raw, err := r.publicFile(ctx, r.watchers[0].token, name)
		if err != nil {
			return err
		}
		if err := writeUnder(openingsBeside(dir), string(class)+".jsonl", raw); err != nil {
			return err
		}
	}
	return nil
}

func (r *rehearsal) fetch(ctx context.Context, token, dir, name string) ([]byte, error) {
	raw, err := r.publicFile(ctx, token, name)
	if err != nil {
		return nil, err
	}
	return raw, writeUnder(dir, name, raw)
}

func (r *rehearsal) publicFile(ctx context.Context, token, name string) (raw []byte, err error) {
	err = r.doors.runs(ctx, r.doors.atSociety(token, http.MethodGet, "/elections/"+r.call.ID+"/audit/"+name, nil), &raw)
	return raw, err
}

// openingsBeside is the directory for openings that are not public: beside the public files, not among them.
func openingsBeside(dir string) string { return filepath.Clean(dir) + "-openings" }

func writeUnder(dir, name string, raw []byte) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // all that is in it is public
		return err
	}
	return os.WriteFile(file, raw, 0o644) //nolint:gosec // public
}

// emptyDirectory refuses one in which something is.
func emptyDirectory(dir string) error {
	found, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%s is not empty", dir)
	}
	return err
}
