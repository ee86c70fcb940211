package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/schema"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	testbed.Main(m)
}

// serve runs a query service over a record and gives its URL.
func serve(t testing.TB) (*recordtest.Record, string) {
	t.Helper()
	options := testbed.ClickHouse(t).Options
	record := recordtest.New(t, options)
	listener, err := httpapi.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- httpapi.Run(ctx, httpapi.Config{Listener: listener, ClickHouse: options, Tenant: recordtest.Tenant,
			Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return record, "http://" + listener.Addr().String()
}

// TestScripts runs testdata/*.txtar. `mcptrail` in a script is the command over
// one record for all of them; `status N` checks how the last one ended.
func TestScripts(t *testing.T) {
	record, url := serve(t)
	fill(t, record)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mcptrail": func(ts *testscript.TestScript, neg bool, args []string) {
				status := run(t.Context(), ts.Stdout(), ts.Stderr(), append([]string{"--url=" + url}, args...)...)
				ts.Setenv("status", strconv.Itoa(status))
				if (status != 0) != neg {
					ts.Fatalf("mcptrail %v ended with %d", args, status)
				}
			},
			"status": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := ts.Getenv("status"); got != args[0] {
					ts.Fatalf("the last command ended with %s, want %s", got, args[0])
				}
			},
		},
	})
}

func run(ctx context.Context, out, notes io.Writer, args ...string) int {
	var grammar struct{ Commands }
	return Main(ctx, &grammar, args, out, notes)
}

// fill stores the record that the scripts read.
func fill(t testing.TB, record *recordtest.Record) {
	good := recordtest.NewSession(1)
	good.ReadFile("/srv/notes.txt", "an invoice from Zürich")
	good.Close()

	failing := recordtest.NewSession(2)
	failing.Call("tools/call", "refund", `{"name":"refund"}`, schema.OutcomeToolError, `{"isError":true}`)
	failing.Call("tools/call", "nonesuch", `{"name":"nonesuch"}`, schema.OutcomeProtocolError, `"no such tool"`)
	failing.Add(schema.Event{Kind: schema.KindRequest, Direction: schema.ClientToServer, Method: "tools/call", Target: "slow", RPCID: "n:99",
		Payload: []byte(`{"jsonrpc":"2.0","id":99,"method":"tools/call","params":{"name":"slow"}}`)})

	lossy := recordtest.NewSession(3)
	lossy.Add(schema.Event{Kind: schema.KindGap, Gap: &schema.Gap{From: 4, To: 8, Count: 5, Bytes: 4096, Reason: "queue_full"}})
	lossy.Add(schema.Event{Kind: schema.KindAnswer, Direction: schema.ServerToClient, RPCID: "s:lost", Outcome: schema.OutcomeOK,
		Flags: schema.FlagUnmatched, Payload: []byte(`{"jsonrpc":"2.0","id":"lost","result":{}}`)})
	lossy.Close()

	hostile := recordtest.NewSession(4)
	hostile.Base.ClientName, hostile.Base.ServerName = "\x1b[2Jevil\u202e", "two\nlines\u009b31m"
	hostile.Call("tools/call", "\x1b]0;title\x07<script>alert(1)</script>", `{"a":1}`, schema.OutcomeOK, `{"b":"\u001b[31m"}`)
	for range 3 {
		hostile.Add(schema.Event{Kind: schema.KindStderr, Direction: schema.ServerToClient, Payload: []byte("\x1b[2J\x1b[H fake \u202egnp.exe \xff needlework " + strings.Repeat("A", 1<<20))})
	}
	hostile.Close()

	broken := recordtest.NewSession(5)
	broken.ReadFile("/srv/a", "x")
	broken.Close()
	var left []*schema.Event
	for _, e := range broken.Events {
		if e.Seq != 5 {
			left = append(left, e)
		}
	}
	record.Store(t, good.Events...)
	record.Store(t, failing.Events...)
	record.Store(t, lossy.Events...)
	record.Store(t, hostile.Events...)
	record.Store(t, left...)
}

// TestNothingRecordedReachesTheTerminalRaw looks at every byte of every command.
func TestNothingRecordedReachesTheTerminalRaw(t *testing.T) {
	record, url := serve(t)
	fill(t, record)
	id := recordtest.ID(4).String()
	for _, args := range [][]string{{"sessions"}, {"sessions", "--json"}, {"show", id}, {"show", id, "--json"},
		{"trails"}, {"trails", "--json"}, {"show", "t-" + id}, {"show", "t-" + id, "--json"}, {"show", "--tree", id}, {"compare", id, id, "--all"},
		{"events", id}, {"events", id, "--json"}, {"search", "needlework"}, {"search", "needlework", "--json"}} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			var out, notes strings.Builder
			if status := run(t.Context(), &out, &notes, append([]string{"--url=" + url}, args...)...); status != 0 {
				t.Fatalf("ended with %d: %s", status, notes.String())
			}
			if out.Len() == 0 {
				t.Fatal("nothing printed")
			}
			for i, r := range out.String() {
				if r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
					t.Fatalf("byte %d is %U in %q", i, r, out.String()[max(0, i-40):i+10])
				}
			}
		})
	}
}

// TestAnOpaqueTokenIsKnownByItsFingerprint looks for the holder of a token that
// says nothing of its own.
func TestAnOpaqueTokenIsKnownByItsFingerprint(t *testing.T) {
	record, url := serve(t)
	s := recordtest.NewSession(1)
	s.Base.Principal = schema.Principal{Fingerprint: "Bearer:9f86d081884c7d659a2feaa0c55ad015"}
	s.Close()
	record.Store(t, s.Events...)
	id := recordtest.ID(1).String()
	const whole = `"fingerprint":"Bearer:9f86d081884c7d659a2feaa0c55ad015"`
	for want, args := range map[string][]string{
		"  Bearer:9f86d081…  ":                     {"sessions"},
		"who        Bearer:9f86d081… (unverified)": {"show", id},
		`"principal":{"issuer":"","subject":"","client_id":"",` + whole + `,"verified":false}`: {"events", id, "--json"},
		whole: {"sessions", "--json", "--principal", "Bearer:9f86d081884c7d659a2feaa0c55ad015"},
	} {
		var out, notes strings.Builder
		if status := run(t.Context(), &out, &notes, append([]string{"--url=" + url}, args...)...); status != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%v ended with %d: %s%s", args, status, out.String(), notes.String())
		}
	}
}

// TestALongNameDoesNotWidenEveryRow prints what strangers named into a pipe.
func TestALongNameDoesNotWidenEveryRow(t *testing.T) {
	record, url := serve(t)
	s := recordtest.NewSession(1)
	name := strings.Repeat("N", 1000)
	s.Base.ClientName = name
	s.Call("tools/call", name, `{}`, schema.OutcomeOK, `{}`)
	s.Close()
	record.Store(t, s.Events...)
	id := recordtest.ID(1).String()
	for _, args := range [][]string{{"sessions"}, {"show", id}, {"events", id}} {
		var out, notes strings.Builder
		if status := run(t.Context(), &out, &notes, append([]string{"--url=" + url}, args...)...); status != 0 {
			t.Fatalf("%v ended with %d: %s", args, status, notes.String())
		}
		for line := range strings.Lines(out.String()) {
			named, padded := strings.Contains(line, name[:maxWidth]), strings.Contains(line, strings.Repeat(" ", maxWidth))
			if (named || padded) && !strings.HasPrefix(line, "agent ") {
				t.Errorf("%v: a line of %d places: %q", args, cells(line), line)
			}
		}
		out.Reset()
		if run(t.Context(), &out, &notes, append([]string{"--url=" + url}, append(args, "--json")...)...); !strings.Contains(out.String(), name) {
			t.Errorf("%v --json has no whole name", args)
		}
	}
}

func TestTailPrintsWhatComes(t *testing.T) {
	record, url := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	stored := make(chan struct{})
	go func() {
		defer close(stored)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 1; ctx.Err() == nil; n++ {
			record.Store(t, recordtest.NewSession(n).Events...)
			<-tick.C
		}
	}()
	var out, notes strings.Builder
	status := run(ctx, &out, &notes, "--url="+url, "tail", "--method=initialize", "-n", "2")
	cancel()
	<-stored
	lines := strings.Split(out.String(), "\n")
	if status != 0 || len(lines) != 4 || !strings.Contains(lines[1], "→  request       initialize") || !strings.Contains(lines[2], "←  answer        initialize") {
		t.Errorf("ended with %d: %s%s", status, out.String(), notes.String())
	}
}
