//go:build unix

package doctor_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/deploy/broker"
	"github.com/mcptrail/mcptrail/deploy/doctor"
	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// nowhere is a machine on which nothing runs.
func nowhere(t *testing.T) doctor.Config {
	t.Helper()
	const url = "http://127.0.0.1:1"
	api, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	return doctor.Config{Kafka: kafkaconn.Options{Brokers: []string{"127.0.0.1:1"}}, Query: api, URL: url,
		ClickHouse: &clickhouse.Options{Addr: []string{"127.0.0.1:1"}, Auth: clickhouse.Auth{Database: "mcptrail"}, DialTimeout: time.Second},
		Data:       filepath.Join(home, "data"), Spool: filepath.Join(home, "spool"), Upstreams: filepath.Join(home, "upstreams.json"),
		Machine: clientconfig.Machine{OS: "linux", Home: home, Dir: home, Getenv: func(string) string { return "" }}}
}

func look(t *testing.T, config doctor.Config) []doctor.Finding {
	t.Helper()
	found, err := doctor.Look(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Part == "" || f.Says == "" || f.Level == doctor.Wrong && f.Do == "" {
			t.Errorf("says too little: %+v", f)
		}
	}
	return found
}

// has looks for a finding.
func has(t *testing.T, found []doctor.Finding, part string, level doctor.Level, words string) {
	t.Helper()
	for _, f := range found {
		if f.Part == part && f.Level == level && strings.Contains(f.Says+" → "+f.Do, words) {
			return
		}
	}
	t.Errorf("nothing %s of %s with %q in:\n%+v", level, part, words, found)
}

func TestWhatIsAwayIsNamedWithWhatToDo(t *testing.T) {
	found := look(t, nowhere(t))
	has(t, found, "Broker", doctor.Wrong, "mcptrail up")
	has(t, found, "Topics", doctor.Unknown, "broker")
	has(t, found, "Ingest", doctor.Unknown, "broker")
	has(t, found, "ClickHouse", doctor.Wrong, "--clickhouse")
	has(t, found, "Tables", doctor.Unknown, "ClickHouse")
	has(t, found, "Query API", doctor.Wrong, "--url")
	has(t, found, "Spool", doctor.Good, "nothing waits")
	has(t, found, "Clients", doctor.Notice, "wrap FILE")
	has(t, found, "Clock", doctor.Good, "UTC")
}

func TestWhatIsSetWrongIsFound(t *testing.T) {
	config := nowhere(t)
	db := testbed.ClickHouse(t)
	config.ClickHouse, config.Patience = db.Options, time.Second
	b := broker.New(broker.Options{Dir: t.TempDir(), Topics: []broker.Topic{
		{Name: schema.TopicEvents, Partitions: 2, Configs: map[string]string{"max.message.bytes": "1000", "retention.ms": "60000"}},
		{Name: schema.TopicSeals, Partitions: 1, Configs: map[string]string{"cleanup.policy": "compact"}}}})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	config.Kafka.Brokers = []string{b.Addr()}
	found := look(t, config)
	has(t, found, "Broker", doctor.Good, b.Addr())
	has(t, found, "Topics", doctor.Good, schema.TopicEvents+" (2)")
	has(t, found, "Topics", doctor.Wrong, "--add-config max.message.bytes=")
	has(t, found, "Topics", doctor.Notice, "1m0s")
	has(t, found, "Topics", doctor.Wrong, schema.TopicSeals+" is compacted")
	has(t, found, "Topics", doctor.Wrong, schema.TopicRejected+" does not exist")
	has(t, found, "Tables", doctor.Wrong, "0001_events.sql")
	has(t, found, "ClickHouse", doctor.Good, "26.")

	if _, err := ddl.Migrate(t.Context(), db.Options, ddl.Layout{Database: db.Name}); err != nil {
		t.Fatal(err)
	}
	w := &kafka.Writer{Addr: kafka.TCP(b.Addr()), Topic: schema.TopicEvents, RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond}
	if err := w.WriteMessages(t.Context(), kafka.Message{Value: []byte("no event")}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(db.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{
		"INSERT INTO ingest_incidents VALUES ('" + schema.TopicEvents + "', 1, 'store_behind', 700, 1989, 'the tables held less', now64())",
		"INSERT INTO rejected (topic, kafka_partition, kafka_offset, reason, stored_at) VALUES ('" + schema.TopicEvents + "', 1, 41, 'offsets 5 to 41 were gone before they were read', now64())",
	} {
		if err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	found = look(t, config)
	has(t, found, "Ingest", doctor.Notice, "offsets 700 to 1989 of partition 1")
	has(t, found, "Ingest", doctor.Notice, "mcptrail reingest")
	has(t, found, "Ingest", doctor.Notice, "offsets 5 to 41 were gone before they were read")
	has(t, found, "Tables", doctor.Good, "at version")
	has(t, found, "Ingest", doctor.Wrong, "1 records wait")
	has(t, found, "Clock", doctor.Good, "ClickHouse agrees")
}

func TestClientsAreLookedAt(t *testing.T) {
	config := nowhere(t)
	write := func(file, text string) {
		t.Helper()
		path := filepath.Join(config.Machine.Home, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(".cursor/mcp.json", `{"mcpServers": {"a": {"command": "/gone/mcptrail-collector", "args": ["stdio", "--upstream=a", "npx"]},
		"b": {"url": "http://127.0.0.1:1/b/mcp"}, "c": {"url": "http://127.0.0.1:1/c"}}}`)
	write(".config/Code/User/mcp.json", `{"servers": {"d": {"command": "npx"}, "e": {"type": "http", "url": "https://${HOST}/"}}}`)
	write(".claude.json", `{"mcpServers": {`)
	write("upstreams.json", `{"listen": "127.0.0.1:1", "upstreams": [{"name": "b", "origin": "https://b.example", "files": []}]}`)
	found := look(t, config)
	has(t, found, "Clients", doctor.Good, "Cursor: 2 of 3")
	has(t, found, "Clients", doctor.Wrong, "its collector is not at /gone/mcptrail-collector any more")
	has(t, found, "Clients", doctor.Wrong, "c: it calls the collector")
	has(t, found, "Clients", doctor.Wrong, "127.0.0.1:1, where nothing answers")
	has(t, found, "Clients", doctor.Notice, "VS Code: 0 of 2")
	has(t, found, "Clients", doctor.Notice, "cannot be wrapped: e")
	has(t, found, "Clients", doctor.Notice, "Claude Code: ")
}

func TestFindingsArePrintedForPeople(t *testing.T) {
	var out bytes.Buffer
	err := doctor.Printer{Out: &out, Width: 60}.Print([]doctor.Finding{
		{Part: "Clients", Level: doctor.Good, Says: "Cursor: 1 of 1 servers recorded"},
		{Part: "Clients", Level: doctor.Notice, Says: "VS Code: 0 of 1 servers recorded; not: files", Do: "mcptrail-collector wrap --client vscode"},
		{Part: "Broker", Level: doctor.Wrong, Says: "no connection to 127.0.0.1:7692", Do: "start mcptrail up, or give --brokers or MCPTRAIL_BROKERS"},
		{Part: "Topics", Level: doctor.Unknown, Says: "not looked at: the broker does not answer"},
	})
	const want = `[✓] Clients     Cursor: 1 of 1 servers recorded
[!]             VS Code: 0 of 1 servers recorded; not: files
                → mcptrail-collector wrap --client vscode
[✗] Broker      no connection to 127.0.0.1:7692
                → start mcptrail up, or give --brokers or
                  MCPTRAIL_BROKERS
[-] Topics      not looked at: the broker does not answer

1 thing is wrong. 1 thing is worth knowing.
`
	if err != nil || out.String() != want {
		t.Errorf("%v, printed:\n%s", err, &out)
	}
}

func TestLookEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := doctor.Look(ctx, nowhere(t)); err == nil {
		t.Error("it looked to the end")
	}
}
