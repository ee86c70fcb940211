package stdio_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/stdio"
	"github.com/mcptrail/mcptrail/schema"
)

func TestExitStatusPasses(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		code   int
		closes string
	}{
		"success": {"exit 0", 0, `{"reason":"exit","exit_code":0}`},
		"failure": {"exit 7", 7, `{"reason":"exit","exit_code":7}`},
		"killed":  {"kill -KILL $$", 137, `{"reason":"exit","exit_code":137,"signal":"SIGKILL"}`},
		"ended":   {"kill -TERM $$", 143, `{"reason":"exit","exit_code":143,"signal":"SIGTERM"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := wrap(t, "sh", "-c", c.script)
			if code := s.wait(); code != c.code || s.runErr != nil {
				t.Errorf("exit code %d, %v, want %d", code, s.runErr, c.code)
			}
			events := s.events()
			if last := events[len(events)-1]; last.Kind != schema.KindClose || string(last.Payload) != c.closes {
				t.Errorf("recorded %s %s, want close %s", last.Kind, last.Payload, c.closes)
			}
		})
	}
}

func TestACommandThatCannotStartHasAShellsExitCode(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]int{"no-such-command": 127, "/no/such/command": 127, plain: 126, t.TempDir(): 126} {
		s := wrap(t, command)
		if code := s.wait(); code != want || s.runErr == nil || !strings.Contains(s.runErr.Error(), command) {
			t.Errorf("%s: exit code %d, %v, want %d", command, code, s.runErr, want)
		}
		if events := s.events(); len(events) != 0 {
			t.Errorf("%s: recorded %d events", command, len(events))
		}
	}
	if s := wrap(t); s.wait() != 127 || s.runErr == nil {
		t.Errorf("no command: exit code %d, %v", s.code, s.runErr)
	}
}

func TestTheEndOfInputReachesTheServerWhichMayStillAnswer(t *testing.T) {
	s := wrap(t, "sh", "-c", "cat >/dev/null; echo after; exit 4")
	s.in.Close()
	if got := s.line(); got != "after" || s.wait() != 4 {
		t.Errorf("got %q and exit code %d", got, s.code)
	}
}

func TestAServerThatClosesItsOutputRunsOn(t *testing.T) {
	s := wrap(t, "sh", "-c", "exec >&-; cat >/dev/null; exit 5")
	if rest, err := io.ReadAll(s.out); len(rest) > 0 || err != nil {
		t.Errorf("got %q, %v, want the end", rest, err)
	}
	s.send("more\n")
	s.in.Close()
	if code := s.wait(); code != 5 {
		t.Errorf("exit code %d", code)
	}
	if got := payloads(s.events(), schema.ClientToServer); len(got) != 1 || got[0] != "more" {
		t.Errorf("recorded %q", got)
	}
}

func TestAClientThatStopsReadingBreaksTheServersPipe(t *testing.T) {
	s := wrap(t, "yes")
	s.line()
	s.outFile.Close()
	if code := s.wait(); code != 128+int(syscall.SIGPIPE) {
		t.Errorf("exit code %d, want that of a broken pipe", code)
	}
}

func TestAServerThatStopsReadingBreaksTheClientsPipe(t *testing.T) {
	s := wrap(t, "sh", "-c", "exec <&-; echo closed; exec sleep 1000")
	s.line()
	var err error
	for err == nil {
		_, err = s.in.WriteString("hello?\n")
	}
	if !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing ends with %v", err)
	}
	s.cancel()
	if code := s.wait(); code != 143 {
		t.Errorf("exit code %d", code)
	}
}

func TestADescendantThatHoldsTheOutputIsNotAwaitedForEver(t *testing.T) {
	s := wrap(t, "sh", "-c", "sleep 1000 & echo $!; exit 6")
	pid, err := strconv.Atoi(s.line())
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(pid, syscall.SIGKILL)
	if code := s.wait(); code != 6 {
		t.Errorf("exit code %d", code)
	}
	events := s.events()
	if last := events[len(events)-1]; string(last.Payload) != `{"reason":"exit","exit_code":6,"output_held":true}` {
		t.Errorf("recorded %s", last.Payload)
	}
}

func TestTheEndOfTheContextEndsTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		code   int
	}{
		"at once":                   {"echo ready; exec sleep 1000", 143},
		"though it does not listen": {"trap '' TERM; echo ready; exec sleep 1000", 137},
		"though nobody reads it":    {"echo ready; exec yes", 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wrap(t, "sh", "-c", c.script)
			s.line()
			s.cancel()
			if code := s.wait(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
		})
	}
}

func TestUnreadStandardErrorBlocksNothing(t *testing.T) {
	const lines, width = 200_000, 20
	s := wrap(t, "sh", "-c", fmt.Sprintf("yes 'nineteen characters' | head -n %d >&2; echo flooded; cat", lines))
	if got := s.line(); got != "flooded" {
		t.Fatalf("got %q", got)
	}
	s.send("still there\n")
	if got := s.line(); got != "still there" {
		t.Fatalf("got %q", got)
	}
	s.in.Close()
	s.wait()

	var recorded, lost, messages int
	for _, e := range s.events() {
		switch e.Kind {
		case schema.KindStderr:
			recorded++
		case schema.KindNoise:
			messages++
		case schema.KindGap:
			lost += int(e.Gap.Count)
		}
	}
	if recorded+messages+lost != lines+3 {
		t.Errorf("%d lines and %d messages recorded, %d lost, want %d in all", recorded, messages, lost, lines+3)
	}
}

func TestStandardErrorPassesUnchanged(t *testing.T) {
	s := wrap(t, "sh", "-c", `printf 'one\r\n\ntwo' >&2`)
	got, err := io.ReadAll(s.err)
	if err != nil || string(got) != "one\r\n\ntwo" {
		t.Errorf("got %q, %v", got, err)
	}
	events := s.events()
	if len(events) != 4 || events[1].Kind != schema.KindStderr || string(events[1].Payload) != "one" || string(events[2].Payload) != "two" {
		t.Errorf("recorded %d events, want two lines between open and close", len(events))
	}
}

func TestATalkativeServerDoesNotCrowdOutItsMessages(t *testing.T) {
	s := begin(t, collector.Config{QueueItems: 16}, stdio.Config{Command: []string{"sh", "-c", "yes | head -n 5000 >&2; cat"}})
	if _, err := io.CopyN(io.Discard, s.err, 10_000); err != nil {
		t.Fatal(err)
	}
	s.send("{}\n")
	s.line()
	s.in.Close()
	s.wait()
	close(s.hold)
	events := s.events()
	if got := payloads(events, schema.ServerToClient); len(got) != 1 {
		t.Errorf("recorded %q of the one message", got)
	}
	if last := events[len(events)-1]; last.Seq < 5000 {
		t.Errorf("the last number is %d: lines are missing without a gap", last.Seq)
	}
}
