package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/deploy/corpus"
	"github.com/mcptrail/mcptrail/schema"
	"golang.org/x/sys/unix"
)

// ordinaryBytes is how much ordinary output is looked at.
const ordinaryBytes = 56 << 20

// redact measures what redaction finds and what it takes for something else, what it
// costs, and what a collector needs that does it.
func (b *bench) redact(ctx context.Context) (report, error) {
	var r report
	redactor, err := redact.New(redact.Default(), "bench", identity.Key{1})
	if err != nil {
		return r, err
	}
	say("redact: credentials in every position")
	r.recall(redactor)
	say("redact: ordinary output")
	r.ordinary(redactor)
	say("redact: messages made to be expensive")
	r.hostile(redactor)
	return r, b.redacting(ctx, &r)
}

// clean is what would be stored of one message.
func clean(r *redact.Redactor, body []byte, lines *redact.Lines) redact.Output {
	in := redact.Input{Upstream: "bench", Method: "tools/call", Target: "x", Kind: schema.KindAnswer, Direction: schema.ServerToClient, Lines: lines,
		Body: message.Body{Data: body, Size: uint64(len(body))}}
	if lines != nil {
		in.Kind = schema.KindStderr
	}
	return r.Message(in)
}

// recall looks for each credential of the corpus in what would be stored of it.
func (r *report) recall(redactor *redact.Redactor) {
	type score struct{ kept, all float64 }
	percent := func(s score) float64 { return 100 * s.kept / max(1, s.all) }
	positions := map[string][2]score{} // of kinds that tests look at, and of others
	totals := map[string]score{}
	dense, took := 0, time.Duration(0)
	cases := corpus.Cases(2026, 2)
	for _, c := range cases {
		var lines *redact.Lines
		if c.Stderr {
			lines = &redact.Lines{}
		}
		var all strings.Builder
		began := processTime()
		for _, body := range c.Bodies {
			out := clean(redactor, body, lines)
			fmt.Fprintf(&all, "%s\n%v\n", out.Payload, out.Redactions)
			dense += len(body)
		}
		took += processTime() - began
		kept := 1.0
		if c.Leaks(all.String()) {
			kept = 0
		}
		held := 0
		if c.Kind.Held {
			held = 1
		}
		pair := positions[c.Position.Name]
		pair[held] = score{pair[held].kept + kept, pair[held].all + 1}
		positions[c.Position.Name] = pair
		group := "plain"
		if c.Position.Encoded {
			group = "encoded"
		}
		totals[group] = score{totals[group].kept + kept, totals[group].all + 1}
	}
	for _, p := range corpus.Positions() {
		r.Rows = append(r.Rows, row{p.Name, []figure{{"known kinds, % cut", percent(positions[p.Name][0])}, {"held kinds, % cut", percent(positions[p.Name][1])}}})
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%d credentials of %d kinds in %d positions; a third of the kinds is held: no other test looks at them", len(cases), len(corpus.Kinds()), len(corpus.Positions())))
	r.Aims = append(r.Aims, atLeast("credentials cut, plain, %", 99, percent(totals["plain"])), atLeast("credentials cut, encoded, %", 95, percent(totals["encoded"])),
		atLeast("MB/s of one core, a credential in each half kilobyte", 10, float64(dense)/1e6/took.Seconds()))
}

// ordinary looks at output without credentials.
func (r *report) ordinary(redactor *redact.Redactor) {
	bodies := map[string][]corpus.Ordinary{}
	got := corpus.Gather(corpus.Roots(), ordinaryBytes, func(o corpus.Ordinary) { bodies[o.Sort] = append(bodies[o.Sort], o) })
	if got < 50<<20 {
		r.Notes = append(r.Notes, fmt.Sprintf("only %d MB of ordinary output lie on this machine, want 50: run make peers", got>>20))
	}
	var all struct {
		bytes, strings, cuts, withheld float64
		took                           time.Duration
	}
	for _, sort := range slices.Sorted(maps.Keys(bodies)) {
		var bytes, texts, cuts, withheld float64
		runtime.GC()
		began := processTime()
		for _, o := range bodies[sort] {
			out := clean(redactor, o.Body, nil)
			bytes, texts = bytes+float64(len(o.Body)), texts+float64(o.Strings)
			if out.Flags.Has(schema.FlagWithheld) {
				withheld++
			} else {
				cuts += float64(len(out.Redactions))
			}
		}
		took := processTime() - began
		r.Rows = append(r.Rows, row{"ordinary, " + sort, []figure{{"MB", bytes / 1e6}, {"strings", texts}, {"cuts", cuts}, {"withheld", withheld}, {"MB/s of one core", bytes / 1e6 / took.Seconds()}}})
		all.bytes, all.strings, all.cuts, all.withheld, all.took = all.bytes+bytes, all.strings+texts, all.cuts+cuts, all.withheld+withheld, all.took+took
	}
	r.Notes = append(r.Notes, "what is cut in ordinary output are mostly the examples and test data of packages, which look like credentials")
	r.Aims = append(r.Aims, atMost("cuts in ordinary output, % of strings", 0.5, 100*(all.cuts+all.withheld)/max(1, all.strings)),
		atLeast("MB/s of one core, ordinary output", 50, all.bytes/1e6/all.took.Seconds()))
}

// hostile finds the message of 1 MiB that takes longest.
func (r *report) hostile(redactor *redact.Redactor) {
	worst, which := time.Duration(0), ""
	for _, name := range slices.Sorted(maps.Keys(corpus.Hostile(1 << 20))) {
		body := []byte(corpus.Hostile(1 << 20)[name])
		best := time.Hour
		for range 3 {
			began := processTime()
			clean(redactor, body, nil)
			best = min(best, processTime()-began)
		}
		if best > worst {
			worst, which = best, name
		}
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r.Rows = append(r.Rows, row{"worst message of 1 MiB: " + which, []figure{{"ms", ms(worst)}}})
	r.Aims = append(r.Aims, atMost("ms for the worst message of 1 MiB", float64(redact.Default().Limits.Budget), ms(worst)))
}

// processTime is what this process has used of all cores, its collector of garbage
// included: others on the machine do not count.
func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	return time.Duration(t.Nano())
}
