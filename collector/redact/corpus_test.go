package redact_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/deploy/corpus"
	"github.com/mcptrail/mcptrail/schema"
)

// store returns everything that would be stored of a case.
func store(t testing.TB, r *redact.Redactor, c corpus.Case) string {
	var all strings.Builder
	var lines redact.Lines
	for _, body := range c.Bodies {
		in := redact.Input{Upstream: "u", Method: "tools/call", Target: "x", Kind: schema.KindAnswer, Direction: schema.ServerToClient,
			Body: message.Body{Data: body, Size: uint64(len(body))}}
		if c.Stderr {
			in.Kind, in.Lines = schema.KindStderr, &lines
		}
		out := r.Message(in)
		if out.Flags.Has(schema.FlagWithheld) {
			t.Errorf("%s, %s: %s", c.Kind.Name, c.Position.Name, out.Redactions[0].Rule)
		}
		fmt.Fprintf(&all, "%s\n%v\n", out.Payload, out.Redactions)
	}
	return all.String()
}

type score struct{ kept, all int }

func (s score) String() string {
	if s.all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*float64(s.kept)/float64(s.all))
}

func (s score) share() float64 { return float64(s.kept) / float64(max(1, s.all)) }

// TestCorpusRecall prints what share of the corpus' secrets is cut, and holds the
// shares that are promised. Held kinds are those that no other test looks at.
func TestCorpusRecall(t *testing.T) {
	r := redactor(t, "")
	cases := corpus.Cases(2026, 2)
	type cell struct {
		held     bool
		position string
	}
	table := map[cell]score{}
	total := map[string]score{}
	missed := map[string][]string{}
	for _, c := range cases {
		stored := store(t, r, c)
		leaks := c.Leaks(stored)
		encoded := map[bool]string{false: "plain", true: "encoded"}[c.Position.Encoded]
		for _, group := range []string{encoded, fmt.Sprintf("%s, held %v", encoded, c.Kind.Held)} {
			s := total[group]
			if s.all++; !leaks {
				s.kept++
			}
			total[group] = s
		}
		s := table[cell{c.Kind.Held, c.Position.Name}]
		if s.all++; !leaks {
			s.kept++
		} else if name := fmt.Sprintf("%s (held %v)", c.Kind.Name, c.Kind.Held); !slices.Contains(missed[name], c.Position.Name) {
			missed[name] = append(missed[name], c.Position.Name)
		}
		table[cell{c.Kind.Held, c.Position.Name}] = s
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "position\tknown kinds %%\theld kinds %%\t\n")
	for _, p := range corpus.Positions() {
		fmt.Fprintf(w, "%s\t%v\t%v\t\n", p.Name, table[cell{false, p.Name}], table[cell{true, p.Name}])
	}
	w.Flush()
	t.Logf("%d secrets of %d kinds\n%s", len(cases), len(corpus.Kinds()), b.String())
	for _, group := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%s: %v %% of %d", group, total[group], total[group].all)
	}
	for _, name := range slices.Sorted(maps.Keys(missed)) {
		t.Logf("missed %s: %s", name, strings.Join(missed[name], ", "))
	}
	if total["plain"].share() < 0.99 || total["encoded"].share() < 0.95 {
		t.Errorf("recall is %v %% plain and %v %% encoded", total["plain"], total["encoded"])
	}
}

// TestCorpusOrdinary prints how much of ordinary output is cut, and how fast.
func TestCorpusOrdinary(t *testing.T) {
	const total = 56 << 20
	r := redactor(t, "")
	type row struct {
		pieces, strings, touched, cuts, withheld int
		bytes, cut                               uint64
		took                                     time.Duration
	}
	rows := map[string]*row{}
	sum := row{}
	rules := map[string]int{}
	got := corpus.Gather(corpus.Roots(), total, func(o corpus.Ordinary) {
		in := redact.Input{Upstream: "u", Method: "tools/call", Target: "x", Kind: schema.KindAnswer, Direction: schema.ServerToClient,
			Body: message.Body{Data: o.Body, Size: uint64(len(o.Body))}}
		began := time.Now()
		out := r.Message(in)
		took := time.Since(began)
		if rows[o.Sort] == nil {
			rows[o.Sort] = &row{}
		}
		for _, w := range []*row{rows[o.Sort], &sum} {
			w.pieces++
			w.strings += o.Strings
			w.bytes += uint64(len(o.Body))
			w.took += took
			if out.Flags.Has(schema.FlagWithheld) {
				w.withheld++
			} else if len(out.Redactions) > 0 {
				w.touched++
				w.cuts += len(out.Redactions)
				for _, c := range out.Redactions {
					w.cut += c.Length
				}
			}
		}
		for _, c := range out.Redactions {
			rules[c.Rule]++
		}
		if file := os.Getenv("MCPTRAIL_CORPUS_CUTS"); file != "" {
			show(t, file, o, out)
		}
	})
	if got < 50<<20 {
		if os.Getenv("CI") != "" {
			t.Fatalf("only %d MB of ordinary output on this machine", got>>20)
		}
		t.Skipf("SKIPPED: only %d MB of ordinary output on this machine; run make peers", got>>20)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "sort\tpieces\tMB\tstrings\tcuts\tcuts/strings %%\tpieces touched\twithheld\tMB/s\t\n")
	rows["all"] = &sum
	for _, sort := range slices.Sorted(maps.Keys(rows)) {
		x := rows[sort]
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%d\t%d\t%.3f\t%d\t%d\t%.0f\t\n", sort, x.pieces, float64(x.bytes)/1e6, x.strings, x.cuts,
			100*float64(x.cuts)/float64(max(1, x.strings)), x.touched, x.withheld, float64(x.bytes)/1e6/x.took.Seconds())
	}
	w.Flush()
	t.Logf("ordinary output\n%s\ncuts by rule: %v", b.String(), rules)
	if share := float64(sum.cuts) / float64(sum.strings); share > 0.005 {
		t.Errorf("%.2f %% of strings are cut", 100*share)
	}
}

// show appends what stands around each cut to a file, for who looks after the rules.
func show(t *testing.T, file string, o corpus.Ordinary, out redact.Output) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := 0
	for _, c := range out.Redactions {
		i := strings.Index(string(out.Payload[at:]), c.Token)
		if i < 0 || c.Token == "" {
			continue
		}
		at += i
		fmt.Fprintf(f, "%s\t%s\t%d\t%q\n", c.Rule, o.File, c.Length, out.Payload[max(0, at-60):min(len(out.Payload), at+len(c.Token)+20)])
		at += len(c.Token)
	}
}
