package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/corpus"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/running"
)

// TestTheCorpusIsNowhere says a credential of each kind in each position, as a request,
// as an answer and on standard error, lets a collector crash on the way, and looks for
// them in everything that is left: spool, topics, tables, files, answers and logs.
func TestTheCorpusIsNowhere(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	cases := corpus.Cases(7, 1)
	var script strings.Builder
	said := 0
	for _, c := range cases {
		for _, body := range c.Bodies {
			script.Write(append(body, '\n'))
			if len(body) > 0 { // an empty line is no event
				said++
			}
		}
	}
	var left []byte // everything
	for _, crash := range []bool{false, true} {
		log := sayAll(t, u, script.String(), crash)
		for line := range strings.Lines(log) {
			// What the server wrote to its standard error passes; it is not our log.
			if crash || strings.HasPrefix(line, "time=") || strings.HasPrefix(line, "mcptrail") {
				left = append(left, line...)
			}
		}
	}
	var sessions []struct {
		ID     string
		Events int
	}
	wait.For(t, "the record", func() bool {
		sessions = lines[struct {
			ID     string
			Events int
		}](t, mcptrail(t, u, "sessions", "--json").stdout)
		return len(sessions) > 0 && sessions[len(sessions)-1].Events >= 3*said
	})
	for _, s := range sessions {
		left = append(left, mcptrail(t, u, "events", s.ID, "--json").stdout...)
		left = append(left, mcptrail(t, u, "show", s.ID, "--json").stdout...)
	}
	left = append(append(left, tables(t, u)...), topics(t, u)...)
	u.kill()
	left = append(left, u.out.String()...)
	files := 0
	_ = filepath.WalkDir(u.data, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			data, _ := os.ReadFile(path)
			left = append(left, data...)
			files++
		}
		return nil
	})
	if marks := bytes.Count(left, []byte("[mcptrail:")); marks < 3*len(cases) || files < 10 {
		t.Errorf("only %d marks of %d credentials in %d files: were they said?", marks, len(cases), files)
	}
	plain, wrapped := 0, 0
	for _, c := range corpus.Leaking(cases, left) {
		t.Logf("%s, %s is left", c.Kind.Name, c.Position.Name)
		if c.Position.Encoded {
			wrapped++
		} else {
			plain++
		}
	}
	t.Logf("looked through %d MB for %d credentials: %d are left as they are, %d wrapped", len(left)>>20, len(cases), plain, wrapped)
	if plain > 0 || wrapped > len(cases)/100 {
		t.Errorf("%d credentials are left, and %d in wrappings", plain, wrapped)
	}
}

// sayAll sends lines to a server that repeats each of them on both its outputs, and
// returns what the wrapper wrote to its standard error. A crash dumps all goroutines.
func sayAll(t *testing.T, u *up, lines string, crash bool) string {
	t.Helper()
	ctx := wait.Context(t)
	// A core dump is allowed, and asked for.
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -c unlimited; exec "$0" "$@"`, filepath.Join(bin, "mcptrail-collector"), "stdio", "--brokers", u.kafka,
		"--key-file", filepath.Join(u.data, "key"), "--", "sh", "-c", "tee /dev/stderr")
	cmd.Dir, cmd.Env = u.data, append(os.Environ(), "GOTRACEBACK=crash")
	var log lockedBuffer
	cmd.Stderr = &log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = in.Write([]byte(lines)) // a crash ends it
		_ = in.Close()
	}()
	buf := make([]byte, 64<<10)
	for got, sent := 0, false; ; {
		n, err := out.Read(buf)
		got += n
		if crash && !sent && got > len(lines)/2 {
			_ = cmd.Process.Signal(syscall.SIGABRT)
			sent = true
		}
		if err != nil {
			break
		}
	}
	_ = cmd.Wait() // a crash is no success
	if !crash {
		return log.String()
	}
	_, dump, _ := strings.Cut(log.String(), "SIGABRT")
	if end := cmd.ProcessState.Sys().(syscall.WaitStatus); end.CoreDump() {
		t.Error("the collector left a core dump")
	}
	if !strings.Contains(dump, "goroutine 1 ") {
		t.Errorf("the collector did not crash: %.300s", dump)
	}
	return dump
}

// tables is everything in the engine, as text.
func tables(t *testing.T, u *up) []byte {
	t.Helper()
	parts, up := running.Find(u.data)
	if !up {
		t.Fatal("nothing runs over the data directory")
	}
	options, err := dsn.Flags{ClickHouse: parts.ClickHouse, User: parts.ClickHouseUser, Password: parts.ClickHousePassword}.Options()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dsn.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	names := rows(t, conn, "SELECT concat(database, '.', name) FROM system.tables WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') AND engine LIKE '%MergeTree%'")
	if len(names) < 3 {
		t.Errorf("the engine has the tables %q", names)
	}
	var all []byte
	for _, name := range names {
		for _, row := range rows(t, conn, "SELECT toString(tuple(*)) FROM "+name) {
			all = append(append(all, row...), '\n')
		}
	}
	return all
}

func rows(t *testing.T, conn clickhouse.Conn, query string) (all []string) {
	t.Helper()
	found, err := conn.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	for found.Next() {
		var s string
		if err := found.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// topics is everything in the broker, unpacked.
func topics(t *testing.T, u *up) (all []byte) {
	t.Helper()
	dialer, err := kafkaconn.Options{Brokers: []string{u.kafka}}.Dialer()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dialer.Dial("tcp", u.kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	partitions, err := conn.ReadPartitions()
	if err != nil {
		t.Fatal(err)
	}
	messages := 0
	for _, p := range partitions {
		leader, err := dialer.DialLeader(t.Context(), "tcp", u.kafka, p.Topic, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		end, err := leader.ReadLastOffset()
		if err != nil {
			t.Fatal(err)
		}
		leader.Close()
		r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{u.kafka}, Dialer: dialer, Topic: p.Topic, Partition: p.ID, MaxBytes: 16 << 20, MaxWait: 50 * time.Millisecond})
		for at := int64(0); at < end; {
			m, err := r.ReadMessage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all = append(append(all, m.Key...), m.Value...)
			for _, h := range m.Headers {
				all = append(append(all, h.Key...), h.Value...)
			}
			at = m.Offset + 1
			messages++
		}
		r.Close()
	}
	if !strings.Contains(fmt.Sprint(partitions), schema.TopicEvents) || messages < 1000 {
		t.Errorf("only %d messages in the topics", messages)
	}
	return all
}
