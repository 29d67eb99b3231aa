package participation

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"folkmoot/internal/database"
)

// index keeps the latest words of a proposal for the search, in the transaction that changes them.
func index(tx *gorm.DB, id string, d Draft) error {
	if err := tx.Exec("DELETE FROM proposals_fts WHERE proposal = ?", id).Error; err != nil {
		return err
	}
	body := strings.Join(fold(strings.Join([]string{d.Problem, d.Change, d.Affected, d.Cost}, "\n")), " ")
	return tx.Exec("INSERT INTO proposals_fts (proposal, title, body) VALUES (?, ?, ?)", id, strings.Join(fold(d.Title), " "), body).Error
}

// Each database's own way to ask. What is put in for the first ? is made of folded words alone.
const (
	liteSearch = "SELECT proposal FROM proposals_fts WHERE proposals_fts MATCH ? ORDER BY bm25(proposals_fts, 0.0, 10.0, 1.0), proposal LIMIT ?"
	postSearch = "SELECT proposal FROM proposals_fts, to_tsquery('simple', ?) AS q WHERE words @@ q ORDER BY ts_rank(words, q) DESC, proposal LIMIT ?"
)

// Search finds the proposals that have words which begin with each of those that are sought, those in whose title they are first. A sign among
// them means nothing.
func (p *Proposals) Search(ctx context.Context, sought string) ([]Found, error) {
	all := terms(sought)
	if len(all) == 0 {
		return nil, nil
	}
	ask, query := liteSearch, `"`+strings.Join(all, `"* "`)+`"*`
	if p.db.Dialect() == database.Postgres {
		ask, query = postSearch, strings.Join(all, ":* & ")+":*"
	}
	var ids []string
	if err := p.db.Read(ctx).Raw(ask, query, MostFound).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("search proposals: %w", err)
	}
	proposals, err := p.list(p.db.Read(ctx).Where("id IN ?", ids))
	if err != nil {
		return nil, err
	}
	by := make(map[string]Proposal, len(proposals))
	for _, one := range proposals {
		by[one.ID] = one
	}
	var found []Found
	for _, id := range ids {
		found = append(found, Found{by[id], shown(by[id].Draft, all)})
	}
	return found, nil
}

// shown is the first place where what is sought stands; where only the title has it, the problem from its beginning.
func shown(d Draft, sought []string) []Piece {
	for _, part := range []string{d.Problem, d.Change, d.Affected, d.Cost} {
		if pieces, ok := snippet(part, sought); ok {
			return pieces
		}
	}
	if short := cutTo(d.Problem, 2*around); short != d.Problem {
		return []Piece{{short + " …", Kept}}
	}
	return []Piece{{d.Problem, Kept}}
}
