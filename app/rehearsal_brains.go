package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"folkmoot/static"
)

// ballotCode is the browser's own ballot code in a process of Node's, that one person uses at a time.
type ballotCode struct {
	in   io.WriteCloser
	out  *bufio.Reader
	said *bytes.Buffer // what it complains of
	cmd  *exec.Cmd
}

// brainCount is how many there are: while one seals, the other's answer is on its way.
const brainCount = 2

// brains are all that there are. Whoever needs one takes it out of free, and puts it back.
type brains struct {
	free chan *ballotCode
	dir  string
	all  []*ballotCode
}

var (
	errNoNode   = errors.New("--election needs Node 20.19 or newer (https://nodejs.org): simulated voters run the browser's own ballot code")
	errNotBuilt = errors.New("--election needs the built client, in which the browser's ballot code is: build this program with `make build`")
)

// wakeBrains starts them. They end with ctx at the latest.
func wakeBrains(ctx context.Context) (_ *brains, err error) {
	code, built := static.File("simulated.mjs")
	if !built {
		return nil, errNotBuilt
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errNoNode
	}
	b := &brains{free: make(chan *ballotCode, brainCount)}
	if b.dir, err = os.MkdirTemp("", "folkmoot-voters-"); err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, "simulated.mjs")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		return nil, errors.Join(err, b.rest())
	}
	for range brainCount {
		one, err := wake(ctx, node, file)
		if err != nil {
			return nil, errors.Join(err, b.rest())
		}
		b.all = append(b.all, one)
		b.free <- one
	}
	return b, nil
}

func wake(ctx context.Context, node, file string) (*ballotCode, error) {
	c := &ballotCode{cmd: exec.CommandContext(ctx, node, file), said: &bytes.Buffer{}} //nolint:gosec // Node, on our own file
	c.cmd.Stderr = c.said
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		c.in, err = c.cmd.StdinPipe()
	}
	if err == nil {
		err = c.cmd.Start()
	}
	c.out = bufio.NewReader(out)
	return c, err
}

// rest lets them end, which they do when nobody speaks to them any more.
func (b *brains) rest() (err error) {
	for _, one := range b.all {
		if gone := errors.Join(one.in.Close(), one.cmd.Wait()); gone != nil {
			err = errors.Join(err, fmt.Errorf("the browser's ballot code: %w: %s", gone, one.said))
		}
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// refused is what the ballot code says that it cannot do.
type refusedError struct {
	Words string `json:"error"`
	Kind  string `json:"kind"`
}

func (r *refusedError) Error() string {
	return fmt.Sprintf("the ballot code: %s (%s)", r.Words, r.Kind)
}

// ask asks one thing, and waits for the answer. refusedError.
func (c *ballotCode) ask(question, answer any) error {
	raw, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if _, err := c.in.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("ask the ballot code: %w", err)
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("hear the ballot code: %w", err)
	}
	var no refusedError
	if err := json.Unmarshal(line, &no); err != nil {
		return err
	}
	if no.Words != "" {
		return &no
	}
	return json.Unmarshal(line, answer)
}

// thinks asks whichever process is free.
func (r *rehearsal) thinks(ctx context.Context, question, answer any) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case one := <-r.brains:
		defer func() { r.brains <- one }()
		return one.ask(question, answer)
	}
}

// thought is a question: "do" names it.
type thought map[string]any
