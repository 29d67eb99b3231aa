package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

// Without a secret anybody could send deliveries, and without an application nobody could prove who they are.
func TestHalfAForgeStopsTheProgram(t *testing.T) {
	for what, c := range map[string]ForgeConfig{
		"a webhook's secret alone": {GitHubWebhookSecret: "s"},
		"an application alone":     {GitHubClientID: "i", GitHubClientSecret: "k"},
		"a token alone":            {GitHubToken: "t"},
		"an empty secret":          {GiteaURL: "https://codeberg.example", GiteaClientID: "i", GiteaClientSecret: "k"},
		"no address":               {GiteaWebhookSecret: "s", GiteaClientID: "i", GiteaClientSecret: "k"},
	} {
		if _, err := c.adapters(); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	whole := ForgeConfig{
		GitHubWebhookSecret: "s", GitHubClientID: "i", GitHubClientSecret: "k",
		GiteaURL: "https://codeberg.example", GiteaWebhookSecret: "s", GiteaClientID: "i", GiteaClientSecret: "k",
	}
	if forges, err := whole.adapters(); err != nil || len(forges) != 2 {
		t.Errorf("%d forges, %v", len(forges), err)
	}
}

func TestForgesSecretsComeFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := ForgeConfig{GitHubWebhookSecretFile: file}
	if err := c.settle(); err != nil || c.GitHubWebhookSecret != "s" {
		t.Errorf("read %q, %v", c.GitHubWebhookSecret, err)
	}
	if err := c.settle(); err == nil {
		t.Error("a secret and a file are both accepted")
	}
}

func TestAForgeIsPractisedOnlyWhereNoneIsSetUp(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue := paymentQueue(t, db)
		h := &house{now: time.Now, db: db, queue: queue, register: member.NewRegister(db, queue, time.Now), officers: member.NewOfficers(db, time.Now)}
		h.ledger = billing.NewLedger(db, time.Now)
		h.openDues(&payments{})
		open := func(c *ForgeConfig, production bool) (practised bool) {
			t.Helper()
			played, err := h.openWork(t.Context(), c, production, "http://localhost:8080", t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			return played != nil
		}
		github := &ForgeConfig{GitHubWebhookSecret: "s", GitHubClientID: "i", GitHubClientSecret: "k"}
		for what, got := range map[string]bool{"nothing": open(&ForgeConfig{}, false), "production": !open(&ForgeConfig{}, true), "a real forge": !open(github, false)} {
			if !got {
				t.Errorf("%s: practised or not, wrongly", what)
			}
		}
		if names := h.work.Forges(); len(names) != 1 || names[0] != contribution.GitHub {
			t.Error(names)
		}
	})
}
