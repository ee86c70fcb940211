package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// sealed is a service over a record of two sealed sessions, and a run of its command.
func sealed(t *testing.T) (record *recordtest.Record, collector *sealtest.Collector, run func(args ...string) (int, string)) {
	record, url := serve(t)
	collector = sealtest.New(recordtest.Tenant, "laptop-7")
	epoch := collector.Epoch(recordtest.Start.UnixNano())
	var seals []seal.Record
	for n := 1; n <= 2; n++ {
		s := recordtest.NewSession(n)
		s.ReadFile("/etc/hosts", "localhost")
		events := s.Close().Events
		for _, e := range events {
			e.Prev = schema.Hash{}
		}
		epoch.Add(events...)
		seals = append(seals, epoch.Seal(n == 2))
		record.Store(t, events...)
	}
	record.Seal(t, seals...)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("# the laptop\n"+collector.Key.Public()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return record, collector, func(args ...string) (int, string) {
		t.Helper()
		var out, notes bytes.Buffer
		var grammar struct{ Commands }
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "KEYS", keys)
		}
		status := Main(t.Context(), &grammar, append([]string{"--url", url}, args...), &out, &notes)
		return status, out.String() + notes.String()
	}
}

func TestVerifyChecksWhatItIsAskedFor(t *testing.T) {
	record, _, run := sealed(t)
	strangers := filepath.Join(t.TempDir(), "strangers")
	if err := os.WriteFile(strangers, []byte(sealtest.New("acme", "laptop-7").Key.Public()), 0o600); err != nil {
		t.Fatal(err)
	}
	one := recordtest.ID(1).String()
	expect := func(status int, says string, args ...string) {
		t.Helper()
		if got, text := run(args...); got != status || !strings.Contains(text, says) {
			t.Errorf("%q: status %d, want %d with %q in\n%s", args, got, status, says, text)
		}
	}
	expect(0, "verified: 14 events as sealed by a trusted key, of 14 events in 2 sessions under 2 seals of 1 collector run", "verify", "--trust", "KEYS")
	expect(0, "of 7 events in 1 session", "verify", one, "--trust", "KEYS")
	expect(0, "of 7 events in 1 session", "verify", "--from", recordtest.Start.Format(time.RFC3339), "--to", recordtest.Start.Add(1500*time.Millisecond).Format(time.RFC3339Nano), "--trust", "KEYS")
	expect(0, `"state":"verified"`, "verify", "--json", "--trust", "KEYS")
	expect(3, "which is not trusted", "verify", "--trust", strangers)
	expect(3, "no such file", "verify", "--trust", "nowhere")
	expect(3, "there is no session", "verify", "ffff", "--trust", "KEYS")
	expect(3, "no session with this id", "verify", recordtest.ID(9).String(), "--trust", "KEYS")
	expect(0, "sealed, 7 of 7 events in the chain, 7 as they were sealed", "show", one)

	if err := record.Conn.Exec(t.Context(), "ALTER TABLE events UPDATE target = 'x' WHERE session_id = '"+one+"' AND seq = 4 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	expect(1, "altered: it is not the event that was sealed under its number; session "+one+" seq 4", "verify", "--trust", "KEYS")
	expect(1, "broken, ", "show", one)
	status, text := run("verify", one, "--json", "--trust", "KEYS")
	var r verify.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil || status != 1 || r.Problems[0].Kind != verify.Altered || *r.Problems[0].Seq != 4 {
		t.Errorf("status %d, %v, %s", status, err, text)
	}
}

func TestExportWritesABundleThatVerifies(t *testing.T) {
	_, collector, run := sealed(t)
	for name, args := range map[string][]string{"everything": nil, "a session": {recordtest.ID(1).String()}, "a time": {"--from", "1970-01-01"}} {
		file := filepath.Join(t.TempDir(), "b.zip")
		if status, text := run(append([]string{"export", "--bundle", file, "--by", "ada"}, args...)...); status != 0 {
			t.Fatalf("%s: status %d: %s", name, status, text)
		}
		checkBundle(t, name, file, collector.Trusted())
	}
	if status, text := run("export", recordtest.ID(9).String(), "--bundle", filepath.Join(t.TempDir(), "b.zip")); status != 3 {
		t.Errorf("a session that is not there: status %d: %s", status, text)
	}
}

func checkBundle(t *testing.T, name, file string, trusted *seal.Trusted) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, r, err := bundle.Verify(f, info.Size(), trusted)
	if err != nil || r.Status() != 0 || m.By != "ada" || !strings.HasPrefix(m.From, "http://127.0.0.1:") {
		t.Errorf("%s: %+v, %+v, %v", name, m, r, err)
	}
}
