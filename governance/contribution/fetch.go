package contribution

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
)

const mainLine = "refs/heads/main-line"

var errNoHead = errors.New("it has no branch that HEAD leads to")

// fetched brings a repository's main line up to date in a bare clone of ours, and opens it. A first clone must be done in the time of one
// job; for a very large repository the operator can put a bare clone in its place.
func (b *Book) fetched(ctx context.Context, r Repository) (history, error) {
	dir := filepath.Join(b.clones, r.ID+".git")
	if err := os.MkdirAll(b.clones, 0o700); err != nil {
		return history{}, err
	}
	repo, err := git.PlainOpen(dir)
	if errors.Is(err, git.ErrRepositoryNotExists) {
		repo, err = git.PlainInit(dir, true)
	}
	if err != nil {
		return history{}, err
	}
	remote := git.NewRemote(repo.Storer, &config.RemoteConfig{Name: "origin", URLs: []string{r.Clone}})
	branch, err := head(ctx, remote)
	if err != nil {
		return history{}, err
	}
	err = remote.FetchContext(ctx, &git.FetchOptions{
		RemoteName: "origin", Tags: git.NoTags, Force: true,
		RefSpecs: []config.RefSpec{config.RefSpec(fmt.Sprintf("+%s:%s", branch, mainLine))},
	})
	if err != nil && !errors.Is(err, git.NoErrAlreadyUpToDate) {
		return history{}, fmt.Errorf("fetch: %w", err)
	}
	at, err := repo.Reference(mainLine, true)
	if err != nil {
		return history{}, err
	}
	return history{repo.Storer, at.Hash()}, nil
}

// head is the branch that a repository shows first.
func head(ctx context.Context, remote *git.Remote) (plumbing.ReferenceName, error) {
	refs, err := remote.ListContext(ctx, &git.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("list its branches: %w", err)
	}
	for _, ref := range refs {
		if ref.Name() == plumbing.HEAD && ref.Type() == plumbing.SymbolicReference {
			return ref.Target(), nil
		}
	}
	return "", errNoHead
}
