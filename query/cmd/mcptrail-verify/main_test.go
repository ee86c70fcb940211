package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// evidence writes a bundle of one session and the key to check it by.
func evidence(t *testing.T, dir string) {
	t.Helper()
	collector := sealtest.New("acme", "laptop")
	epoch := collector.Epoch(time.Now().UnixNano())
	id := uuid.Must(uuid.NewV7())
	events := []*schema.Event{{SessionID: id, Kind: schema.KindOpen}, {SessionID: id, Seq: 1, Kind: schema.KindClose}}
	epoch.Add(events...)
	sealed := epoch.Seal(true)
	f, err := os.Create(filepath.Join(dir, "evidence.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := bundle.Manifest{Scope: bundle.Scope{Session: id.String()}, Exported: time.Now(), By: "ada\x1b[31m"}
	if _, err := bundle.Write(f, m, func(yield func(*wire.Entry, error) bool) {
		_ = yield(&wire.Entry{Seal: &sealed}, nil) && yield(&wire.Entry{Canonical: events[0].Append(nil)}, nil) && yield(&wire.Entry{Canonical: events[1].Append(nil)}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{"identity.pub": collector.Key.Public(), "another.pub": sealtest.New("acme", "laptop").Key.Public()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheProgramNeedsNothingElse runs the built program in a directory with only
// itself, a bundle and keys, and without an environment.
func TestTheProgramNeedsNothingElse(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "mcptrail-verify")
	build := exec.Command("go", "build", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	evidence(t, dir)
	whole, err := os.ReadFile(filepath.Join(dir, "evidence.zip"))
	if err != nil {
		t.Fatal(err)
	}
	whole[len(whole)/3] ^= 1
	if err := os.WriteFile(filepath.Join(dir, "changed.zip"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"--trust identity.pub evidence.zip":        {0, "verified: 2 events as sealed by a trusted key, of 2 events in 1 session under 1 seal of 1 collector run"},
		"--trust identity.pub --json evidence.zip": {0, `"state":"verified"`},
		"--trust identity.pub changed.zip":         {1, "the bundle was changed or damaged"},
		"--trust another.pub evidence.zip":         {3, "which is not trusted"},
		"--trust identity.pub identity.pub":        {3, "this is no bundle"},
		"--trust evidence.zip evidence.zip":        {3, "reading the keys to trust"},
		"--trust identity.pub nowhere.zip":         {3, "no such file"},
		"evidence.zip":                             {3, "give the keys to trust"},
		"--help":                                   {0, "Usage:"},
	} {
		run := exec.Command(program, strings.Fields(args)...)
		run.Dir, run.Env = dir, []string{}
		out, err := run.CombinedOutput()
		status := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			status = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if status != want.status || !strings.Contains(string(out), want.says) || bytes.ContainsRune(out, 0x1b) {
			t.Errorf("%s: status %d, want %d with %q in\n%s", args, status, want.status, want.says, out)
		}
	}
	if runtime.GOOS == "linux" {
		noNetwork(t, program)
	}
}

// noNetwork looks for code that opens a connection. google/uuid brings the initial
// values of package net, and none of its code.
func noNetwork(t *testing.T, program string) {
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil || len(symbols) < 1000 {
		t.Fatalf("%d symbols, %v", len(symbols), err)
	}
	for _, s := range symbols {
		for _, forbidden := range []string{"net/http.", "crypto/tls.", "net.Dial", "net.Listen", "net.(*Dialer)", "net.(*Resolver)", "net.socket", "net.Interfaces",
			"syscall.socket", "syscall.Socket", "syscall.connect", "syscall.Connect", "syscall.bind", "syscall.Bind"} {
			if strings.HasPrefix(s.Name, forbidden) {
				t.Errorf("links %s", s.Name)
			}
		}
	}
}
