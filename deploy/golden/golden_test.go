// Package golden holds the recorded conversations against the timelines that a
// person has checked: file -> collector -> events -> timeline.
package golden_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/transcript"
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

var update = flag.Bool("update", false, "write the timelines anew; read the difference before you commit it")

const timelines = "../../query/testdata/golden"

func TestConversationsHaveTheTimelinesThatWereChecked(t *testing.T) {
	for _, file := range transcripts(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		t.Run(name, func(t *testing.T) {
			got := document(t, imported(t, file))
			golden := filepath.Join(timelines, name+".json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if line, g, w := difference(got, want); line > 0 {
				t.Errorf("%s line %d\n got %s\nwant %s", golden, line, g, w)
			}
		})
	}
}

// TestStoredPairsAgreeWithRebuiltOnes holds the collector's hints for SQL against
// the pairs that the query finds anew.
func TestStoredPairsAgreeWithRebuiltOnes(t *testing.T) {
	for _, file := range transcripts(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, events := range imported(t, file) {
				operation := map[uint64]string{}
				for _, op := range rebuilt(t, events).Operations {
					for _, seqs := range [][]uint64{op.RequestSeqs, op.AnswerSeqs, op.NotificationSeqs, op.FactSeqs} {
						for _, seq := range seqs {
							operation[seq] = op.ID
						}
					}
				}
				for _, e := range events {
					if e.RequestSeq != 0 && operation[e.Seq] != operation[e.RequestSeq] {
						t.Errorf("event %d: the collector says it belongs to %d, the timeline has it in %q and that in %q",
							e.Seq, e.RequestSeq, operation[e.Seq], operation[e.RequestSeq])
					}
					if e.Kind == schema.KindAnswer && e.RequestSeq == 0 && operation[e.Seq] != "" {
						t.Errorf("answer %d: the collector knows no request, the timeline has it in %q", e.Seq, operation[e.Seq])
					}
				}
			}
		})
	}
}

// TestEveryEventHasAPlace looks for events that no part of a timeline shows.
func TestEveryEventHasAPlace(t *testing.T) {
	for _, file := range transcripts(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, events := range imported(t, file) {
				tl := rebuilt(t, events)
				placed := map[uint64]int{}
				for _, op := range tl.Operations {
					for _, seq := range slices.Concat(op.RequestSeqs, op.AnswerSeqs, op.NotificationSeqs, op.FactSeqs, op.ReplaySeqs) {
						placed[seq]++
					}
				}
				for _, f := range tl.Facts {
					for _, seq := range f.Seqs {
						placed[seq]++
					}
				}
				for _, u := range tl.Unpaired {
					placed[u.Seq]++
				}
				for _, e := range events {
					if placed[e.Seq] != 1 {
						t.Errorf("event %d (%s %s) has %d places", e.Seq, e.Kind, e.Method, placed[e.Seq])
					}
				}
			}
		})
	}
}

// transcripts returns the recorded conversations, and skips the test where they are
// not at hand.
func transcripts(t *testing.T) []string {
	files, _ := filepath.Glob("../../../shared/transcripts/*.jsonl")
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no recorded conversations in ../shared/transcripts")
		}
		t.Skip("no recorded conversations in ../shared/transcripts")
	}
	return files
}

// imported sends a file through a collector and returns the events of each session,
// in the order of the sessions' beginnings.
func imported(t *testing.T, file string) [][]*schema.Event {
	t.Helper()
	var order []uuid.UUID
	sessions := map[uuid.UUID][]*schema.Event{}
	rec := collector.New(collector.Config{CollectorID: "golden", Clock: schema.ClockImported},
		func(_ context.Context, records []durable.Record) ([]int, error) {
			for _, r := range records {
				e, err := schema.Decode(r.Value)
				if err != nil {
					t.Errorf("decoding what was recorded: %v", err)
					continue
				}
				if sessions[e.SessionID] == nil {
					order = append(order, e.SessionID)
				}
				sessions[e.SessionID] = append(sessions[e.SessionID], e)
			}
			return nil, nil
		})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im := transcript.Importer{Queue: rec.Queue(), Name: "golden", MaxBody: 1 << 20,
		Malformed: func(line int, err error) { t.Errorf("line %d: %v", line, err) }}
	if _, err := im.Import(ctx, f); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	all := make([][]*schema.Event, 0, len(order))
	for _, id := range order {
		all = append(all, sessions[id])
	}
	return all
}

func rebuilt(t *testing.T, events []*schema.Event) *query.Timeline {
	t.Helper()
	tl, err := rebuild.Timeline(query.Hashed(each(events)))
	if err != nil {
		t.Fatal(err)
	}
	return tl
}

func each(events []*schema.Event) iter.Seq2[*schema.Event, error] {
	return func(yield func(*schema.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// document writes the timelines of a file as JSON, one operation or fact a line so
// that differences can be read. Session ids are drawn by the collector and become
// numbers; times come from the file.
func document(t *testing.T, sessions [][]*schema.Event) []byte {
	var out bytes.Buffer
	for i, events := range sessions {
		tl := rebuilt(t, events)
		out.WriteString(map[bool]string{true: "[", false: ",\n"}[i == 0])
		fmt.Fprintf(&out, "{\"session\":%s,\n\"operations\":%s,\n\"facts\":%s,\n\"gaps\":%s,\n\"unpaired\":%s,\n\"integrity\":%s}",
			line(tl.Session), lines(tl.Operations), lines(tl.Facts), lines(tl.Gaps), lines(tl.Unpaired), line(tl.Integrity))
		text := strings.ReplaceAll(out.String(), tl.Session.ID, fmt.Sprintf("session-%d", i+1))
		out.Reset()
		out.WriteString(text)
	}
	out.WriteString("]\n")
	if !json.Valid(out.Bytes()) {
		t.Errorf("no JSON: %s", out.Bytes())
	}
	return out.Bytes()
}

func lines[T any](all []T) string {
	text := make([]string, len(all))
	for i, v := range all {
		text[i] = line(v)
	}
	return "[" + strings.Join(text, ",\n ") + "]"
}

func line(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// difference returns the first line that differs, 0 for none.
func difference(got, want []byte) (int, string, string) {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return i + 1, a, b
		}
	}
	return 0, "", ""
}
