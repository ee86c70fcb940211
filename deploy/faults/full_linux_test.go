package faults

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// peer sends one request through a collector and returns the answer.
type peer struct {
	t *testing.T
	s *stack
	*process
	request func(n int) (result bool, message string)
	// saw are the requests that came to the server.
	saw func() []int
	end func()
}

const fullFiller = 6000

// overFull is a collector with --on-full as given, over a spool on a small disk.
func overFull(t *testing.T, onFull, transport string) *peer {
	s := newStack(t)
	s.spool = filepath.Join(smallDisk(t), "spool")
	p := &peer{t: t, s: s}
	flags := []string{transport, "--spool", s.spool, "--on-full", onFull, "--max-body", "65536", "--queue-bytes", "262144", "--grace", "30s",
		"--brokers", s.toBroker.addr(), "--receipts", "http://" + s.api, "--collector-id", "full", "--key-file", filepath.Join(s.dir, "key"),
		"--identity", filepath.Join(s.dir, "identity.key")}
	if transport == "http" {
		p.overHTTP(flags)
	} else {
		p.overStdio(flags)
	}
	return p
}

// serveLines answers each line on standard input, and writes down what it saw.
func serveLines(saw string) error {
	f, err := os.OpenFile(saw, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for in := bufio.NewReader(os.Stdin); ; {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return f.Close()
		}
		if err != nil {
			return err
		}
		at, ok := where(line)
		if !ok {
			continue
		}
		fmt.Fprintln(f, at[2])
		fmt.Printf("%s\n", body(schema.ServerToClient, 0, 0, at[2], fullFiller))
	}
}

// reply is what a client reads of an answer.
type reply struct {
	ID     *int
	Result json.RawMessage
	Error  *struct{ Message string }
}

func (p *peer) overStdio(flags []string) {
	saw := filepath.Join(p.s.dir, "saw")
	text, _ := json.Marshal(saw) // a string always has a JSON form
	cmd := exec.Command(filepath.Join(bin, "mcptrail-collector"), append(flags, "--", os.Args[0])...)
	cmd.Env = append(os.Environ(), roleEnv+"=server", configEnv+"="+string(text))
	in, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.process = start(p.t, p.s.dir, "collector", cmd)
	lines := bufio.NewReader(out)
	p.request = func(n int) (bool, string) {
		if _, err := fmt.Fprintf(in, "%s\n", body(schema.ClientToServer, 0, 0, n, fullFiller)); err != nil {
			p.t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			p.t.Fatalf("request %d got no answer: %v", n, err)
		}
		return p.read(n, line)
	}
	p.saw = func() (list []int) {
		text, _ := os.ReadFile(saw)
		for _, word := range strings.Fields(string(text)) {
			var n int
			_, _ = fmt.Sscan(word, &n)
			list = append(list, n)
		}
		return list
	}
	p.end = func() { in.Close(); <-p.done }
}

func (p *peer) overHTTP(flags []string) {
	var mu sync.Mutex
	var seen []int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		at, ok := where(text)
		if err != nil || !ok {
			return // a request that broke off is no message
		}
		mu.Lock()
		seen = append(seen, at[2])
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body(schema.ServerToClient, 0, 0, at[2], fullFiller))
	}))
	p.t.Cleanup(server.Close)
	listen := freeAddress(p.t)
	p.process = start(p.t, p.s.dir, "collector", exec.Command(filepath.Join(bin, "mcptrail-collector"),
		append(flags, "--listen", listen, "--upstream", "server="+server.URL)...))
	p.request = func(n int) (bool, string) {
		answer, err := http.Post("http://"+listen+"/server", "application/json", bytes.NewReader(body(schema.ClientToServer, 0, 0, n, fullFiller)))
		if err != nil {
			p.t.Fatalf("request %d: %v", n, err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			p.t.Fatalf("reading the answer to request %d: %v", n, err)
		}
		result, message := p.read(n, text)
		if want := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[result]; answer.StatusCode != want {
			p.t.Errorf("status %d of %.200s", answer.StatusCode, text)
		}
		return result, message
	}
	p.saw = func() []int {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
	p.end = func() { p.process.end() }
	p.s.await("the collector to listen", 10*time.Second, func() bool {
		answer, err := http.Get("http://" + listen + "/nowhere")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil
	})
}

// read takes an answer apart; it must be to request n.
func (p *peer) read(n int, text []byte) (result bool, message string) {
	p.t.Helper()
	var r reply
	if err := json.Unmarshal(text, &r); err != nil || r.ID == nil || *r.ID != n || (r.Error == nil) == (r.Result == nil) {
		p.t.Fatalf("the answer to request %d is %.300s, %v", n, text, err)
	}
	if r.Error != nil {
		return false, r.Error.Message
	}
	return true, ""
}

// fill takes the broker away and sends requests until the spool is full, from number n
// on, and then some more.
func (p *peer) fill(n int, each func(n int, result bool, message string)) (next int) {
	p.s.toBroker.set(cut, 0)
	for more := 30; more > 0; n++ {
		result, message := p.request(n)
		each(n, result, message)
		if p.s.said("collector", "spool is full") > 0 || !result {
			more--
		}
		if n > 3000 {
			p.t.Fatal("the disk is never full")
		}
	}
	return n
}

func TestFailOpenPassesAndNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"stdio", "http"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			p := overFull(t, "pass", transport)
			n := p.fill(0, func(n int, result bool, message string) {
				if !result {
					t.Fatalf("request %d was refused: %s", n, message)
				}
			})
			p.s.toBroker.set(passing, 0)
			before := n
			p.s.await("a gap in the store", recovery, func() bool {
				if result, message := p.request(n); !result {
					t.Fatalf("request %d was refused: %s", n, message)
				}
				n++
				return p.s.number("SELECT count() FROM events WHERE kind = 'gap'") > 0
			})
			p.end()
			if seen := len(p.saw()); seen != n {
				t.Errorf("the server saw %d of %d requests", seen, n)
			}
			p.s.await("what was recorded", recovery, func() bool {
				return p.s.number("SELECT countIf(closed) = count() FROM (SELECT max(kind = 'close') AS closed FROM events GROUP BY session_id)") == 1
			})
			c := p.s.check()
			// Over HTTP a gap can also name what is an event and no message: how an exchange ended.
			if all := c.messages + c.named; all < 2*n || all > 2*n && transport == "stdio" || c.named == 0 {
				t.Errorf("%d messages passed, %d are stored and %d named by gaps", 2*n, c.messages, c.named)
			}
			t.Logf("%d requests until full, then %d while it was, all passed", before, c.named/2)
		})
	}
}

func TestFailClosedForwardsNothingUnrecorded(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"stdio", "http"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			p := overFull(t, "block", transport)
			refused := map[int]bool{}
			take := func(n int, result bool, message string) {
				if result {
					return
				}
				if refused[n] = true; !strings.Contains(message, "--on-full=block") {
					t.Errorf("request %d was refused with %q", n, message)
				}
			}
			n := p.fill(0, take)
			if len(refused) == 0 {
				t.Error("nothing was refused")
			}
			p.s.toBroker.set(passing, 0)
			p.s.await("room again", recovery, func() bool {
				result, message := p.request(n)
				take(n, result, message)
				n++
				return result
			})
			p.end()
			saw := p.saw()
			for _, n := range saw {
				if refused[n] {
					t.Errorf("request %d was refused and came to the server", n)
				}
			}
			if len(saw)+len(refused) != n {
				t.Errorf("of %d requests the server saw %d, and %d were refused", n, len(saw), len(refused))
			}
			p.s.await("all that the server saw", recovery, func() bool {
				return p.s.number("SELECT uniqExact(seq) FROM events WHERE kind = 'request'") >= len(saw) &&
					p.s.number("SELECT uniqExact(seq) FROM events WHERE kind = 'answer'") >= len(saw)
			})
			c := p.s.check()
			if c.messages != 2*len(saw) || c.named != 0 || c.lost != 0 {
				t.Errorf("the server saw and answered %d requests, and the store has %+v", len(saw), c)
			}
			t.Logf("%d requests passed, %d were refused", len(saw), len(refused))
		})
	}
}

// number asks the store, -1 while it cannot answer.
func (s *stack) number(query string) int {
	var n int64
	if err := s.db.QueryRow(s.t.Context(), "SELECT toInt64(("+query+"))").Scan(&n); err != nil {
		return -1
	}
	return int(n)
}
