package main

import (
	"errors"
	"path/filepath"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/participation"
)

// ElectionConfig is what elections need from outside.
type ElectionConfig struct {
	PublicLogs string `help:"Directory on a local disk for the public logs of votes that are cast online. Unset: bulletin in the data directory. The first process that keeps an election's logs keeps them to its end." env:"FOLKMOOT_PUBLIC_LOGS" type:"path"`

	Beacon string `help:"Public source of chance for lots: quicknet, which the League of Entropy runs, or practice, which is on our own site and no secret to anybody. Unset: quicknet in production, practice in development." enum:"quicknet,practice," default:"" env:"FOLKMOOT_BEACON"`
}

var errPractisedChance = errors.New("--beacon practice is no chance at all: leave it off with --production")

// openElections sets up elections, their polls and the board. It returns the practice beacon, or nil where lots are real.
func (h *house) openElections(c *ElectionConfig, production bool, base string, key []byte) (practised *election.PracticeBeacon, err error) {
	if production && c.Beacon == "practice" {
		return nil, errPractisedChance
	}
	beacon := election.Quicknet
	if !production && c.Beacon != "quicknet" {
		if practised, err = election.NewPracticeBeacon(base + "/practice/beacon/{round}"); err != nil {
			return nil, err
		}
		beacon = practised.Beacon
	}
	keys, err := election.NewKeys(key)
	if err != nil {
		return nil, err
	}
	h.board = board.New(h.db, h.register, h.officers, h.classes, election.SeatsOn, h.now)
	h.elections = election.New(h.db, h.queue, h.register, h.officers, h.classes, h.board, h.now)
	h.polls = election.NewPolls(h.elections, beacon, keys)
	h.proposals = participation.NewProposals(h.db, h.queue, h.register, h.officers, h.board, h.now)
	h.roadmap = participation.NewRoadmap(h.db, h.register, h.officers, h.board, h.now)
	h.priorities = participation.NewPriorities(h.db, h.register, h.officers, h.board, h.classes, h.now)
	h.privacy = participation.NewPrivacyChanges(h.db, h.queue, h.register, h.officers, h.classes, h.board, h.now)
	h.meetings = meeting.New(h.db, h.queue, h.register, h.officers, h.board, h.now)
	return practised, nil
}

// logs is the directory of public logs.
func (c *ElectionConfig) logs(data string) string {
	if c.PublicLogs != "" {
		return c.PublicLogs
	}
	return filepath.Join(data, "bulletin")
}
