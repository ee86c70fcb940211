package allinone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/deploy/background"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// listInterval is how often the list of upstreams is looked for.
const listInterval = time.Second

// collect runs the HTTP collector for the remote servers of clients that were wrapped,
// from when the list has one, in a process of its own: what a stranger's traffic does
// to it does nothing to the record.
func collect(ctx context.Context, list string, at Addresses, log *slog.Logger) error {
	pauses, pause := retry.New(listInterval, time.Minute), listInterval
	for {
		if retry.Sleep(ctx, pause) != nil {
			return nil
		}
		l, _, err := upstreams.Load(list)
		if err != nil || len(l.Upstreams) == 0 {
			pause = listInterval
			continue // the command that writes the list reports what is wrong with it
		}
		began := time.Now()
		if err = runCollector(ctx, list, at); ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > time.Minute {
			pauses.Reset()
		}
		pause = pauses.Next()
		log.Warn("remote servers of wrapped clients are not reached, trying again", "in", pause, "cause", err)
	}
}

func runCollector(ctx context.Context, list string, at Addresses) error {
	program, err := findCollector()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "http", "--upstreams", list, "--brokers", at.Kafka, "--receipts", at.API)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	p, err := background.Start(cmd)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		p.Stop()
		return nil
	case <-p.Done():
		if p.Err() == nil {
			return errors.New("the collector ended by itself")
		}
		return fmt.Errorf("running the collector: %w", p.Err())
	}
}

// findCollector looks beside this program, and then on PATH.
func findCollector() (string, error) {
	const name = "mcptrail-collector"
	if own, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(own), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("looking for %s: it is neither beside this program nor on PATH", name)
	}
	return found, nil
}
