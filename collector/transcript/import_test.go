package transcript_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/transcript"
	"github.com/mcptrail/mcptrail/schema"
)

// imported runs a transcript through a recorder and returns the events.
func imported(t *testing.T, text string) (events []*schema.Event, malformed []string) {
	t.Helper()
	rec := collector.New(collector.Config{CollectorID: "test", Clock: schema.ClockImported},
		func(_ context.Context, records []durable.Record) ([]int, error) {
			for _, r := range records {
				e, err := schema.Decode(r.Value)
				if err != nil {
					t.Errorf("recorded bytes do not decode: %v", err)
				}
				events = append(events, e)
			}
			return nil, nil
		})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	im := transcript.Importer{Queue: rec.Queue(), Name: "test", MaxBody: 1 << 20,
		Malformed: func(line int, err error) { malformed = append(malformed, fmt.Sprintf("%d: %v", line, err)) }}
	if _, err := im.Import(ctx, strings.NewReader(text)); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return events, malformed
}

// files returns the recorded conversations that the repository is tested against.
func files(t *testing.T) []string {
	names, _ := filepath.Glob("../../../shared/transcripts/*.jsonl")
	if len(names) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no recorded conversations in ../shared/transcripts")
		}
		t.Skip("no recorded conversations in ../shared/transcripts")
	}
	return names
}

func TestEveryTranscriptImports(t *testing.T) {
	for _, name := range files(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			events, malformed := imported(t, string(data))
			if len(malformed) > 0 {
				t.Errorf("left out: %v", malformed)
			}
			seqs := map[string]uint64{}
			for _, e := range events {
				if id := e.SessionID.String(); e.Seq != seqs[id] {
					t.Errorf("session %s goes from %d to %d", id, seqs[id], e.Seq)
				}
				seqs[e.SessionID.String()]++
				if testing.Verbose() {
					fmt.Println(line(e))
				}
			}
		})
	}
}

// line draws one event for a person who compares it with the file.
func line(e *schema.Event) string {
	code := ""
	if e.Outcome == schema.OutcomeProtocolError {
		code = fmt.Sprint(e.ErrorCode)
	}
	id := e.SessionID.String()
	return fmt.Sprintf("%s x%-3d #%-3d %-12s %.3s %-30s %-10s %-24s %s%s req=%d %d %v %s", id[len(id)-4:], e.Exchange, e.Seq, e.Kind,
		e.Direction, e.Method, e.RPCID, e.Target, e.Outcome, code, e.RequestSeq, e.HTTPStatus, e.Flags.Names(), e.Basis)
}

func TestMalformedLinesAreNamedAndTheRestIsImported(t *testing.T) {
	events, malformed := imported(t, strings.Join([]string{
		`{"ts":"2026-11-22T13:00:00Z","dir":"c2s","raw":"{\"id\":1,\"method\":\"ping\"}"}`,
		`{"ts":"2026-11-22T13:00:00Z","dir":"c2s","raw":`,
		`{"ts":"yesterday","dir":"c2s"}`,
		`{"ts":"2026-11-22T13:00:00Z","dir":"up"}`,
		`{"ts":"2026-11-22T13:00:00Z","exch":4,"dir":"s2c","kind":"sse.event","raw":"data: {}\n\n"}`,
		`["2026-11-22T13:00:00Z"]`,
		`{"ts":"9999-01-01T00:00:00Z","dir":"c2s","raw":"{}"}`,
		`{"ts":"2026-11-22T13:00:00Z","dir":"c2s"}`,
		``,
		`{"ts":"2026-11-22T13:00:01Z","dir":"s2c","raw":"{\"id\":1,\"result\":{}}"}`,
	}, "\n"))
	want := "2: no JSON object: broken at byte 47|3: member \"ts\" is no RFC 3339 time|4: dir is \"up\", must be c2s, s2c, stderr or proc|5: exchange 4 has no request before this line, or has ended" +
		"|6: no JSON object|7: ts lies outside the years 1970 to 2262|8: no member \"raw\""
	if got := strings.Join(malformed, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	gaps := 0
	for _, e := range events {
		if e.Gap != nil && e.Gap.Reason == "unreadable" {
			gaps++
		}
		if e.Kind == schema.KindAnswer && (e.RequestSeq != 1 || e.Duration != int64(time.Second)) {
			t.Errorf("answer %+v", e)
		}
	}
	if gaps != len(malformed) || len(events) != 4+gaps {
		t.Errorf("%d events, %d gaps for %d malformed lines", len(events), gaps, len(malformed))
	}
}
