package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// event is what scripts rely on in `mcptrail events --json`.
type event struct {
	Seq        *uint64         `json:"seq"`
	Time       string          `json:"time"`
	Kind       string          `json:"kind"`
	Direction  string          `json:"direction"`
	Method     string          `json:"method"`
	RPCID      string          `json:"rpc_id"`
	RequestSeq *uint64         `json:"request_seq"`
	Payload    json.RawMessage `json:"payload"`
}

func TestEveryTranscriptGoesAllTheWay(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	made := map[string][]imported{}
	for _, file := range transcripts(t) {
		made[filepath.Base(file)] = importFile(t, u, file)
	}
	for name, sessions := range made {
		for _, s := range sessions {
			checkRecord(t, u, name, s)
		}
	}
	checkProof(t, u)
}

// checkProof has everything verified by the key that the collectors left, in place
// and as a bundle that another program checks.
func checkProof(t *testing.T, u *up) {
	t.Helper()
	keys, file := filepath.Join(u.data, "identity.pub"), filepath.Join(t.TempDir(), "everything.zip")
	var verified result
	wait.For(t, "the last seals", func() bool {
		verified = mcptrail(t, u, "verify", "--trust", keys)
		return verified.status == 0
	})
	t.Log(verified.stdout)
	if r := mcptrail(t, u, "export", "--bundle", file); r.status != 0 {
		t.Fatalf("exporting: status %d, %s", r.status, r.stderr)
	}
	if r := program(t, "mcptrail-verify", "--trust", keys, file); r.status != 0 {
		t.Errorf("the bundle: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// checkRecord waits for a session and compares what the commands say of it.
func checkRecord(t *testing.T, u *up, name string, s imported) {
	t.Helper()
	var events []event
	wait.For(t, "the events of "+name, func() bool {
		r := mcptrail(t, u, "events", s.Session, "--json")
		events = nil
		if r.status == 0 {
			events = lines[event](t, r.stdout)
		}
		return len(events) >= s.Events
	})
	if len(events) != s.Events || s.Skipped != 0 {
		t.Errorf("%s: %d of %d events, %d lines left out", name, len(events), s.Events, s.Skipped)
	}
	for i, e := range events {
		if e.Seq == nil || *e.Seq != uint64(i) || e.Time == "" || e.Kind == "" {
			t.Errorf("%s: event %d is %+v", name, i, e)
		}
		if e.RequestSeq != nil && *e.RequestSeq >= *e.Seq {
			t.Errorf("%s: event %d comes before the request it answers, %d", name, i, *e.RequestSeq)
		}
	}
	var timeline struct {
		Session struct {
			Events   int
			Complete bool
		}
		Operations []struct{ Outcome string }
		Gaps       []any
		Integrity  struct{ Events, Verified int }
	}
	r := mcptrail(t, u, "show", s.Session, "--json")
	if err := json.Unmarshal([]byte(r.stdout), &timeline); err != nil {
		t.Fatalf("%s: status %d, %v", name, r.status, err)
	}
	if timeline.Session.Events != s.Events || !timeline.Session.Complete || len(timeline.Gaps) > 0 || timeline.Integrity.Verified != s.Events {
		t.Errorf("%s: timeline says %+v", name, timeline)
	}
	for i, o := range timeline.Operations {
		if o.Outcome == "" {
			t.Errorf("%s: operation %d has no outcome", name, i)
		}
	}
}

// TestUpComesBackByItself kills every part with SIGKILL, the program with all that
// is in it and the engine alone.
func TestUpComesBackByItself(t *testing.T) {
	needEngine(t)
	data := t.TempDir()
	u := startUp(t, data)
	file := transcripts(t)[0]
	first := importFile(t, u, file)[0]
	checkRecord(t, u, "before", first)

	u.kill()
	u = startUp(t, data)
	checkRecord(t, u, "after the program was killed", first)

	engine := u.enginePid(t)
	if err := syscall.Kill(engine, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := importFile(t, u, file)[0]
	checkRecord(t, u, "recorded while the engine was away", second)
	checkRecord(t, u, "after the engine was killed", first)

	// Everything at once, before the events can have been stored.
	third := importFile(t, u, file)[0]
	engine = u.enginePid(t)
	u.kill()
	wait.For(t, "the engine to end with its parent", func() bool { return !alive(engine) })
	u = startUp(t, data)
	checkRecord(t, u, "published right before the program was killed", third)

	// Whatever was killed, nothing looks as if somebody had changed it.
	keys := filepath.Join(data, "identity.pub")
	for _, s := range []imported{first, second, third} {
		wait.For(t, "the seals of "+s.Session, func() bool { return mcptrail(t, u, "verify", s.Session, "--trust", keys).status == 0 })
	}
	if r := mcptrail(t, u, "verify", "--trust", keys); r.status != 0 && r.status != 2 {
		t.Errorf("everything has status %d\n%s%s", r.status, r.stdout, r.stderr)
	} else {
		t.Log(r.stdout)
	}
}

func TestCtrlCStopsUpCleanly(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	engine := u.enginePid(t)
	if err := u.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := u.cmd.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, u.out)
	}
	if alive(engine) {
		t.Error("the engine outlived mcptrail up")
	}
	if !strings.Contains(u.out.String(), "stopped") || strings.Contains(u.out.String(), "level=ERROR") {
		t.Errorf("it said:\n%s", u.out)
	}
}
