package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	bank "folkmoot/billing/practice"
	"folkmoot/governance/contribution"
	"folkmoot/governance/contribution/practice"
	"folkmoot/governance/member"
)

// ForgeConfig says at which forges work is merged. A forge is wholly set up or off.
type ForgeConfig struct {
	GitHubWebhookSecret     string `name:"github-webhook-secret" help:"Secret of the webhooks at GitHub, that send pull requests as JSON to /hooks/forge/github; better in a file. With no forge at all, one is practised, but not in production." env:"FOLKMOOT_GITHUB_WEBHOOK_SECRET"`
	GitHubWebhookSecretFile string `name:"github-webhook-secret-file" help:"File that holds the secret of the webhooks at GitHub." env:"FOLKMOOT_GITHUB_WEBHOOK_SECRET_FILE" type:"path"`
	GitHubClientID          string `name:"github-client-id" help:"Client id of our OAuth app at GitHub, whose callback is /contribute/linked/github." env:"FOLKMOOT_GITHUB_CLIENT_ID"`
	GitHubClientSecret      string `name:"github-client-secret" help:"Client secret of our OAuth app at GitHub; better in a file." env:"FOLKMOOT_GITHUB_CLIENT_SECRET"`
	GitHubClientSecretFile  string `name:"github-client-secret-file" help:"File that holds the client secret of our OAuth app at GitHub." env:"FOLKMOOT_GITHUB_CLIENT_SECRET_FILE" type:"path"`
	GitHubToken             string `name:"github-token" help:"Token for GitHub's API, that may read public repositories; better in a file. Unset: asked as anybody, 60 times an hour." env:"FOLKMOOT_GITHUB_TOKEN"`
	GitHubTokenFile         string `name:"github-token-file" help:"File that holds the token for GitHub's API." env:"FOLKMOOT_GITHUB_TOKEN_FILE" type:"path"`

	GiteaURL               string `name:"gitea-url" help:"Address of a Gitea or Forgejo, as in https://codeberg.org. It must not change: its people are known by their numbers there." env:"FOLKMOOT_GITEA_URL"`
	GiteaWebhookSecret     string `name:"gitea-webhook-secret" help:"Secret of its webhooks, that send pull requests as JSON to /hooks/forge/gitea; better in a file." env:"FOLKMOOT_GITEA_WEBHOOK_SECRET"`
	GiteaWebhookSecretFile string `name:"gitea-webhook-secret-file" help:"File that holds the secret of its webhooks." env:"FOLKMOOT_GITEA_WEBHOOK_SECRET_FILE" type:"path"`
	GiteaClientID          string `name:"gitea-client-id" help:"Client id of our OAuth2 application there, whose redirect is /contribute/linked/gitea." env:"FOLKMOOT_GITEA_CLIENT_ID"`
	GiteaClientSecret      string `name:"gitea-client-secret" help:"Client secret of our OAuth2 application there; better in a file." env:"FOLKMOOT_GITEA_CLIENT_SECRET"`
	GiteaClientSecretFile  string `name:"gitea-client-secret-file" help:"File that holds the client secret of our OAuth2 application there." env:"FOLKMOOT_GITEA_CLIENT_SECRET_FILE" type:"path"`
	GiteaToken             string `name:"gitea-token" help:"Token for its API, that may read public repositories; better in a file. Unset: asked as anybody." env:"FOLKMOOT_GITEA_TOKEN"`
	GiteaTokenFile         string `name:"gitea-token-file" help:"File that holds the token for its API." env:"FOLKMOOT_GITEA_TOKEN_FILE" type:"path"`
}

// settle reads the secrets that are in files.
func (f *ForgeConfig) settle() error {
	return readSecrets(
		secret{&f.GitHubWebhookSecret, f.GitHubWebhookSecretFile, "--github-webhook-secret"},
		secret{&f.GitHubClientSecret, f.GitHubClientSecretFile, "--github-client-secret"},
		secret{&f.GitHubToken, f.GitHubTokenFile, "--github-token"},
		secret{&f.GiteaWebhookSecret, f.GiteaWebhookSecretFile, "--gitea-webhook-secret"},
		secret{&f.GiteaClientSecret, f.GiteaClientSecretFile, "--gitea-client-secret"},
		secret{&f.GiteaToken, f.GiteaTokenFile, "--gitea-token"},
	)
}

// adapters are the forges that are set up. Any setting of a forge wants all that it needs.
func (f *ForgeConfig) adapters() (all []*contribution.Forge, err error) {
	if f.GitHubWebhookSecret+f.GitHubClientID+f.GitHubClientSecret+f.GitHubToken != "" {
		forge, err := contribution.NewForge(contribution.Options{
			Name: contribution.GitHub, Secret: f.GitHubWebhookSecret, ClientID: f.GitHubClientID, ClientSecret: f.GitHubClientSecret, Token: f.GitHubToken,
		})
		if err != nil {
			return nil, fmt.Errorf("%w: give --github-webhook-secret, --github-client-id and --github-client-secret, or no setting of GitHub's", err)
		}
		all = append(all, forge)
	}
	if f.GiteaURL+f.GiteaWebhookSecret+f.GiteaClientID+f.GiteaClientSecret+f.GiteaToken != "" {
		forge, err := contribution.NewForge(contribution.Options{
			Name: contribution.Gitea, URL: f.GiteaURL, Secret: f.GiteaWebhookSecret, ClientID: f.GiteaClientID, ClientSecret: f.GiteaClientSecret, Token: f.GiteaToken,
		})
		if err != nil {
			return nil, fmt.Errorf("%w: give --gitea-url, --gitea-webhook-secret, --gitea-client-id and --gitea-client-secret, or no setting of Gitea's", err)
		}
		all = append(all, forge)
	}
	return all, nil
}

// openWork opens the book of merged work over the forges that are set up. With none, and not in production, one is practised.
func (h *house) openWork(ctx context.Context, c *ForgeConfig, production bool, base, data string) (*practice.Forge, error) {
	forges, err := c.adapters()
	if err != nil {
		return nil, err
	}
	var played *practice.Forge
	if len(forges) == 0 && !production {
		played = practice.Open(h.now)
		played.Repository("folkmoot/folkmoot", "")
		forge, err := contribution.NewForge(contribution.Options{
			Name: contribution.Practice, URL: base + practiceForgePath, Secret: played.Secret, ClientID: played.ID, ClientSecret: played.Key,
			HTTP: &http.Client{Transport: bank.Transport(http.StripPrefix(practiceForgePath, played.Handler()))},
		})
		if err != nil {
			return nil, err
		}
		forges = append(forges, forge)
	}
	h.work, err = contribution.NewBook(ctx, h.db, h.queue, h.register, h.officers, contribution.BookOptions{
		Forges: forges, Clones: filepath.Join(data, "repositories"), Base: base, Now: h.now,
	})
	if errors.Is(err, contribution.ErrAnotherForge) {
		return nil, fmt.Errorf("--gitea-url: %w", err)
	}
	h.operators = member.NewOperators(h.db, h.now)
	h.classes = member.NewClasses(h.register, h.operators, h.dues.Standing, h.work.IsContributor)
	return played, err
}

// practiceForgePath is where the practice forge is, on our own site.
const practiceForgePath = "/practice/forge"
