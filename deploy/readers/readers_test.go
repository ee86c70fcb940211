package readers

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/collector/stdio"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
)

var update = flag.Bool("update", false, "write testdata/readers.tsv anew")

const list = "testdata/readers.tsv"

// TestWhatAServerExecutesIsACallInTheRecord sends each trick to each reader, through the
// collector, and holds what the server did against the record of it.
func TestWhatAServerExecutesIsACallInTheRecord(t *testing.T) {
	switch err := peers.MissingReaders(); {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal(err)
	default:
		t.Skip("SKIPPED, no reader was asked: ", err)
	}
	found := map[string]string{}
	sent, executed := 0, 0
	for _, transport := range []string{"http", "stdio"} {
		for _, reader := range peers.Readers {
			if transport == "stdio" && reader == "typescript-v1-express" {
				continue // the same as typescript-v1
			}
			t.Run(transport+" "+reader, func(t *testing.T) {
				run := send(t, transport, reader)
				for i, trick := range tricks {
					if trick.only != "" && trick.only != transport {
						continue
					}
					text := marker(i)
					sent++
					found[transport+"\t"+trick.name+"\t"+reader] = "-"
					if !run.effects[text] {
						continue
					}
					executed++
					found[transport+"\t"+trick.name+"\t"+reader] = "yes"
					if !run.calls[text] {
						t.Errorf("%q was executed and is no call in the record; it is recorded as %s", trick.name, run.recorded(text))
					}
				}
				if !run.calls[marker(0)] {
					t.Errorf("not even a plain call is in the record")
				}
			})
		}
	}
	t.Logf("%d calls were sent in %d ways, %d were executed", sent, len(tricks), executed)
	compare(t, found)
}

// marker is the argument by which the call of a trick is found again.
func marker(i int) string { return fmt.Sprintf("%s%03dx", markerPrefix, i) }

const markerPrefix = "effect"

// compare holds what the readers did against the list.
func compare(t *testing.T, found map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("transport\ttrick\t" + strings.Join(peers.Readers, "\t") + "\n")
	for _, transport := range []string{"http", "stdio"} {
		for _, trick := range tricks {
			if trick.only != "" && trick.only != transport {
				continue
			}
			b.WriteString(transport + "\t" + trick.name)
			for _, reader := range peers.Readers {
				b.WriteString("\t" + found[transport+"\t"+trick.name+"\t"+reader])
			}
			b.WriteString("\n")
		}
	}
	if *update {
		if err := os.WriteFile(list, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("the readers do not read as %s has it (go test ./deploy/readers -update):\n%s", list, difference(string(want), b.String()))
	}
}

func difference(want, got string) string {
	var b strings.Builder
	known := map[string]bool{}
	for line := range strings.Lines(want) {
		known[line] = true
	}
	for line := range strings.Lines(got) {
		if !known[line] {
			b.WriteString(line)
		}
	}
	return b.String()
}

// run is what became of all tricks with one reader.
type run struct {
	// effects are the markers of the calls that were executed, calls those of which the
	// timeline has an operation.
	effects, calls map[string]bool
	events         []*schema.Event
}

// recorded says as what a marker is in the record.
func (r *run) recorded(text string) string {
	var all []string
	for _, e := range r.events {
		if strings.Contains(string(charset.Text(e.Charset, e.Payload)), text) && e.Direction == schema.ClientToServer {
			all = append(all, fmt.Sprintf("%s %s %s %v", e.Kind, e.Method, e.Charset, e.Flags.Names()))
		}
	}
	return strings.Join(all, "; ")
}

// send sends all tricks of a transport to a reader.
func send(t *testing.T, transport, reader string) *run {
	t.Helper()
	effects := filepath.Join(t.TempDir(), "effects")
	var mu sync.Mutex // guards events while the recorder runs
	r := &run{effects: map[string]bool{}, calls: map[string]bool{}}
	recorder := collector.New(collector.Config{CollectorID: "test"}, func(_ context.Context, records []durable.Record) ([]int, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, record := range records {
			if e, err := schema.Decode(record.Value); err == nil {
				r.events = append(r.events, e)
			}
		}
		return nil, nil
	})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	recorded := make(chan error, 1)
	go func() { recorded <- recorder.Run(ctx, wait.Limit) }()
	if transport == "http" {
		overHTTP(t, reader, effects, recorder)
	} else {
		overStdio(t, reader, effects, recorder)
	}
	stop()
	if err := wait.Receive(t, "the recorder to end", recorded); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(effects) // none if nothing was executed
	for line := range strings.Lines(string(text)) {
		r.effects[strings.TrimSpace(line)] = true
	}
	r.readTimelines(t)
	return r
}

// readTimelines finds the calls that timelines show.
func (r *run) readTimelines(t *testing.T) {
	t.Helper()
	sessions := map[string][]*schema.Event{}
	for _, e := range r.events {
		sessions[e.SessionID.String()] = append(sessions[e.SessionID.String()], e)
	}
	for _, events := range sessions {
		timeline, err := rebuild.Timeline(query.Hashed(func(yield func(*schema.Event, error) bool) {
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		calls := map[uint64]bool{}
		for _, o := range timeline.Operations {
			for _, seq := range o.RequestSeqs {
				calls[seq] = o.Method == "tools/call" || o.Method == "" // unreadable
			}
		}
		for _, e := range events {
			if !calls[e.Seq] {
				continue
			}
			text := string(charset.Text(e.Charset, e.Payload))
			if _, after, found := strings.Cut(text, markerPrefix); found && len(after) >= 4 {
				r.calls[markerPrefix+after[:4]] = true
			}
			// The text is in another line of the call, or withheld.
			var id int
			if _, err := fmt.Sscanf(e.RPCID, "n:%d", &id); err == nil && id > 0 {
				r.calls[marker(id-1)] = true
			}
		}
	}
}

// overHTTP posts each trick.
func overHTTP(t *testing.T, reader, effects string, recorder *collector.Recorder) {
	t.Helper()
	url, stop, err := peers.StartReader(t.Context(), reader, effects)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	proxy, err := httpproxy.New(httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: url}}, Grace: time.Second}, recorder.Queue())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- proxy.Run(ctx, l) }()
	client := http.Client{Timeout: wait.Limit}
	for i, trick := range tricks {
		if trick.only == "stdio" {
			continue
		}
		request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+l.Addr().String()+"/up", strings.NewReader(trick.text(marker(i), i+1)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Accept": {"application/json, text/event-stream"}, "Content-Type": {trick.contentType}, "Mcp-Protocol-Version": {"2025-06-18"}}
		switch trick.contentType {
		case "":
			request.Header.Set("Content-Type", "application/json")
		case "-":
			request.Header.Del("Content-Type")
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Logf("%s: %v", trick.name, err) // the server broke off: the effect says whether it executed
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	end()
	if err := wait.Receive(t, "the proxy to end", served); err != nil {
		t.Error(err)
	}
}

// overStdio writes each trick to a process that has shaken hands, and then a plain call by
// whose answer it shows that the trick was read. A process that ends, or that does not
// answer since it waits for the rest of something, is replaced.
func overStdio(t *testing.T, reader, effects string, recorder *collector.Recorder) {
	t.Helper()
	var s *process
	defer func() {
		if s != nil {
			s.end()
		}
	}()
	for i, trick := range tricks {
		if trick.only == "http" {
			continue
		}
		if s == nil {
			s = startProcess(t, reader, effects, recorder)
		}
		if !s.write(trick.text(marker(i), i+1)) || !s.ping(10_000+i) {
			s.end()
			s = nil
		}
	}
}

// process is a reader behind the collector.
type process struct {
	stdin   io.WriteCloser
	answers chan int // ids of answers
	ended   chan struct{}
}

func startProcess(t *testing.T, reader, effects string, recorder *collector.Recorder) *process {
	t.Helper()
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &process{stdin: stdin, answers: make(chan int, 4096), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		_, _ = stdio.Run(context.Background(), stdio.Config{Command: peers.ReaderStdio(reader), Env: append(os.Environ(), "EFFECTS="+effects)},
			recorder.Queue(), in, out, io.Discard)
	}()
	go func() {
		defer stdout.Close()
		lines := bufio.NewReader(stdout)
		for {
			line, err := lines.ReadBytes('\n')
			var answer struct{ ID int }
			if json.Unmarshal(line, &answer) == nil && answer.ID != 0 {
				select {
				case s.answers <- answer.ID:
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	s.write(`{"jsonrpc":"2.0","id":9999,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	if !s.answered(9999, wait.Limit) {
		t.Fatalf("%s does not shake hands", reader)
	}
	s.write(notification)
	return s
}

func (s *process) write(line string) bool {
	_, err := io.WriteString(s.stdin, line+"\n")
	return err == nil
}

// unanswered is how long a process may be silent before it is taken to wait for the rest of
// a message. Only what the list says depends on it: a call that comes later than that is
// executed by the end.
const unanswered = 5 * time.Second

func (s *process) ping(id int) bool {
	return s.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"ping"}`, id)) && s.answered(id, unanswered)
}

func (s *process) answered(id int, within time.Duration) bool {
	limit := time.After(within)
	for {
		select {
		case got := <-s.answers:
			if got == id {
				return true
			}
		case <-s.ended:
			return false
		case <-limit:
			return false
		}
	}
}

func (s *process) end() {
	s.stdin.Close()
	<-s.ended
}
