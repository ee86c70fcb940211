package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/transcript"
	"github.com/mcptrail/mcptrail/schema"
)

type importCommand struct {
	Files    []string `arg:"" name:"file" help:"Transcripts: JSON lines with ts, dir, raw; for HTTP also exch, kind, method, url, status, headers."`
	Upstream string   `help:"Name of the server to record under; default is the file's name."`
	JSON     bool     `help:"Print one JSON object a session."`
}

// Help is shown below the flags.
func (importCommand) Help() string {
	return `Example:
  mcptrail-collector import --json conversation.jsonl

A line that cannot be read is named, left out, and a gap in the sessions it may belong to; the exit status is 3 then.`
}

// Run imports one file after the other. A malformed line is named and skipped; the exit
// status is 3 then, although all else was imported.
func (c *importCommand) Run(ctx context.Context, r *RecordingFlags) error {
	// A transcript can be imported later, so an import that could not be delivered is
	// refused before it fills the spool. Traffic cannot wait, so no other command asks
	// first.
	if err := r.Kafka.Check(ctx, schema.TopicEvents); err != nil {
		return err
	}
	skipped := 0
	for _, name := range c.Files {
		n, err := c.file(ctx, r, name)
		skipped += n
		if err != nil {
			return fmt.Errorf("importing %s: %w", name, err)
		}
	}
	if skipped > 0 {
		return badInput{fmt.Errorf("%d malformed lines were left out", skipped)}
	}
	return nil
}

// file imports one transcript, as a run of a collector of its own.
//
// A run for each file means an epoch for each, whose seals end with it.
func (c *importCommand) file(ctx context.Context, r *RecordingFlags, name string) (skipped int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, badInput{err}
	}
	defer f.Close()
	config, err := r.config()
	if err != nil {
		return 0, err
	}
	config.Clock = schema.ClockImported
	// made is written by the recorder's goroutine during Run, and read after Run has
	// returned.
	var made tally
	r.spooled = made.count
	r.Grace = max(r.Grace, time.Minute) // an import has time: its sessions are to be in the store when it ends
	rec, err := r.build(config, "import "+filepath.Base(name))
	if err != nil {
		return 0, err
	}
	upstream := c.Upstream
	if upstream == "" {
		upstream = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	im := transcript.Importer{Queue: rec.Recorder.Queue(), Name: upstream, MaxBody: config.MaxBody,
		Malformed: func(line int, err error) { fmt.Fprintf(os.Stderr, "%s:%d: %v\n", name, line, err) }}
	err = rec.Run(ctx, 0, func(ctx context.Context) (err error) {
		skipped, err = im.Import(ctx, f)
		return err
	})
	// What is in the spool is printed also where the run failed: it will reach the store.
	return skipped, errors.Join(err, made.print(name, skipped, c.JSON))
}

// tally counts the events of each session, in the order the sessions began.
// It counts what the spool has on disk, not what was read: a record that the spool refused
// is not in it.
type tally struct {
	order  []uuid.UUID
	events map[uuid.UUID]int
}

// count adds records that are durable. Those of the collector's own session are not part
// of the transcript.
func (t *tally) count(records []durable.Record) {
	if t.events == nil {
		t.events = map[uuid.UUID]int{}
	}
	for _, r := range records {
		if r.Own {
			continue
		}
		if t.events[r.Session] == 0 {
			t.order = append(t.order, r.Session)
		}
		t.events[r.Session]++
	}
}

// print writes one line a session. The lines that were skipped belong to no session that
// is known, so they are reported once, with the first.
func (t *tally) print(file string, skipped int, asJSON bool) error {
	out := bufio.NewWriter(os.Stdout)
	for _, id := range t.order {
		if asJSON {
			// An id and two numbers always have a JSON form.
			line, _ := json.Marshal(struct {
				Session uuid.UUID `json:"session_id"`
				Events  int       `json:"events"`
				Skipped int       `json:"skipped"`
			}{id, t.events[id], skipped})
			fmt.Fprintln(out, string(line))
		} else {
			fmt.Fprintf(out, "%s  %d events  from %s\n", id, t.events[id], filepath.Base(file))
		}
		skipped = 0
	}
	return out.Flush()
}
