package practice

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/billing"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
)

// books are where the look-alikes keep what they know.
type books struct {
	db    *database.DB
	queue *jobs.Queue
	now   func() time.Time
}

// book is one provider's half of the books within one transaction.
type book struct {
	ctx      context.Context // it lives as long as the transaction
	tx       *gorm.DB
	queue    *jobs.Queue
	provider billing.ProviderName
	now      time.Time
}

type objectRow struct {
	Provider  billing.ProviderName `gorm:"primaryKey"`
	ID        string               `gorm:"primaryKey"`
	Kind      string
	About     string
	Number    int64
	Body      string
	MadeAt    time.Time
	ChangedAt time.Time
}

func (objectRow) TableName() string { return "practice_objects" }

type keyRow struct {
	Provider billing.ProviderName `gorm:"primaryKey"`
	Name     string               `gorm:"primaryKey"`
	Request  string
	Status   int
	Answer   string
	MadeAt   time.Time
}

func (keyRow) TableName() string { return "practice_keys" }

type eventRow struct {
	Provider billing.ProviderName `gorm:"primaryKey"`
	ID       string               `gorm:"primaryKey"`
	Number   int64
	Kind     string
	About    string
	Body     string
	MadeAt   time.Time
	SentAt   *time.Time
}

func (eventRow) TableName() string { return "practice_events" }

type settingRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

func (settingRow) TableName() string { return "settings" }

const (
	// markSetting is the line of the settings that says whether a database is for practice: then its value is the look-alikes' secret.
	markSetting = "practice"
	realMoney   = "never"
)

// ErrUsed says that a database was used for practice once: its books are of play money.
var ErrUsed = errors.New("this database was used in practice mode")

// ErrReal says that a database is for real money.
var ErrReal = errors.New("this database is for real money: it cannot be practised on")

// Forbid keeps practice mode off a database for ever, since real money is in its books from now on. ErrUsed when it comes too late.
func Forbid(ctx context.Context, db *database.DB) error {
	value, err := mark(ctx, db, realMoney)
	if err == nil && value != realMoney {
		err = ErrUsed
	}
	return err
}

// practised says that this database is used for practice, and returns the secret that it got when it was first.
func practised(ctx context.Context, db *database.DB) (secret string, err error) {
	secret, err = mark(ctx, db, rand.Text()+rand.Text())
	if err == nil && secret == realMoney {
		err = ErrReal
	}
	return secret, err
}

// mark says once what a database is for, and returns what was said first.
func mark(ctx context.Context, db *database.DB, value string) (first string, err error) {
	err = db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&settingRow{markSetting, value}).Error; err != nil {
			return err
		}
		var row settingRow
		err := tx.Where("name = ?", markSetting).Take(&row).Error
		first = row.Value
		return err
	})
	return first, err
}

// write runs f in one transaction, one at a time for each provider.
func (s books) write(ctx context.Context, p billing.ProviderName, f func(*book) error) error {
	return s.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "practice "+string(p)); err != nil {
			return err
		}
		return f(&book{ctx: ctx, tx: tx, queue: s.queue, provider: p, now: s.moment()})
	})
}

// read runs f where nothing can be written.
func (s books) read(ctx context.Context, p billing.ProviderName, f func(*book) error) error {
	return f(&book{ctx: ctx, tx: s.db.Read(ctx), provider: p, now: s.moment()})
}

func (s books) moment() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// get reads an object of a kind. ErrNoSuchThing when there is none.
func (b *book) get(kind, id string, into any) error {
	var row objectRow
	err := b.tx.Where("provider = ? AND kind = ? AND id = ?", b.provider, kind, id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("%s %s: %w", kind, id, ErrNoSuchThing)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(row.Body), into)
}

// find reads an object of whatever kind it is, as JSON.
func (b *book) find(id string) (kind string, body []byte, err error) {
	var row objectRow
	err = b.tx.Where("provider = ? AND id = ?", b.provider, id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil, fmt.Errorf("%s: %w", id, ErrNoSuchThing)
	}
	return row.Kind, []byte(row.Body), err
}

// put makes an object or changes it. about is what it belongs to; changing it moves the object there.
func (b *book) put(kind, id, about string, object any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	changed := b.tx.Model(&objectRow{}).Where("provider = ? AND id = ?", b.provider, id).
		Updates(map[string]any{"about": about, "body": string(body), "changed_at": b.now})
	if changed.Error != nil || changed.RowsAffected > 0 {
		return changed.Error
	}
	n, err := b.next(&objectRow{})
	if err != nil {
		return err
	}
	return b.tx.Create(&objectRow{
		Provider: b.provider, ID: id, Kind: kind, About: about, Number: n, Body: string(body), MadeAt: b.now, ChangedAt: b.now,
	}).Error
}

// next is the next number of a table; write has locked it.
func (b *book) next(table any) (int64, error) {
	var last int64
	err := b.tx.Model(table).Where("provider = ?", b.provider).Select("COALESCE(MAX(number), 0)").Scan(&last).Error
	return last + 1, err
}

// shelf says which objects to list, newest first.
type shelf struct {
	Kind  string
	About string    // "": of all
	After string    // id: only those made before it
	From  time.Time // made at or later; zero: since ever
	Most  int
}

// list reads objects, newest first, as JSON.
func (b *book) list(s shelf) ([]json.RawMessage, error) {
	q := b.tx.Model(&objectRow{}).Where("provider = ? AND kind = ?", b.provider, s.Kind)
	if s.About != "" {
		q = q.Where("about = ?", s.About)
	}
	if s.After != "" {
		q = q.Where("number < (SELECT number FROM practice_objects WHERE provider = ? AND id = ?)", b.provider, s.After)
	}
	if !s.From.IsZero() {
		q = q.Where("made_at >= ?", s.From.UTC())
	}
	var bodies []string
	err := q.Order("number DESC").Limit(s.Most).Pluck("body", &bodies).Error
	return raw(bodies), err
}

func raw(bodies []string) []json.RawMessage {
	all := make([]json.RawMessage, len(bodies))
	for i, body := range bodies {
		all[i] = json.RawMessage(body)
	}
	return all
}

// kept is what was answered to a request with this key, and the mark of that request.
func (b *book) kept(key string) (request string, answer []byte, ok bool, err error) {
	var row keyRow
	err = b.tx.Where("provider = ? AND name = ?", b.provider, key).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil, false, nil
	}
	return row.Request, []byte(row.Answer), err == nil, err
}

// keep notes what was answered.
func (b *book) keep(key, request string, status int, answer []byte) error {
	return b.tx.Create(&keyRow{Provider: b.provider, Name: key, Request: request, Status: status, Answer: string(answer), MadeAt: b.now}).Error
}

// event is something that happened, as the provider's API shows it.
type event struct {
	ID    string
	Kind  string
	About string
	Body  json.RawMessage
	Made  time.Time
}

// happened notes an event and queues the webhook that tells of it.
func (b *book) happened(id, kind, about string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	n, err := b.next(&eventRow{})
	if err != nil {
		return err
	}
	row := eventRow{Provider: b.provider, ID: id, Number: n, Kind: kind, About: about, Body: string(text), MadeAt: b.now}
	if err := b.tx.Create(&row).Error; err != nil {
		return err
	}
	return b.queue.Add(b.ctx, b.tx, Webhook{Provider: b.provider, Event: id})
}

// events lists what happened since a moment, newest first, after an event of that list if one is named.
func (b *book) events(since time.Time, after string, most int) ([]event, error) {
	q := b.tx.Where("provider = ? AND made_at >= ?", b.provider, since.UTC())
	if after != "" {
		q = q.Where("number < (SELECT number FROM practice_events WHERE provider = ? AND id = ?)", b.provider, after)
	}
	var rows []eventRow
	err := q.Order("number DESC").Limit(most).Find(&rows).Error
	events := make([]event, len(rows))
	for i, r := range rows {
		events[i] = fromEventRow(r)
	}
	return events, err
}

func (b *book) event(id string) (event, error) {
	var row eventRow
	err := b.tx.Where("provider = ? AND id = ?", b.provider, id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = fmt.Errorf("event %s: %w", id, ErrNoSuchThing)
	}
	return fromEventRow(row), err
}

// sent notes that an event was told.
func (b *book) sent(id string) error {
	return b.tx.Model(&eventRow{}).Where("provider = ? AND id = ? AND sent_at IS NULL", b.provider, id).Update("sent_at", b.now).Error
}

func fromEventRow(r eventRow) event {
	return event{ID: r.ID, Kind: r.Kind, About: r.About, Body: json.RawMessage(r.Body), Made: r.MadeAt.UTC()}
}

// unsent lists the events that nobody has taken yet, oldest first.
func (s books) unsent(ctx context.Context, most int) ([]Webhook, error) {
	var rows []eventRow
	err := s.db.Read(ctx).Where("sent_at IS NULL").Order("provider, number").Limit(most).Find(&rows).Error
	all := make([]Webhook, len(rows))
	for i, r := range rows {
		all[i] = Webhook{Provider: r.Provider, Event: r.ID}
	}
	return all, err
}

// each reads every object of a kind, newest first, a page at a time.
func (b *book) each(kind, about string, f func(json.RawMessage) error) error {
	after := ""
	for {
		page, err := b.list(shelf{Kind: kind, About: about, After: after, Most: bookPage})
		if err != nil {
			return err
		}
		for _, body := range page {
			if err := f(body); err != nil {
				return err
			}
		}
		if len(page) < bookPage {
			return nil
		}
		var last struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(page[len(page)-1], &last); err != nil {
			return err
		}
		after = last.ID
	}
}

const bookPage = 200 // objects read at once
