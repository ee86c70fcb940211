package cli

import (
	"context"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/redact"
)

// watch applies changes of the policy file, until stop is called. It polls instead of
// waiting for a signal: those that a stdio wrapper gets belong to its server.
//
// stop does not wait. A change that is read just then is offered to a recorder that is
// ending, which may no longer record it.
func (r *RecordingFlags) watch(config collector.Config, rec *collector.Recorder) (stop func()) {
	ctx, stop := context.WithCancel(context.Background())
	if r.Policy != "" {
		w := redact.Watcher{File: r.Policy, Tenant: config.Tenant, Key: config.Key, Loaded: config.Policy.Hash(), Changed: rec.Adopt, Log: logger()}
		go w.Run(ctx)
	}
	return stop
}
