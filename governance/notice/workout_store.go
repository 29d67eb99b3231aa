package notice

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// keptTogether is how many notices are kept in one transaction.
const keptTogether = 500

// person is somebody who consents, and how.
type person struct {
	account             identity.AccountID
	chat, mail, counted bool
}

// town is who consents, in the order of their ids: the number of each is their node in the graph.
type town []person

func (t town) node(account identity.AccountID) (uint32, bool) {
	i, found := slices.BinarySearchFunc(t, account, func(p person, a identity.AccountID) int { return strings.Compare(string(p.account), string(a)) })
	return uint32(i), found //nolint:gosec // people keeps it below the limit
}

// WorkOut works out what each who consents is told, and keeps that alone: the graph is dropped. Done again after it was broken off, it
// begins anew; done again after it was done, it does nothing.
func (n *Notices) WorkOut(ctx context.Context, job WorkOut) error {
	attempt, began := identity.NewID(), n.now()
	c, err := n.beginAttempt(ctx, job.Year, attempt)
	if err != nil || !c.WorkedOutAt.IsZero() {
		return err
	}
	if err := n.strike(ctx, c.Year, attempt); err != nil {
		return err
	}
	t, err := n.people(ctx)
	if err != nil {
		return err
	}
	places, err := n.places(ctx, t, c.Day)
	if err != nil {
		return err
	}
	for from := 0; from < len(places); from += keptTogether {
		to := min(from+keptTogether, len(places))
		rows, err := n.rows(ctx, c, t, places, from, to)
		if err != nil {
			return err
		}
		if err := n.attempting(ctx, c.Year, attempt, func(tx *gorm.DB) error { return keep(tx, rows) }); err != nil {
			return err
		}
	}
	return n.attempting(ctx, c.Year, attempt, func(tx *gorm.DB) error { return finish(tx, c.Year, began, n.now()) })
}

func keep(tx *gorm.DB, rows []noticeRow) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.Create(&rows).Error
}

// beginAttempt takes a campaign over from whoever worked it out before.
func (n *Notices) beginAttempt(ctx context.Context, year int, attempt string) (c Campaign, err error) {
	err = n.db.Write(ctx, func(tx *gorm.DB) error {
		var row campaignRow
		if err := tx.Where("year = ?", year).Take(&row).Error; err != nil {
			return err
		}
		if c, err = row.campaign(); err != nil || row.WorkedOutAt != nil {
			return err
		}
		return tx.Model(&campaignRow{}).Where("year = ?", year).Update("attempt", attempt).Error
	})
	if err != nil {
		return c, fmt.Errorf("work out the degrees of %d: %w", year, err)
	}
	return c, nil
}

// strike deletes what an attempt before has kept, and forgets what the years before told: some at a time, so that others can write in between.
func (n *Notices) strike(ctx context.Context, year int, attempt string) error {
	var years []int
	if err := n.db.Read(ctx).Model(&campaignRow{}).Where("year <= ?", year).Order("year DESC").Pluck("year", &years).Error; err != nil {
		return fmt.Errorf("look for the years before %d: %w", year, err)
	}
	for _, of := range years {
		for after := identity.AccountID(""); ; {
			var some []identity.AccountID
			err := n.db.Read(ctx).Model(&noticeRow{}).Where("year = ? AND account > ? AND (year = ? OR told IS NOT NULL OR unsettled)", of, after, year).
				Order("account").Limit(keptTogether).Pluck("account", &some).Error
			if err != nil {
				return fmt.Errorf("look for notices of %d: %w", of, err)
			}
			if len(some) == 0 {
				break
			}
			if err := n.attempting(ctx, year, attempt, func(tx *gorm.DB) error { return struck(tx, of, of == year, some) }); err != nil {
				return err
			}
			after = some[len(some)-1]
		}
	}
	return nil
}

// struck deletes some notices of a year, or forgets what they told.
func struck(tx *gorm.DB, year int, all bool, some []identity.AccountID) error {
	these := tx.Where("year = ? AND account IN ?", year, some)
	if all {
		return these.Delete(&noticeRow{}).Error
	}
	return these.Model(&noticeRow{}).Updates(map[string]any{"told": nil, "guarded": nil, "unsettled": false}).Error
}

// attempting writes for an attempt, unless another one has begun since.
func (n *Notices) attempting(ctx context.Context, year int, attempt string, write func(tx *gorm.DB) error) error {
	err := n.db.Write(ctx, func(tx *gorm.DB) error {
		mine := tx.Model(&campaignRow{}).Where("year = ? AND attempt = ? AND worked_out_at IS NULL", year, attempt).Update("attempt", attempt)
		if mine.Error != nil {
			return mine.Error
		}
		if mine.RowsAffected == 0 {
			return errOvertaken
		}
		return write(tx)
	})
	if err != nil {
		return fmt.Errorf("work out the degrees of %d: %w", year, err)
	}
	return nil
}

// finish counts what people are told. Who pays and has changed their wish since the attempt began may have taken back that contacts may know.
func finish(tx *gorm.DB, year int, began, at time.Time) error {
	var changed int64
	err := tx.Raw(`SELECT count(*) FROM notices n JOIN notice_wishes w ON w.account = n.account
		WHERE n.year = ? AND n.told = ? AND w.since >= ? AND NOT (w.counted AND (w.chat OR w.mail))`, year, int(Pays), began).Scan(&changed).Error
	if err == nil && changed > 0 {
		err = farther(tx, year)
	}
	if err != nil {
		return err
	}
	var all []histogramRow
	if err := tx.Model(&noticeRow{}).Select("year, told, count(*) AS people").Where("year = ?", year).Group("year, told").Scan(&all).Error; err != nil {
		return err
	}
	if len(all) > 0 {
		if err := tx.Create(&all).Error; err != nil {
			return err
		}
	}
	return tx.Model(&campaignRow{}).Where("year = ?", year).Update("worked_out_at", at).Error
}

// people are those who consent.
func (n *Notices) people(ctx context.Context) (town, error) {
	var t town
	for after := identity.AccountID(""); ; {
		var rows []wishRow
		err := n.db.Read(ctx).Where("(chat OR mail) AND account > ?", after).Order("account").Limit(keptTogether).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("look for who wants to hear: %w", err)
		}
		for _, row := range rows {
			t = append(t, person{row.Account, row.Chat, row.Mail, row.Counted})
		}
		if len(rows) < keptTogether {
			break
		}
		after = rows[len(rows)-1].Account
	}
	if len(t) > math.MaxInt32 {
		return nil, fmt.Errorf("%d people are more than a graph can hold", len(t))
	}
	// A database may have an order of its own.
	slices.SortFunc(t, func(a, b person) int { return strings.Compare(string(a.account), string(b.account)) })
	return t, nil
}

func (n *Notices) places(ctx context.Context, t town, on calendar.Date) ([]place, error) {
	g, err := n.graph(ctx, t)
	if err != nil {
		return nil, err
	}
	paying, err := n.Paying(ctx, on)
	if err != nil {
		return nil, err
	}
	var counted, hidden []uint32
	for _, account := range paying {
		if node, consents := t.node(account); consents && t[node].counted {
			counted = append(counted, node)
		} else if consents {
			hidden = append(hidden, node)
		}
	}
	places := make([]place, len(t))
	near, far, contacts := g.Degrees(counted), g.Degrees(hidden), g.Neighbours()
	for i := range places {
		places[i] = place{counted: near[i], hidden: far[i], contacts: int(contacts[i])}
	}
	return places, nil
}

// graph is of mutual contacts who both consent. Others are passed over as they are read.
func (n *Notices) graph(ctx context.Context, t town) (g *Graph, err error) {
	err = n.Mutual(ctx, func(pairs func(yield func(a, b identity.AccountID) bool) error) error {
		g, err = NewGraph(len(t), func(yield func(a, b uint32) bool) error {
			return pairs(func(a, b identity.AccountID) bool {
				from, one := t.node(a)
				to, other := t.node(b)
				return !one || !other || yield(from, to)
			})
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("draw the graph of contacts: %w", err)
	}
	return g, nil
}

// rows are the notices of some of the people. Accounts that are not open any more get none.
func (n *Notices) rows(ctx context.Context, c Campaign, t town, places []place, from, to int) ([]noticeRow, error) {
	ids := make([]identity.AccountID, 0, to-from)
	for _, p := range t[from:to] {
		ids = append(ids, p.account)
	}
	opened, err := n.accounts.Opened(ctx, ids)
	if err != nil {
		return nil, err
	}
	now := n.now()
	var rows []noticeRow
	for i := from; i < to; i++ {
		since, open := opened[t[i].account]
		if !open {
			continue
		}
		places[i].age = calendar.On(since).Days(c.Day)
		told, guarded := int(places[i].told()), int(places[i].guarded())
		rows = append(rows, noticeRow{
			Year: c.Year, Account: t[i].account, Told: &told, Guarded: &guarded, Chat: wanted(t[i].chat), Mail: wanted(t[i].mail), Unsettled: true, NextAt: now,
		})
	}
	return rows, nil
}

func wanted(way bool) string {
	if way {
		return queued
	}
	return ""
}
