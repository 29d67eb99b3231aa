package election

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/ballot"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

// logs are the public logs that this process writes.
type logs struct {
	mu   sync.Mutex
	dir  string                           // "" where no log is kept: a command, or tests of other things
	home string                           // guarded by mu: names the directory
	open map[ballot.Contest]*bulletin.Log // guarded by mu
	last map[ballot.Contest]time.Time     // guarded by mu: of the newest batch, or since when one is waited for
}

const (
	fewestInBatch = 20              // entries that are published together, so that nobody sees whose came when
	longestWait   = time.Hour       // for them
	settled       = 2 * time.Minute // after the close whoever cast in time has been written down
)

// ErrElsewhere says that another process keeps the log.
var ErrElsewhere = errors.New("the public log of this contest is kept by another process: ask again")

// KeepLogs has this process keep public logs in a directory, and opens those that are there: with another key than theirs it refuses.
// Close lets go of them. bulletin.ErrOtherKey.
func (p *Polls) KeepLogs(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of public logs: %w", err)
	}
	home, err := homeOf(filepath.Join(dir, "home"))
	if err != nil {
		return err
	}
	p.logs.mu.Lock()
	p.logs.dir, p.logs.home = dir, home
	p.logs.mu.Unlock()
	all, err := p.onlineContests(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if _, err := p.log(ctx, c); err != nil && !errors.Is(err, ErrElsewhere) {
			return fmt.Errorf("open the public log of the %s class in election %s: %w", c.Class, c.Election, err)
		}
	}
	return nil
}

// homeOf is the name of a directory of logs, made once: two directories with logs of one contest would be two truths.
func homeOf(file string) (string, error) {
	raw, err := os.ReadFile(file) //nolint:gosec // our own
	if errors.Is(err, os.ErrNotExist) {
		raw = []byte(identity.NewID())
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("name the directory of public logs: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// CloseLogs lets go of the logs.
func (p *Polls) CloseLogs(ctx context.Context) error {
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	var amiss error
	for contest, l := range p.logs.open {
		amiss = errors.Join(amiss, l.Close(ctx))
		delete(p.logs.open, contest)
	}
	return amiss
}

// onlineContests are all whose votes are cast online, in elections that are not called off.
func (p *Polls) onlineContests(ctx context.Context) (online []Contest, err error) {
	all, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, el := range all {
		if !el.Online() || el.State(p.now()) == CalledOff {
			continue
		}
		contests, err := p.Contests(ctx, el.ID)
		if err != nil {
			return nil, err
		}
		online = append(online, slices.DeleteFunc(contests, func(c Contest) bool { return c.Outcome != OutcomePoll })...)
	}
	return online, nil
}

// log is the open log of a contest. The first directory that asks keeps it for good. ErrElsewhere.
func (p *Polls) log(ctx context.Context, c Contest) (*bulletin.Log, error) {
	id, _, err := c.online()
	if err != nil {
		return nil, err
	}
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	if l, open := p.logs.open[id]; open {
		return l, nil
	}
	if p.logs.dir == "" {
		return nil, ErrElsewhere
	}
	if err := p.claimLog(ctx, c, p.logs.home); err != nil {
		return nil, err
	}
	key, err := p.keys.Log(c.Election, c.Class)
	if err != nil {
		return nil, err
	}
	l, err := bulletin.Open(ctx, p.logDir(c), key, []byte(c.Manifest))
	if errors.Is(err, bulletin.ErrInUse) {
		return nil, ErrElsewhere
	}
	if err != nil {
		return nil, err
	}
	p.logs.open[id] = l
	if _, waits := p.logs.last[id]; !waits {
		p.logs.last[id] = p.now()
	}
	return l, nil
}

func (p *Polls) logDir(c Contest) string {
	return filepath.Join(p.logs.dir, c.Election, string(c.Class))
}

// claimLog gives a contest's log to a directory unless another has it. ErrElsewhere.
func (p *Polls) claimLog(ctx context.Context, c Contest, home string) error {
	var keeps string
	if err := p.db.Read(ctx).Model(&contestRow{}).Where("election = ? AND class = ?", c.Election, c.Class).Select("log_home").Scan(&keeps).Error; err != nil {
		return fmt.Errorf("look up who keeps a public log: %w", err)
	}
	switch keeps {
	case home:
		return nil
	case "":
	default:
		return ErrElsewhere
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		of := tx.Model(&contestRow{}).Where("election = ? AND class = ? AND log_home IN ('', ?)", c.Election, c.Class, home).Update("log_home", home)
		if of.Error == nil && of.RowsAffected == 0 {
			return ErrElsewhere
		}
		return of.Error
	})
}

// Publish brings what was cast into the public logs, in batches whose order is chance: as soon as there are enough, or after a while. When a poll
// has closed and all is in, it notes how the log stands. The clock asks for it.
func (p *Polls) Publish(ctx context.Context) error {
	all, err := p.onlineContests(ctx)
	if err != nil {
		return err
	}
	var amiss error
	for _, c := range all {
		if c.LogRoot != "" {
			continue
		}
		if err := p.publish(ctx, c); err != nil && !errors.Is(err, ErrElsewhere) { // no other log waits for it
			amiss = errors.Join(amiss, fmt.Errorf("publish what was cast in the %s class of election %s: %w", c.Class, c.Election, err))
		}
	}
	return amiss
}

func (p *Polls) publish(ctx context.Context, c Contest) error {
	id, m, err := c.online()
	if err != nil {
		return err
	}
	log, err := p.log(ctx, c)
	if err != nil {
		return err
	}
	waiting, err := p.box.Unlogged(ctx, id)
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		p.waitsFrom(id)
	}
	closed := !p.now().Before(m.PollCloses.Add(settled))
	if len(waiting) > 0 && (closed || len(waiting) >= fewestInBatch || p.waited(id)) {
		if err := shuffle(waiting); err != nil {
			return err
		}
		if err := log.Append(ctx, waiting); err != nil {
			if errors.Is(err, bulletin.ErrBroken) {
				err = errors.Join(err, p.reopen(ctx, id))
			}
			return err
		}
		if err := p.box.Logged(ctx, id, waiting); err != nil {
			return err
		}
		p.waitsFrom(id)
	}
	if !closed {
		return nil
	}
	return p.sealLog(ctx, c, id, log)
}

// waited reports whether the entries that wait have waited long enough.
func (p *Polls) waited(id ballot.Contest) bool {
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	return p.now().Sub(p.logs.last[id]) >= longestWait
}

// waitsFrom begins the time for which the next entry waits at most.
func (p *Polls) waitsFrom(id ballot.Contest) {
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	p.logs.last[id] = p.now()
}

// reopen lets go of a log that could not be written to; it is opened anew the next time.
func (p *Polls) reopen(ctx context.Context, id ballot.Contest) error {
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	l, open := p.logs.open[id]
	if !open {
		return nil
	}
	delete(p.logs.open, id)
	return l.Close(ctx)
}

// shuffle puts entries into an order that nobody can guess (Fisher and Yates).
func shuffle(entries []ballot.Digest) error {
	for i := len(entries) - 1; i > 0; i-- {
		j, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			return fmt.Errorf("shuffle: %w", err)
		}
		entries[i], entries[j.Int64()] = entries[j.Int64()], entries[i]
	}
	return nil
}

// sealLog notes how the log of a closed poll stands, when every cast is in it.
func (p *Polls) sealLog(ctx context.Context, c Contest, id ballot.Contest, log *bulletin.Log) error {
	left, err := p.box.Unlogged(ctx, id)
	if err != nil || len(left) > 0 {
		return err
	}
	at := log.Checkpoint()
	sums, err := sumsOf(p.logDir(c), path.Join(string(c.Class), DirLog), bulletin.Files(at.Size))
	if err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&contestRow{}).Where("election = ? AND class = ? AND log_root = ''", c.Election, c.Class).
			Updates(map[string]any{"log_size": at.Size, "log_root": hex.EncodeToString(at.Root), "log_sums": sums}).Error
	})
}

// sumsOf are the hashes of a log's files, under the path at which they are published, as SHA256SUMS has them.
func sumsOf(dir, under string, files []string) (string, error) {
	hashes := map[string]ballot.Digest{}
	for _, name := range files {
		sum, err := sumOf(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return "", fmt.Errorf("sum up the public log: %w", err)
		}
		hashes[path.Join(under, name)] = sum
	}
	return string(Sums(hashes)), nil
}

func sumOf(file string) (sum ballot.Digest, err error) {
	f, err := os.Open(file) //nolint:gosec // our own
	if err != nil {
		return sum, err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return sum, err
	}
	return ballot.Digest(hash.Sum(nil)), nil
}

// Proof proves that the public log of a contest has an entry. ErrNoContest, ErrElsewhere, bulletin.ErrNotInLog.
func (p *Polls) Proof(ctx context.Context, contest ballot.Contest, entry ballot.Digest) (bulletin.Proof, error) {
	log, err := p.logNamed(ctx, contest)
	if err != nil {
		return bulletin.Proof{}, err
	}
	return log.Proof(ctx, entry)
}

// Logged is where the public log of a contest has an entry. ErrNoContest, ErrElsewhere.
func (p *Polls) Logged(ctx context.Context, contest ballot.Contest, entry ballot.Digest) (at uint64, is bool, err error) {
	log, err := p.logNamed(ctx, contest)
	if err != nil {
		return 0, false, err
	}
	at, is = log.Index(entry)
	return at, is, nil
}

func (p *Polls) logNamed(ctx context.Context, contest ballot.Contest) (*bulletin.Log, error) {
	c, err := p.contestNamed(ctx, contest)
	if err != nil {
		return nil, err
	}
	return p.log(ctx, c)
}

// contestNamed is the contest with that name. ErrNoContest.
func (p *Polls) contestNamed(ctx context.Context, contest ballot.Contest) (Contest, error) {
	var row contestRow
	err := p.db.Read(ctx).Where("manifest_hash = ? AND outcome = ?", contest.String(), OutcomePoll).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Contest{}, ErrNoContest
	}
	if err != nil {
		return Contest{}, fmt.Errorf("look up a contest: %w", err)
	}
	return p.Contest(ctx, row.Election, row.Class)
}

// LogFileNamed is the path of a file of a contest's public log on this machine. ErrNoContest, ErrElsewhere, ErrNoFile.
func (p *Polls) LogFileNamed(ctx context.Context, contest ballot.Contest, name string) (string, error) {
	c, err := p.contestNamed(ctx, contest)
	if err != nil {
		return "", err
	}
	return p.LogFile(ctx, c.Election, c.Class, name)
}

// LogFile is the path of a file of a contest's public log on this machine. ErrNoContest, ErrElsewhere, ErrNoFile.
func (p *Polls) LogFile(ctx context.Context, id string, class member.Class, name string) (string, error) {
	c, err := p.Contest(ctx, id, class)
	if err != nil {
		return "", err
	}
	log, err := p.log(ctx, c)
	if err != nil {
		return "", err
	}
	if !slices.Contains(bulletin.Files(log.Checkpoint().Size), name) {
		return "", ErrNoFile
	}
	return filepath.Join(p.logDir(c), filepath.FromSlash(name)), nil
}
