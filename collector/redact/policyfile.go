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

// Change is a new policy that is to come into force.
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

	// seen is the file's state at the last poll, read its state when it was read. Both
	// are owned by Run's goroutine.
	seen, read fileState
}

// fileState is what stat reports of a file, comparable; the zero value equals none that was
// observed.
// A change that keeps size and time is not seen; editors and copies change one of them.
type fileState struct {
	when time.Time
	size int64
	// fault distinguishes a file that is gone from one that may not be read, so that either is
	// reported once.
	fault string
}

// pollEvery is the interval of stat. The file is read when two polls in a row agree, so
// that a file that is being written is not taken for a shorter, weaker one.
const pollEvery = 2 * time.Second

// Run polls until ctx ends.
//
// Loaded is Run's too from here on. The first polls read the file even if it has not
// changed: it may have, since it was loaded.
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
	now := stateOf(w.File)
	steady := now == w.seen
	w.seen = now
	if !steady || now == w.read {
		return
	}
	// Before Load, so that a file that cannot be used is reported once and not with every
	// poll.
	w.read = now
	policy, err := Load(w.File)
	if stateOf(w.File) != now {
		w.read = fileState{} // it changed meanwhile: once more
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

func stateOf(file string) fileState {
	info, err := os.Stat(file)
	if err != nil {
		return fileState{fault: err.Error()}
	}
	return fileState{when: info.ModTime(), size: info.Size()}
}
