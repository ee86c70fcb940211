package jsonrpc_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
	"pgregory.net/rapid"
)

func TestScanReadsTheEnvelope(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want jsonrpc.Message
	}{
		"a tool call": {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","arguments":{"name":"not this"},"_meta":{"progressToken":7,"openai/session":"v1"}}}`,
			jsonrpc.Message{Kind: schema.KindRequest, Method: "tools/call", ID: "n:1", Target: "read_file", ProgressToken: "n:7",
				Meta: []jsonrpc.Field{{Name: "openai/session", Value: "v1"}}}},
		"members in another order": {`{"params":{"uri":"file:///x"},"method":"resources/read","id":"a"}`,
			jsonrpc.Message{Kind: schema.KindRequest, Method: "resources/read", ID: "s:a", Target: "file:///x"}},
		"a number too large for float64": {`{"id":9007199254740993,"result":{}}`,
			jsonrpc.Message{Kind: schema.KindAnswer, ID: "n:9007199254740993"}},
		"a tool error": {`{"id":1,"result":{"content":[],"isError":true}}`,
			jsonrpc.Message{Kind: schema.KindAnswer, ID: "n:1", IsError: true}},
		"an error without an id": {`{"id":null,"error":{"code":-32700,"message":"x"}}`,
			jsonrpc.Message{Kind: schema.KindAnswer, ID: "null", Failed: true, ErrorCode: -32700}},
		"an error of OAuth's": {`{"error":"invalid_token","error_description":"x"}`, jsonrpc.Message{Kind: schema.KindNoise}},
		"an error that is a text": {`{"id":1,"error":"boom"}`,
			jsonrpc.Message{Kind: schema.KindAnswer, ID: "n:1", Failed: true}},
		"a null result": {`{"id":1,"result":null}`, jsonrpc.Message{Kind: schema.KindAnswer, ID: "n:1"}},
		"the modern envelope": {`{"id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"traceparent":"00-a-b-01"}}}`,
			jsonrpc.Message{Kind: schema.KindRequest, Method: "tools/list", ID: "n:2", ProtocolVersion: "2026-07-28", ClientName: "c", ClientVersion: "1",
				Meta: []jsonrpc.Field{{Name: "traceparent", Value: "00-a-b-01"}}}},
		"a created task": {`{"id":2,"result":{"task":{"taskId":"t1","status":"working"}}}`,
			jsonrpc.Message{Kind: schema.KindAnswer, ID: "n:2", TaskID: "t1", ResultType: "task"}},
		"a cancellation": {`{"method":"notifications/cancelled","params":{"requestId":3,"reason":"x"}}`,
			jsonrpc.Message{Kind: schema.KindNotification, Method: "notifications/cancelled", CancelledID: "n:3"}},
		"a value that is no message": {`42`, jsonrpc.Message{Kind: schema.KindNoise}},
		"an object that is no message": {`{"level":"info"}`,
			jsonrpc.Message{Kind: schema.KindNoise}},
		"the same name twice: last one wins, marked": {`{"id":1,"method":"tools/list","method":"tools/call"}`,
			jsonrpc.Message{Kind: schema.KindRequest, ID: "n:1", Method: "tools/call", Ambiguous: true}},
		"a name in another case is not ours, marked": {`{"id":1,"method":"tools/list","Method":"tools/call"}`,
			jsonrpc.Message{Kind: schema.KindRequest, ID: "n:1", Method: "tools/list", Ambiguous: true}},
		"a method that is no text": {`{"id":1,"method":["tools/call"]}`,
			jsonrpc.Message{Kind: schema.KindNoise, ID: "n:1", Ambiguous: true}},
		"a byte order mark": {"\ufeff{\"id\":1,\"method\":\"ping\"}",
			jsonrpc.Message{Kind: schema.KindRequest, ID: "n:1", Method: "ping", Ambiguous: true}},
		"invalid UTF-8": {"{\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\"\xff\"}}",
			jsonrpc.Message{Kind: schema.KindRequest, ID: "n:1", Method: "ping", Ambiguous: true}},
		"ten thousand levels and more": {`{"id":1,"method":"ping","params":{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}`,
			jsonrpc.Message{Kind: schema.KindRequest, ID: "n:1", Method: "ping", Ambiguous: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jsonrpc.Scan([]byte(c.in))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestScanCallsBrokenTextNoise(t *testing.T) {
	for _, in := range []string{"", "hello", `{"id":1`, `{"id":1}{"id":2}`, `{"id":}`} {
		if _, err := jsonrpc.Scan([]byte(in)); !errors.Is(err, jsonrpc.ErrNotJSON) {
			t.Errorf("Scan(%q): %v, want ErrNotJSON", in, err)
		}
	}
	if _, err := jsonrpc.Scan([]byte(`{"token":"sk-secret`)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error tells what was in the message: %v", err)
	}
}

func TestLongIDsAreHashedWithTheirType(t *testing.T) {
	long := strings.Repeat("9", 5000)
	number, _ := jsonrpc.Scan([]byte(`{"id":` + long + `,"result":{}}`))
	text, _ := jsonrpc.Scan([]byte(`{"id":"` + long + `","result":{}}`))
	if !strings.HasPrefix(number.ID, "h:") || len(number.ID) != 66 || number.ID == text.ID {
		t.Errorf("ids %q and %q", number.ID, text.ID)
	}
}

// TestIDsThatNoRevisionAllowsAreToldApart holds that such ids pair requests with
// answers too, and that a message too long to keep gives the same ones.
func TestIDsThatNoRevisionAllowsAreToldApart(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{`true`, `false`, `null`, `"true"`, `{}`, `[]`, `{"a":1}`, `{"a":"1"}`, `[1,2]`, `["1 2"]`, `[[{"a":"\"}"}]]`, `""`} {
		m, err := jsonrpc.Scan([]byte(`{"id":` + id + `,"method":"ping"}`))
		if err != nil || m.ID == "" || m.Kind != schema.KindRequest {
			t.Errorf("%s: %+v, %v", id, m, err)
		}
		if other, ok := seen[m.ID]; ok {
			t.Errorf("%s and %s are both %s", id, other, m.ID)
		}
		seen[m.ID] = id
		for _, cut := range []int{1, 3, 1000} {
			s := jsonrpc.NewSkimmer()
			for rest := []byte("{\n \"id\" : " + id + " ,\"method\":\"ping\",\"params\":{\"name\":\"x\"}}"); len(rest) > 0; rest = rest[min(cut, len(rest)):] {
				s.Write(rest[:min(cut, len(rest))])
			}
			if got := s.Message(); got.ID != m.ID || got.Kind != m.Kind || got.Method != "ping" || got.Target != "x" {
				t.Errorf("%s, skimmed in pieces of %d: %+v, want the id %s", id, cut, got, m.ID)
			}
		}
	}
	spaced, _ := jsonrpc.Scan([]byte(`{"id":{ "a" : 1 },"result":{}}`))
	if seen[spaced.ID] != `{"a":1}` {
		t.Errorf("with other white space it is %s", spaced.ID)
	}
}

func TestElementsAreTheBytesOfABatch(t *testing.T) {
	in := "[ {\"id\":1 , \"method\":\"a\"},\n{\"method\":\"b\"}, 3 ]"
	if !jsonrpc.IsBatch([]byte(in)) {
		t.Fatal("not taken for a batch")
	}
	elements, whole := jsonrpc.Elements([]byte(in))
	if !whole {
		t.Fatal("not taken for whole")
	}
	var all []string
	for from, to := range elements {
		all = append(all, in[from:to])
	}
	if got := strings.Join(all, "|"); got != `{"id":1 , "method":"a"}|{"method":"b"}|3` {
		t.Errorf("got %s", got)
	}
	for _, in := range []string{"", "{}", "[", "[1", "[1,", "[1,]", "[]]", "[] {}", "[NaN]"} {
		if _, whole := jsonrpc.Elements([]byte(in)); whole {
			t.Errorf("%q is taken for a whole array", in)
		}
	}
}

// TestReadingsAreThoseOfReaders: JavaScript and Python take the last of two members, a
// first-wins reader the first, Go's encoding/json the last in any case.
func TestReadingsAreThoseOfReaders(t *testing.T) {
	for in, want := range map[string]string{
		`{"id":1,"method":"ping","method":"tools/call"}`:                                 "tools/call() ping()",
		`{"id":1,"method":"tools/call","method":"ping","params":{"name":"x"}}`:           "ping(x) tools/call(x)",
		`{"id":1,"method":"ping","Method":"tools/call"}`:                                 "ping() tools/call()",
		`{"id":1,"Method":"tools/call","Params":{"Name":"x"}}`:                           "tools/call(x)",
		`{"Id":1,"method":"tools/call","paramſ":{"name":"x"}}`:                           "tools/call() tools/call(x)",
		`{"id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}`:                "tools/call(a) tools/call(b)",
		`{"id":1,"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}`:     "tools/call(b) tools/call(a)",
		"\ufeff" + `{"id":1,"method":"tools/call","params":{"name":"a"}}`:                "tools/call(a)",
		`{"id":1,"method":"tools/call","params":{"arguments":{"Method":"m","ID":3}}}`:    "tools/call()",
		`{"id":1,"method":"tools/call","params":{"arguments":{"a":1,"a":2},"name":"x"}}`: "tools/call(x)",
		`{"level":"info","ID":3}`: "()",
	} {
		m, err := jsonrpc.Scan([]byte(in))
		if err != nil {
			t.Fatal(in, err)
		}
		var got []string
		for _, m := range jsonrpc.Readings([]byte(in), m) {
			got = append(got, m.Method+"("+m.Target+")")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}

// TestLenientReadsWhatALenientReaderReads and how far it goes.
func TestLenientReadsWhatALenientReaderReads(t *testing.T) {
	for in, want := range map[string]string{
		`{"id":1,"method":"tools/call","params":{"name":"x","v":NaN}} more`:          "tools/call x n:1| more",
		`{"id":1,"method":"tools/call","params":{"v":-Infinity,}}{"id":2}`:           `tools/call  n:1|{"id":2}`,
		"\u00a0{\"id\":01,\"method\":\"tools/call\",\"params\":{\"name\":\"a\nb\"}}": "tools/call a\nb n:01|",
		`{"id":1,"method":"tools\x2fcall"}`:                                          `tools\x2fcall  n:1|`,
		`{"id":1,"Method":"tools/call",}`:                                            "tools/call  n:1|",
		`{"id":1,"result":{"v":NaN}}`:                                                "  n:1|",
		`{"id":1,"method":"tools/call"`:                                              "",
		`{"level":info}`:                                                             "",
		`hello {"id":1,"method":"tools/call"}`:                                       "",
	} {
		m, end, ok := jsonrpc.Lenient([]byte(in))
		got := ""
		if ok {
			got = m.Method + " " + m.Target + " " + m.ID + "|" + in[end:]
		}
		if got != want || ok && !m.Ambiguous {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestSkimmerOutlivesBrackets that close what was never opened.
func TestSkimmerOutlivesBrackets(t *testing.T) {
	s := jsonrpc.NewSkimmer()
	s.Write([]byte(`}]}{"id":1,"method":"ping"}`))
	if m := s.Message(); m.Method != "ping" || m.ID != "n:1" {
		t.Errorf("found %+v", m)
	}
}

// TestSkimmerAgreesWithScan runs both over every recorded message, the skimmer
// in pieces of arbitrary size.
func TestSkimmerAgreesWithScan(t *testing.T) {
	messages := recorded(t)
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SampledFrom(messages).Draw(t, "message")
		want, err := jsonrpc.Scan(raw)
		if err != nil {
			t.Skip("not JSON")
		}
		s := jsonrpc.NewSkimmer()
		for rest := raw; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			s.Write(rest[:n])
			rest = rest[n:]
		}
		got := s.Message()
		if got.Kind != want.Kind || got.ID != want.ID || got.Method != want.Method || got.ErrorCode != want.ErrorCode || got.IsError != want.IsError {
			t.Fatalf("skimmed %+v\nscanned %+v\n%s", got, want, raw)
		}
	})
}

// recorded returns the JSON-RPC messages of the recorded conversations, batches
// left out, and skips the test where they are not at hand.
func recorded(t *testing.T) [][]byte {
	files, _ := filepath.Glob("../../../shared/transcripts/*.jsonl")
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no recorded conversations in ../shared/transcripts")
		}
		t.Skip("no recorded conversations in ../shared/transcripts")
	}
	var messages [][]byte
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewReader(f)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				break
			}
			var record struct{ Raw string }
			if err := json.Unmarshal(line, &record); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			raw := []byte(record.Raw)
			if _, data, ok := strings.Cut(record.Raw, "data: "); ok {
				raw = []byte(strings.TrimSpace(data))
			}
			if len(raw) > 0 && raw[0] == '{' {
				messages = append(messages, raw)
			}
		}
	}
	return messages
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{"a":"b"}}}`))
	f.Add([]byte(`[{"id":1},{"id":"1","error":{"code":1}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		jsonrpc.NewSkimmer().Write(data)
		if jsonrpc.IsBatch(data) {
			if elements, whole := jsonrpc.Elements(data); whole {
				for from, to := range elements {
					if _, err := jsonrpc.Scan(data[from:to]); err != nil {
						t.Errorf("element %q of a readable batch: %v", data[from:to], err)
					}
				}
			}
			return
		}
		before := bytes.Clone(data)
		if m, err := jsonrpc.Scan(data); err == nil && m.Ambiguous {
			jsonrpc.Readings(data, m)
		}
		jsonrpc.Lenient(data)
		if !bytes.Equal(before, data) {
			t.Error("Scan changed the message")
		}
	})
}

func BenchmarkScan(b *testing.B) {
	data := []byte(`{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + strings.Repeat("ordinary words ", 60) + `"}],"isError":false}}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := jsonrpc.Scan(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSkim(b *testing.B) {
	data := []byte(`{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + strings.Repeat("ordinary words ", 60<<10) + `"}],"isError":false}}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		jsonrpc.NewSkimmer().Write(data)
	}
}
