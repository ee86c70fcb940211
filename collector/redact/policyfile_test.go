package redact_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcptrail/mcptrail/collector/redact"
)

func TestAWatcherTakesGoodPoliciesAndWarnsOnceOfOthers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("version: 1")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var changes []redact.Change
		w := redact.Watcher{File: file, Tenant: "acme", Key: key, Loaded: redact.Default().Hash(), Log: slog.New(slog.NewTextHandler(&log, nil)),
			Changed: func(c redact.Change) { changes = append(changes, c) }}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		for _, step := range []struct {
			write             func()
			changes, warnings int
		}{
			{func() {}, 0, 0},
			{func() { write("version: 1\n# says the same\n") }, 0, 0},
			{func() { write("version: 1\npii: {email: mask}") }, 1, 0},
			{func() { write("version: 1\npii: {email: hide}") }, 1, 1},
			{func() { write("version: 1\npii: {email: hidden}") }, 1, 2},
			{func() { _ = os.Remove(file) }, 1, 3},
			{func() { write("version: 1\npii: {email: mask} # again") }, 1, 3},
			{func() { write("version: 1\npii: {email: token, phone: mask}") }, 2, 3},
		} {
			step.write()
			before := len(changes)
			time.Sleep(3 * time.Second) // at most two polls: the file was looked at only once as it is now
			synctest.Wait()
			if len(changes) > before+1 {
				t.Errorf("%d changes", len(changes))
			}
			time.Sleep(20 * time.Second)
			synctest.Wait()
			if warnings := strings.Count(log.String(), "WARN"); len(changes) != step.changes || warnings != step.warnings {
				t.Fatalf("%d changes, %d warnings, want %+v\n%s", len(changes), warnings, step, &log)
			}
		}
		stop()
		<-done
		if changes[0].From != redact.Default().Hash() || changes[1].From != changes[0].To || changes[1].To != changes[1].Redactor.Policy() ||
			changes[1].File != file || changes[0].To == changes[1].To {
			t.Errorf("%+v", changes)
		}
	})
}

// TestAFileThatIsBeingWrittenIsNotRead writes a policy whose beginning is a weaker one.
func TestAFileThatIsBeingWrittenIsNotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	const whole = "version: 1\npii: {email: mask}\ncapture: {default: metadata}\n"
	synctest.Test(t, func(t *testing.T) {
		var changes []redact.Change
		w := redact.Watcher{File: file, Loaded: redact.Default().Hash(), Log: slog.New(slog.DiscardHandler), Changed: func(c redact.Change) { changes = append(changes, c) }}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		for n := 11; n <= len(whole); n += 5 { // each second a little more
			if err := os.WriteFile(file, []byte(whole[:n]), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if len(changes) > 0 {
			t.Error("read while it grew")
		}
		if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		stop()
		<-done
		if want, _ := redact.Parse([]byte(whole)); len(changes) != 1 || changes[0].To != want.Hash() {
			t.Errorf("%+v", changes)
		}
	})
}
