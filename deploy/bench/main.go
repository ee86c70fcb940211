// Command bench measures the built programs beside what they are compared with,
// and prints a table and JSON.
//
// The one rule: both sides of a comparison run in turns within one run, on the same
// machine, with the same load. What one figure says alone depends on the machine.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mcptrail/mcptrail/deploy/engine"
)

// bench is one run.
type bench struct {
	// bin holds the built programs, scratch what the run writes.
	bin, scratch string
	// window is how long one measurement under load takes.
	window time.Duration
	// events are stored by ingest and by what it is compared with.
	events int
	// points are the events of the day over which dashboards ask.
	points int
	// sessions among which a trail is found, and the seed of the traffic whose truth is
	// known.
	sessions int
	seed     uint64
}

// section is one group of measurements.
type section struct {
	name string
	run  func(*bench, context.Context) (report, error)
}

var sections = []section{
	{"http", (*bench).http},
	{"stdio", (*bench).stdio},
	{"start", (*bench).start},
	{"spool", (*bench).spool},
	{"redact", (*bench).redact},
	{"ingest", (*bench).ingestAndQuery},
	{"aggregate", (*bench).aggregate},
	{"webui", (*bench).webUI},
	{"trails", (*bench).trails},
	{"verify", (*bench).verify},
}

func main() {
	engine.ServeIfChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := error(nil)
	if len(os.Args) > 1 && parts[os.Args[1]] != nil {
		err = parts[os.Args[1]](ctx, os.Args[2:])
	} else {
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(2)
	}
}

func run(ctx context.Context) (err error) {
	b := bench{}
	flag.StringVar(&b.bin, "bin", "bin", "directory with the built programs")
	flag.DurationVar(&b.window, "window", 3*time.Second, "time of one measurement under load")
	flag.IntVar(&b.events, "events", 300_000, "events that ingest stores")
	flag.IntVar(&b.points, "points", 20_000_000, "events of the day that is aggregated")
	flag.IntVar(&b.sessions, "sessions", 1_000_000, "sessions among which trails are found")
	flag.Uint64Var(&b.seed, "seed", 1, "seed of the traffic whose truth is known")
	names := make([]string, len(sections))
	for i := range sections {
		names[i] = sections[i].name
	}
	only := flag.String("only", "", "sections to run, separated by commas: "+strings.Join(names, ", "))
	out := flag.String("json", "bin/bench.json", "file for the results")
	flag.Parse()
	if b.scratch, err = os.MkdirTemp("", "mcptrail-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.scratch)
	// What the collectors of a run leave must not become the record of this host.
	if err := os.Setenv("MCPTRAIL_SPOOL", filepath.Join(b.scratch, "spool")); err != nil {
		return err
	}
	results := results{Machine: thisMachine(), Date: time.Now().UTC().Truncate(time.Second), Command: strings.Join(os.Args, " ")}
	fmt.Println(results.Machine)
	for _, s := range sections {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		r, err := s.run(&b, ctx)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return fmt.Errorf("measuring %s: %w", s.name, err)
		}
		r.Name = s.name
		r.print(os.Stdout)
		results.Sections = append(results.Sections, r)
	}
	return results.write(*out)
}
