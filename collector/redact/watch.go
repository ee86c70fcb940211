package redact

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Change says that another policy is to come into force.
type Change struct {
	// From and To are the hashes of the policy before and of the new one.
	From, To schema.Hash
	// File that the new one was read from.
	File string
	// Redactor applies the new one.
	Redactor *Redactor
}

// Watcher reads a policy file again when it changes. A file that is no policy, or
// gone, changes nothing: the policy before it stays in force, with one warning.
type Watcher struct {
	File   string
	Tenant string
	Key    identity.Key
	// Loaded is the hash of the policy in force.
	Loaded schema.Hash
	// Changed gets each new policy, in order, and must not block.
	Changed func(Change)
	Log     *slog.Logger

	// seen is what the file looked like at the last poll, read what it looked like
	// when it was read.
	seen, read look
}

// look is what a file looks like from outside; the zero value is none that was seen.
type look struct {
	when  time.Time
	size  int64
	fault string
}

// pollEvery is how often the file is looked at. It is read when two looks in a row
// are the same, so that a file that is being written is not taken for a shorter one.
const pollEvery = 2 * time.Second

// Run polls until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.poll()
		case <-ctx.Done():
			return
		}
	}
}

func (w *Watcher) poll() {
	now := lookAt(w.File)
	steady := now == w.seen
	w.seen = now
	if !steady || now == w.read {
		return
	}
	w.read = now
	policy, err := Load(w.File)
	if lookAt(w.File) != now {
		w.read = look{} // it changed meanwhile: once more
		return
	}
	if err == nil && policy.Hash() == w.Loaded {
		return
	}
	var redactor *Redactor
	if err == nil {
		redactor, err = New(policy, w.Tenant, w.Key)
	}
	if err != nil {
		w.Log.Warn("the capture policy stays as it was: its file cannot be used, see mcptrail-collector policy check", "file", w.File, "cause", err)
		return
	}
	change := Change{From: w.Loaded, To: redactor.Policy(), File: w.File, Redactor: redactor}
	w.Loaded = change.To
	w.Log.Info("the capture policy changed", "file", w.File, "from", fmt.Sprintf("%x", change.From[:8]), "to", fmt.Sprintf("%x", change.To[:8]))
	w.Changed(change)
}

func lookAt(file string) look {
	info, err := os.Stat(file)
	if err != nil {
		return look{fault: err.Error()}
	}
	return look{when: info.ModTime(), size: info.Size()}
}
