package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// alone are flags of a collector that has a spool and nothing behind it.
func alone(t *testing.T, dir, transport string, more ...string) []string {
	t.Helper()
	return append([]string{transport, "--spool", filepath.Join(dir, "spool"), "--brokers", freeAddress(t), "--receipts", "http://" + freeAddress(t),
		"--collector-id", "flood", "--key-file", filepath.Join(dir, "key"), "--identity", filepath.Join(dir, "identity.key"), "--grace", "15s"}, more...)
}

// kept is what dead collectors have left in a spool.
type kept struct {
	// messages by kind, those that do not have all of their payload, and those that waited.
	kinds       map[schema.Kind]int
	cut, waited int
	// gaps that count messages, and the messages that they count.
	gaps, named int
	events      []*schema.Event
}

// read decodes all events of dead collectors.
func read(t *testing.T, dir string) kept {
	t.Helper()
	s, err := spool.Open(spool.Options{Dir: filepath.Join(dir, "spool"), Epoch: uuid.Must(uuid.NewV7()), MaxBytes: 4 << 30}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Adopt(); err != nil {
		t.Fatal(err)
	}
	k := kept{kinds: map[schema.Kind]int{}}
	ended, end := context.WithCancel(t.Context())
	end() // Next returns what is there before it looks at the context
	for {
		entries, err := s.Next(ended, 1024)
		if err != nil {
			return k
		}
		for i := range entries {
			if entries[i].Seal || entries[i].Damage != nil {
				continue
			}
			e, err := schema.Decode(entries[i].Value)
			if err != nil {
				t.Fatal(err)
			}
			k.take(e)
		}
	}
}

func (k *kept) take(e *schema.Event) {
	k.kinds[e.Kind]++
	if e.Flags.Has(schema.FlagTruncated) {
		k.cut++
	}
	if e.Waited > 0 {
		k.waited++
	}
	if e.Gap != nil {
		k.gaps++
		k.named += int(e.Gap.Count)
	}
	k.events = append(k.events, e)
}

// flood writes calls into a pipe as fast as it takes them.
func flood(to io.WriteCloser, n int) error {
	defer to.Close()
	var piece bytes.Buffer
	for i := range n {
		fmt.Fprintf(&piece, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"write","arguments":{"n":%[1]d}}}`+"\n", i)
		if piece.Len() > 32<<10 || i == n-1 {
			if _, err := to.Write(piece.Bytes()); err != nil {
				return err
			}
			piece.Reset()
		}
	}
	return nil
}

func TestAFloodedPipeWaitsForItsRecord(t *testing.T) {
	t.Parallel()
	n, dir := soak.Count(200_000, 1_000_000), t.TempDir()
	cmd := exec.Command(filepath.Join(bin, "mcptrail-collector"), alone(t, dir, "stdio", "--", "cat")...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, "collector", cmd)
	begun := time.Now()
	failed := make(chan error, 1)
	go func() { failed <- flood(in, n) }()
	passed := 0
	for piece := make([]byte, 64<<10); ; {
		got, err := out.Read(piece)
		if passed += bytes.Count(piece[:got], []byte{'\n'}); err != nil {
			break
		}
	}
	took := time.Since(begun)
	t.Cleanup(func() {
		if t.Failed() {
			tail(t, dir)
		}
	})
	if err := wait.Receive(t, "the flood to end", failed); err != nil {
		t.Fatal(err)
	}
	wait.Receive(t, "the collector to end", p.done)
	k := read(t, dir)
	if k.kinds[schema.KindRequest] != 2*n || passed != n || k.gaps+k.cut > 0 {
		t.Errorf("%d lines passed, each twice recorded: %d requests, %d of them cut, %d in %d gaps", passed, k.kinds[schema.KindRequest], k.cut, k.named, k.gaps)
	}
	t.Logf("%d messages passed in %v, %d of them waited for the record", 2*n, took.Round(time.Millisecond), k.waited)
}

// echo answers each call with what it was.
func echo(t *testing.T, seen *atomic.Int64) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if r.Method == http.MethodPost {
			seen.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.Replace(text, []byte(`"method":"tools/call","params"`), []byte(`"result"`), 1))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestASaturatedProxyWaitsForItsRecord(t *testing.T) {
	t.Parallel()
	const clients = 200
	each, dir := soak.Count(150, 2000), t.TempDir()
	var seen atomic.Int64
	server, listen := echo(t, &seen), freeAddress(t)
	// A smaller queue than usual is half full soon, so that messages wait on every machine.
	p := start(t, dir, "collector", exec.Command(filepath.Join(bin, "mcptrail-collector"),
		alone(t, dir, "http", "--max-body", "65536", "--queue-bytes", "2097152", "--listen", listen, "--upstream", "server="+server.URL)...))
	listening(t, listen)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	var group sync.WaitGroup
	var answered atomic.Int64
	for c := range clients {
		group.Go(func() {
			for i := range each {
				call := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"write","arguments":{"text":"%0300d"}}}`, c*each+i, i)
				answer, err := client.Post("http://"+listen+"/server", "application/json", bytes.NewReader([]byte(call)))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				answered.Add(1)
			}
		})
	}
	group.Wait()
	p.end()
	k := read(t, dir)
	if n := int(seen.Load()); k.kinds[schema.KindRequest] != n || k.kinds[schema.KindAnswer] != n || n != clients*each || k.gaps+k.cut > 0 {
		t.Errorf("%d requests came to the server; recorded %v, %d cut, %d in %d gaps", n, k.kinds, k.cut, k.named, k.gaps)
	}
	t.Logf("%d requests, %d messages waited for the record", answered.Load(), k.waited)
}

// listening waits until a collector accepts connections.
func listening(t *testing.T, address string) {
	t.Helper()
	wait.For(t, "the collector to listen", func() bool {
		answer, err := http.Get("http://" + address + "/nowhere")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil
	})
}
