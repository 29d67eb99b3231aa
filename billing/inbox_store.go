package billing

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Receive keeps the events of a webhook, and returns how many were new. When it returns no error they are on disk, and will be done.
// ErrNoProvider, ErrSignature, ErrVersion, ErrMode: nothing was kept.
func (b *Inbox) Receive(ctx context.Context, name ProviderName, header http.Header, body []byte) (int, error) {
	provider, err := b.dues.provider(name)
	if err != nil {
		return 0, err
	}
	events, err := provider.Open(header, body, b.now())
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if e.Live != b.dues.live {
			return 0, ErrMode
		}
	}
	kept := 0
	err = b.dues.db.Write(ctx, func(tx *gorm.DB) error {
		kept = 0
		for _, e := range events {
			row := inboxRow{
				Provider: name, Event: e.ID, Kind: e.Kind, AboutKind: e.About.Kind, About: e.About.Ref,
				At: e.At.UTC(), ReceivedAt: b.now(), State: inboxNew,
			}
			made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
			if made.Error != nil {
				return made.Error
			}
			if made.RowsAffected == 0 {
				continue // told before
			}
			kept++
			if err := b.queue.Add(ctx, tx, Reread{name, e.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("keep a webhook: %w", err)
	}
	return kept, nil
}

// Reread does what an event asks: its object is read again and converged to. What the provider does not know, or belongs to the other
// mode, is not tried again.
func (b *Inbox) Reread(ctx context.Context, job Reread) error {
	var rows []inboxRow
	err := b.dues.db.Read(ctx).Where("provider = ? AND event = ?", job.Provider, job.Event).Find(&rows).Error
	if err != nil || len(rows) == 0 || rows[0].State == inboxDone {
		return err
	}
	row := rows[0]
	err = b.dues.Converge(ctx, row.Provider, Ref{row.AboutKind, row.About})
	state, reason := inboxDone, ""
	again := err
	switch {
	case err == nil:
	case errors.Is(err, ErrNotFound):
		state, reason, again = inboxFailed, troubleUnknown, nil
	case errors.Is(err, ErrMode):
		state, reason, again = inboxFailed, troubleMode, nil
	case errors.Is(err, ErrBusy):
		state, reason = inboxNew, troubleBusy
	default:
		state, reason = inboxFailed, troubleFault
	}
	noted := b.dues.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&inboxRow{}).Where("provider = ? AND event = ? AND state <> ?", row.Provider, row.Event, inboxDone).
			Updates(map[string]any{"state": state, "reason": reason, "tries": gorm.Expr("tries + 1")}).Error
	})
	return errors.Join(again, noted)
}
