package interpret_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
)

// TestAMessageInPiecesIsARequest: a server that decodes a stream of values takes it for one.
func TestAMessageInPiecesIsARequest(t *testing.T) {
	events := record(t, setup{}, func(q *observe.Queue) {
		x := stdio(q)
		for _, line := range []string{`{"jsonrpc":"2.0","id":8,`, `"method":"tools/list",`, `"params":{}}`, `{"id":1,"method":"ping"} trailing`, `server started`} {
			x.Message(schema.ClientToServer, body(line), time.Now())
		}
	})
	want := "noise ambiguous; noise ambiguous; request tools/list n:8 ambiguous,unreadable; request ping n:1 ambiguous; noise ambiguous; noise"
	if got := readings(events); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// readings are the messages among events, with what qualifies them.
func readings(events []*schema.Event) string {
	var all []string
	for _, e := range events {
		if e.Kind != schema.KindOpen && e.Kind != schema.KindClose && e.Kind != schema.KindHTTP {
			words := fmt.Sprintf("%s %s %s %s %s %s", e.Kind, e.Method, e.Target, e.RPCID, strings.Join(e.Flags.Names(), ","), e.Charset)
			all = append(all, strings.Join(strings.Fields(words), " "))
		}
	}
	return strings.Join(all, "; ")
}

const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}`

func encoded(t *testing.T, name, text string) string {
	t.Helper()
	raw, known := charset.Encode(name, []byte(text))
	if !known {
		t.Fatalf("no charset %s", name)
	}
	return string(raw)
}

// TestWhatALineIsToAnyReaderIsRecorded: what a server could execute is a request, and what
// only separates it stays beside it.
func TestWhatALineIsToAnyReaderIsRecorded(t *testing.T) {
	const executed = "request tools/call x n:1"
	for line, want := range map[string]string{
		call: executed,
		`{"method":"notifications/x","params":{"a":` + "\r" + call + "\r}}":       "notification notifications/x ambiguous; " + executed + " ambiguous",
		"{\r\"id\":1,\"method\":\"tools/call\",\r\"params\":{\"name\":\"x\"}}":    executed + " ambiguous",
		call + "\r" + `{"id":2,"method":"ping"}`:                                  executed + " ambiguous; request ping n:2 ambiguous",
		"junk\r" + call:                                                           "noise ambiguous; " + executed + " ambiguous",
		strings.Replace(call, `{"name"`, "{\"a\":\"b\u2028c\u0085\",\"name\"", 1): executed,
		call + "{}":    executed + " ambiguous; noise ambiguous",
		call + call:    executed + " ambiguous; " + executed + " ambiguous",
		call + "}":     executed + " ambiguous; noise ambiguous",
		"junk " + call: "noise ambiguous; " + executed + " ambiguous",
		strings.Replace(call, "{", `{"v":NaN,`, 1):                        executed + " ambiguous,unreadable",
		"[" + call + `,{"id":2,"method":"ping","params":{"v":Infinity}}]`: executed + " ambiguous,batch; request ping n:2 ambiguous,batch,unreadable",
		"[" + call + ",1]":                                   executed + " batch; noise batch,invalid",
		strings.Replace(call, "method", "Method", 1):         executed + " ambiguous",
		strings.Replace(call, "{", `{"Method":"ping",`, 1):   executed + " ambiguous",
		strings.Replace(call, "}}", `},"Method":"ping"}`, 1): executed + " ambiguous; request ping x n:1 ambiguous",
		strings.Replace(call, `"x"`, `"x","Name":"y"`, 1):    executed + " ambiguous; request tools/call y n:1 ambiguous",
		strings.Replace(call, "{", `{"method":"ping",`, 1):   executed + " ambiguous; request ping x n:1 ambiguous",
		encoded(t, "utf-16le", call):                         executed + " ambiguous utf-16le",
		encoded(t, "utf-32be", "\ufeff"+call):                executed + " ambiguous utf-32be",
		encoded(t, "utf-16be", "["+call+"]"):                 executed + " ambiguous,batch utf-16be",
		"Content-Length: 9 " + call:                          "noise ambiguous; " + executed + " ambiguous",
		`{"level":"info"}`:                                   "noise invalid",
		`{"level":"info"} {"level":"warn"}`:                  "noise ambiguous",
		"hello":                                              "noise",
	} {
		events := record(t, setup{}, func(q *observe.Queue) { stdio(q).Message(schema.ClientToServer, body(line), time.Now()) })
		if got := readings(events); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", line, got, want)
		}
		// What a server logs is searched for no message, unless a reader of lines finds one.
		events = record(t, setup{}, func(q *observe.Queue) { stdio(q).Message(schema.ServerToClient, body("sent "+line), time.Now()) })
		if got := readings(events); strings.Contains(got, "tools/call") && !strings.Contains(line, "\r") {
			t.Errorf("%q of a server: %s", line, got)
		}
	}
}

// TestABodyIsReadInItsCharset as a byte order mark, zero bytes or the content type have it.
func TestABodyIsReadInItsCharset(t *testing.T) {
	const executed = "request tools/call x n:1"
	for _, c := range []struct{ contentType, body, want string }{
		{"application/json", encoded(t, "utf-16le", "\ufeff"+call), executed + " ambiguous utf-16le"},
		{"application/json; charset=utf-7", encoded(t, "utf-7", call), executed},
		{"application/json; charset=utf-7", strings.ReplaceAll(call, `"`, "+ACI-"), executed + " ambiguous utf-7"},
		{"application/json; charset=utf-7", strings.Replace(call, "tools/call", "tools+AC8-call", 1), "request tools+AC8-call x n:1 ambiguous; " + executed + " ambiguous utf-7"},
		{"application/json; charset=utf-16le", call, executed + " ambiguous"},
		{"application/json; charset=utf-16le", encoded(t, "utf-16le", call), executed + " ambiguous utf-16le"},
		{"application/json; charset=ibm037", encoded(t, "ibm037", call), executed + " ambiguous ibm037"},
		{"application/json; charset=shift_jis", encoded(t, "shift_jis", strings.Replace(call, "{", `{"k":"ソ",`, 1)), executed + " ambiguous shift_jis"},
		{"application/json; charset=no-such", call, executed},
		{"application/json; charset=no-such", "\xff\x01\x02", "request ambiguous,withheld,unreadable no-such"},
	} {
		events := record(t, setup{}, func(q *observe.Queue) {
			x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP,
				HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp", Header: http.Header{"Content-Type": {c.contentType}}}}, time.Now())
			x.Message(schema.ClientToServer, body(c.body), time.Now())
		})
		if got := readings(events); got != c.want {
			t.Errorf("%s %q\ngot  %s\nwant %s", c.contentType, c.body, got, c.want)
		}
		for _, e := range events {
			if e.Kind == schema.KindRequest && !e.Flags.Has(schema.FlagWithheld) && string(e.Payload) != c.body {
				t.Errorf("%s: the record has %q, not the bytes that came", c.contentType, e.Payload)
			}
		}
	}
}

// TestALineEndsWhereAnyReaderEndsIt: Python's splitlines and Node's readline know more ends of
// a line than LF, inside of a string too.
func TestALineEndsWhereAnyReaderEndsIt(t *testing.T) {
	for _, end := range message.Ends {
		for _, padding := range []string{"", strings.Repeat("x", 4000)} {
			line := `{"method":"notifications/x","params":{"a":"` + padding + end + call + end + `"}}`
			want := "notification notifications/x ambiguous,unreadable; request tools/call x n:1 ambiguous"
			if padding != "" {
				want = "notification notifications/x ambiguous,truncated; request tools/call x n:1 ambiguous,truncated"
			}
			events := record(t, setup{}, func(q *observe.Queue) {
				x := stdio(q)
				gather := message.NewGather(1000)
				for i := range len(line) { // an end may arrive in pieces
					gather.Write([]byte(line[i : i+1]))
				}
				x.Message(schema.ClientToServer, gather.Take(), time.Now())
			})
			if got := readings(events); got != want {
				t.Errorf("%q\ngot  %s\nwant %s", line[:60], got, want)
			}
		}
	}
}

// TestALongBatchIsManyCalls: each element is a record, with bounded memory.
func TestALongBatchIsManyCalls(t *testing.T) {
	events := record(t, setup{}, func(q *observe.Queue) {
		stdio(q).Message(schema.ClientToServer, message.Copy([]byte("["+strings.Repeat(call+",", 5000)+call+"]"), 1000), time.Now())
	})
	calls := 0
	for _, e := range events {
		if e.Method == "tools/call" && e.Flags.Has(schema.FlagTruncated) {
			calls++
		}
	}
	if calls != 5001 {
		t.Errorf("%d calls are in the record", calls)
	}
	body := message.Copy([]byte("["+strings.Repeat(call+",", 100_000)+call+"]"), 1000)
	if n := body.Bytes(); n > 8<<20 || body.Others[len(body.Others)-1].Kind != schema.KindRequest {
		t.Errorf("%d messages take %d bytes", len(body.Others), n)
	}
}

// TestASecretInAnotherCharsetIsCut, and the rest stays in that charset.
func TestASecretInAnotherCharsetIsCut(t *testing.T) {
	text := strings.Replace(call, `"x"`, `"x","arguments":{"password":"hunter2-hunter2","note":"grüße"}`, 1)
	for _, name := range []string{"utf-16le", "utf-32be"} {
		events := record(t, setup{}, func(q *observe.Queue) {
			stdio(q).Message(schema.ClientToServer, body(encoded(t, name, text)), time.Now())
		})
		e := events[1]
		plain, _ := charset.Decode(e.Charset, e.Payload)
		if len(e.Redactions) != 1 || strings.Contains(string(plain), "hunter2") || !strings.Contains(string(plain), `"note":"grüße"`) {
			t.Errorf("%s: %q with %v", name, plain, e.Redactions)
		}
	}
}

// TestALongMessageIsReadAsAnyReaderWould also where only its beginning is kept.
func TestALongMessageIsReadAsAnyReaderWould(t *testing.T) {
	padding := `"pad":"` + strings.Repeat("x", 4000) + `",`
	notification := `{"jsonrpc":"2.0",` + padding + `"method":"notifications/x"}`
	padded := `{"id":2,` + padding + `"method":"ping"}`
	for line, want := range map[string]string{
		encoded(t, "utf-16le", strings.Replace(call, "{", "{"+padding, 1)):                             "request tools/call x n:1 ambiguous,truncated utf-16le",
		strings.Replace(call, "{", "{"+padding+`"Method":"ping",`, 1):                                  "request tools/call x n:1 ambiguous,truncated",
		"{" + padding + `"method":"notifications/x","params":{"a":` + "\r{}\r}}":                       "notification notifications/x truncated",
		"\r" + `{"method":"ping","id":2,` + padding + `"a":1}` + "\r" + call + "\r" + `{"id":3,"a":2}`: "request ping n:2 truncated; request tools/call x n:1 truncated",
		// The elements of a batch, and values that follow each other.
		"[" + notification + "," + call + "]":                        "notification notifications/x truncated; request tools/call x n:1 truncated",
		"[ " + call + "\n," + notification + ",7]":                   "request tools/call x n:1 truncated; notification notifications/x truncated",
		"[[" + call + "," + padded + "]]":                            "request tools/call x n:1 truncated; request ping n:2 truncated",
		notification + call:                                          "notification notifications/x truncated; request tools/call x n:1 truncated",
		call + padded + call:                                         "request tools/call x n:1 truncated; request ping n:2 truncated; request tools/call x n:1 truncated",
		`{"jsonrpc":"2.0","x":[` + call + "]," + padding + `"id":1}`: "noise truncated,invalid",
		// What cannot be read from its beginning.
		`{ {` + padding + call[1:]:    "request tools/call x n:1 ambiguous,truncated",
		`{"{` + padding + call[1:]:    "request tools/call x n:1 ambiguous,truncated",
		`"{" {` + padding + call[1:]:  "request tools/call x n:1 truncated",
		`{"a":"b{ ` + padded + call:   "request ping n:2 ambiguous,truncated; request tools/call x n:1 ambiguous,truncated",
		`{"a":{` + padding + `"b":1}`: "noise ambiguous,truncated,invalid",
		`{"id":1,"method":"tools/call","params":{"name":"x"},` + padding + `"params":{"name":"y"}}`: "request tools/call y n:1 ambiguous,truncated",
	} {
		events := record(t, setup{}, func(q *observe.Queue) {
			stdio(q).Message(schema.ClientToServer, message.Copy([]byte(line), 1000), time.Now())
		})
		if got := readings(events); got != want {
			t.Errorf("%.60q\ngot  %s\nwant %s", line, got, want)
		}
	}
}

// TestEachCallOfABatchIsRecorded however many there are, and the journal never holds them
// all: what hands records over is called between them.
func TestEachCallOfABatchIsRecorded(t *testing.T) {
	builtIn := redact.Default()
	redactor, err := redact.New(builtIn, "default", identity.Key{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1_001, 100_000} {
		j := journal.New(journal.Config{Tenant: "default", CollectorID: "test", Epoch: uuid.Must(uuid.NewV7()), Clock: schema.ClockHost, Now: time.Now}, redactor, &journal.Stats{})
		calls, most := 0, 0
		take := func() {
			most = max(most, j.Pending())
			for _, r := range j.Take().Records {
				if e, err := schema.Decode(r.Value); err == nil && e.Kind == schema.KindRequest && e.Method == "tools/call" {
					calls++
				}
			}
		}
		in := interpret.New(interpret.Config{Idle: time.Minute, Clock: schema.ClockHost, Handover: take}, j)
		q := observe.New(observe.Config{MaxBytes: 1 << 30, MaxItems: 1 << 20})
		stdio(q).Message(schema.ClientToServer, message.Copy([]byte("["+strings.Repeat(call+",", n)+"1]"), 16<<20), time.Now())
		items, _ := q.Take(nil)
		for i := range items {
			in.Dispatch(&items[i])
		}
		take()
		if calls != n || most > 10 {
			t.Errorf("of %d calls %d are in the record, %d at once", n, calls, most)
		}
	}
}

// TestHostileTextsAreCheapToRead: a mebibyte of anything is read in time linear in it, and
// makes few events besides messages.
func TestHostileTextsAreCheapToRead(t *testing.T) {
	for _, unit := range []string{"\r", "[\r", "[{", "{", "[", "{}", "[],", "1,", "\r", "{\r", "{}\r", "\"", "{\"", "{\"a\":", "\x00", "{\x00", "x{", "}{", "{\"method\":", "+AHs-", "{{}", "\\", `{"a":1,"A":2,`} {
		text := strings.Repeat(unit, (1<<20)/len(unit))
		began := time.Now()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		events := record(t, setup{}, func(q *observe.Queue) {
			x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP,
				HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp", Header: http.Header{"Content-Type": {"text/plain; charset=utf-7"}}}}, time.Now())
			x.Message(schema.ClientToServer, body(text), time.Now())
			stdio(q).Message(schema.ClientToServer, body(text), time.Now())
		})
		runtime.ReadMemStats(&after)
		if took, mib := time.Since(began), (after.TotalAlloc-before.TotalAlloc)>>20; took > 20*time.Second || mib > 600 || len(events) > 2*1100 {
			t.Errorf("%q: %v, %d MiB, %d events", unit, took, mib, len(events))
		}
	}
}
