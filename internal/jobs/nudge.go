package jobs

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivershared/baseservice"
	"github.com/riverqueue/river/rivershared/riverpilot"
	"github.com/riverqueue/river/rivertype"
)

// nudged is a driver whose client can be told that a transaction with new jobs in it has been committed. River's own way of
// saying so is in its plugins' interface, which may change with any version: that is why River is pinned.
type nudged struct {
	riverdriver.Driver[*sql.Tx]
	pilot pilot
}

func (d *nudged) PluginInit(*baseservice.Archetype) {}
func (d *nudged) PluginPilot() riverpilot.Pilot     { return &d.pilot }

type pilot struct {
	riverpilot.StandardPilot
	tell func(context.Context, []*rivertype.JobInsertResult)
}

func (p *pilot) PilotInit(archetype *baseservice.Archetype, params *riverpilot.PilotInitParams) {
	p.StandardPilot.PilotInit(archetype, params)
	p.tell = params.NotifyNonTxJobInsert
}

func (p *pilot) nudge() {
	p.tell(context.Background(), []*rivertype.JobInsertResult{{Job: &rivertype.JobRow{Queue: river.QueueDefault}}})
}
