package interpret_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// BenchmarkDispatch interprets a call of 1 KB and its answer, on a level that stores no
// body: redaction, which costs most, has benchmarks of its own.
func BenchmarkDispatch(b *testing.B) {
	p, err := redact.Parse([]byte("version: 1\ncapture:\n  default: metadata\n"))
	if err != nil {
		b.Fatal(err)
	}
	redactor, err := redact.New(p, "default", identity.Key{})
	if err != nil {
		b.Fatal(err)
	}
	j := journal.New(journal.Config{Tenant: "default", CollectorID: "bench", Epoch: uuid.Must(uuid.NewV7()), Clock: schema.ClockHost, Now: time.Now}, redactor, &journal.Stats{})
	in := interpret.New(interpret.Config{Keys: interpret.DefaultKeys(), Idle: time.Hour, Clock: schema.ClockHost}, j)
	q := observe.New(observe.Config{MaxBytes: 1 << 30, MaxItems: 1 << 20})
	x, text := stdio(q), strings.Repeat("ordinary words ", 60)
	x.Message(schema.ClientToServer, body(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"text":"`+text+`"}}}`), time.Now())
	x.Message(schema.ServerToClient, body(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"`+text+`"}]}}`), time.Now())
	items, _ := q.Take(nil)
	in.Dispatch(&items[0])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		in.Dispatch(&items[1])
		in.Dispatch(&items[2])
		if i%64 == 0 {
			j.Take()
		}
	}
}
