package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"
	"time"

	"github.com/mcptrail/mcptrail/collector/ship"
	"github.com/mcptrail/mcptrail/collector/spool"
)

type statusCommand struct {
	JSON bool `help:"Print one JSON object a collector."`
}

// Help is shown below the flags.
func (statusCommand) Help() string {
	return `A line for each collector of this host that runs, or that has left something in the spool. WAITING records are on disk
until the store has them. Exit status 1 says that something needs you: the spool is full, messages were lost, nobody
gives receipts, or a dead collector's records have waited for more than a minute.`
}

// collectorStatus is one collector of this host.
type collectorStatus struct {
	spool.SetStatus
	State *ship.State `json:"state,omitempty"`
	// Troubles are sentences that say what to do.
	Troubles []string `json:"troubles,omitempty"`
}

// Run lists them, oldest first.
func (c *statusCommand) Run(r *Recording) error {
	dir, err := r.spoolDir()
	if err != nil {
		return err
	}
	sets, err := spool.Status(dir)
	if errors.Is(err, fs.ErrNotExist) {
		sets, err = nil, nil
	}
	if err != nil {
		return err
	}
	list := make([]collectorStatus, len(sets))
	wrong := false
	for i := range sets {
		list[i] = statusOf(dir, sets[i])
		wrong = wrong || len(list[i].Troubles) > 0
	}
	if err := c.print(dir, list); err != nil {
		return err
	}
	if wrong {
		return exitStatus(1)
	}
	return nil
}

func statusOf(dir string, set spool.SetStatus) collectorStatus {
	s := collectorStatus{SetStatus: set}
	if state, err := ship.ReadState(dir, set.Epoch); err == nil {
		s.State = &state
	}
	trouble := func(format string, args ...any) { s.Troubles = append(s.Troubles, fmt.Sprintf(format, args...)) }
	if s.State != nil {
		if s.State.Full {
			trouble("the spool is full: messages pass unrecorded or are refused; bring the broker, ingest and the store back, or give more --spool-bytes")
		}
		if s.State.Silent && set.Waiting > 0 {
			trouble("nobody says what is stored, so nothing is freed: is --receipts the query service?")
		}
		if s.State.Lost > 0 {
			trouble("%d messages were lost, each is named by a gap in its session", s.State.Lost)
		}
	}
	if !set.Held && set.Waiting > 0 && time.Since(set.Oldest) > time.Minute {
		trouble("its records wait for a collector on this host, or run mcptrail-collector ship")
	}
	return s
}

func (c *statusCommand) print(dir string, list []collectorStatus) error {
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		for i := range list {
			if err := out.Encode(&list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		fmt.Printf("no collector runs, and nothing waits in %s\n", dir)
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EPOCH\tPID\tRECORDING\tRECORDED\tPUBLISHED\tSTORED\tLOST\tWAITING\tBYTES\tOLDEST")
	for i := range list {
		s := &list[i]
		what, pid, oldest := "?", "-", "-"
		var state ship.State
		if s.State != nil {
			state, what = *s.State, s.State.Recording
		}
		if s.Held {
			pid = fmt.Sprint(s.PID)
		} else {
			what += " (ended)"
		}
		if !s.Oldest.IsZero() && s.Waiting > 0 {
			oldest = time.Since(s.Oldest).Round(time.Second).String()
		}
		epoch := s.Epoch.String()
		fmt.Fprintf(w, "%s\t%s\t%q\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", epoch[len(epoch)-12:], pid, what, state.Recorded, state.Published, state.Stored, state.Lost, s.Waiting, s.Bytes, oldest)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range list {
		for _, t := range list[i].Troubles {
			epoch := list[i].Epoch.String()
			fmt.Printf("! %s: %s\n", epoch[len(epoch)-12:], t)
		}
	}
	return nil
}

// wait asks until it is done.
func wait(ctx context.Context, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
