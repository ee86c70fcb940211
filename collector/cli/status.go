package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/mcptrail/mcptrail/collector/ship"
)

// statusCommand reports from the spool and the state files beside it: it talks to no
// collector, so it works where one hangs.
type statusCommand struct {
	JSON bool `help:"Print one JSON object a collector."`
}

// Help is shown below the flags.
func (statusCommand) Help() string {
	return `A line for each collector of this host that runs, or that has left something in the spool. WAITING records are on disk
until the store has them. Exit status 1 says that something needs you: the spool is full, messages were lost (LOST
counts those too that no gap names yet), the spool was removed, nobody gives receipts, or a dead collector's records have waited for more than a minute.`
}

// Run lists the collectors, oldest first.
func (c *statusCommand) Run(r *RecordingFlags) error {
	dir, err := r.spoolDir()
	if err != nil {
		return err
	}
	list, err := ship.HostStatus(dir)
	if err != nil {
		return err
	}
	wrong := slices.ContainsFunc(list, func(c ship.Collector) bool { return len(c.Troubles) > 0 })
	if err := c.print(dir, list); err != nil {
		return err
	}
	if wrong {
		return exitStatus(1)
	}
	return nil
}

// print writes a table, and below it what is wrong with any of them.
//
// A collector whose state cannot be read is shown with a question mark and zeros: what its
// set on the disk says is still true.
func (c *statusCommand) print(dir string, list []ship.Collector) error {
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
		_, err := fmt.Printf("no collector runs, and nothing waits in %s\n", dir)
		return err
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
		// The first digits of a UUIDv7 are its time, nearly the same for collectors that
		// began together; the last twelve are random.
		epoch := s.Epoch.String()
		// %q, since what a collector records is named by whoever started it and goes to a
		// terminal.
		fmt.Fprintf(w, "%s\t%s\t%q\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", epoch[len(epoch)-12:], pid, what, state.Recorded, state.Published, state.Stored, state.Lost+state.Unrecorded, s.Waiting, s.Bytes, oldest)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range list {
		for _, t := range list[i].Troubles {
			epoch := list[i].Epoch.String()
			if _, err := fmt.Printf("! %s: %s\n", epoch[len(epoch)-12:], t); err != nil {
				return err
			}
		}
	}
	return nil
}
