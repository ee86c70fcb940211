package faults

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// inFlight is how many clients call at once when the collector is killed.
const inFlight = 200

// passedBy is what passed one collector before it was killed, by the id of the call.
type passedBy struct {
	mu sync.Mutex // guards what follows, for a map access
	// requests came to the server, answers to their client, at those times.
	requests, answers map[string]time.Time
}

func (p *passedBy) add(to map[string]time.Time, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	to[id] = time.Now()
}

func (p *passedBy) answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.answers)
}

// killInFlight starts a collector, has many clients call through it, and kills it.
func killInFlight(t *testing.T, dir, onFull string, round int, luck *rand.Rand) *passedBy {
	t.Helper()
	passed := &passedBy{requests: map[string]time.Time{}, answers: map[string]time.Time{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil || r.Method != http.MethodPost {
			return
		}
		id := r.Header.Get("X-Call")
		passed.add(passed.requests, "n:"+id)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}`, id)
	}))
	defer server.Close()
	listen := freeAddress(t)
	p := start(t, dir, "collector", exec.Command(filepath.Join(bin, "mcptrail-collector"),
		alone(t, dir, "http", "--on-full", onFull, "--listen", listen, "--upstream", "server="+server.URL)...))
	listening(t, listen)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	defer client.CloseIdleConnections()
	var group sync.WaitGroup
	for c := range inFlight {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d%03d%06d", round+1, c, i)
				request, err := http.NewRequest(http.MethodPost, "http://"+listen+"/server", bytes.NewReader(fmt.Appendf(nil,
					`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"write","arguments":{"text":"%0200d"}}}`, id, i)))
				if err != nil {
					panic(err)
				}
				request.Header.Set("X-Call", id)
				answer, err := client.Do(request)
				if err != nil {
					return
				}
				_, err = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if err != nil {
					return
				}
				if answer.StatusCode == http.StatusOK {
					passed.add(passed.answers, "n:"+id)
				}
			}
		})
	}
	enough := inFlight * (1 + luck.IntN(8))
	wait.For(t, "answers", func() bool { return passed.answered() >= enough })
	p.kill()
	group.Wait()
	return passed
}

func TestCollectorsKilledInFlight(t *testing.T) {
	t.Parallel()
	for _, onFull := range []string{"pass", "wait", "block"} {
		t.Run(onFull, func(t *testing.T) {
			t.Parallel()
			seed := soak.Seed(t)
			dir, luck := t.TempDir(), rand.New(rand.NewPCG(seed, 0))
			var rounds []*passedBy
			for round := range soak.Count(2, 50) {
				rounds = append(rounds, killInFlight(t, dir, onFull, round, luck))
			}
			// The next collector states what the last one may have lost.
			unstated, _ := filepath.Glob(filepath.Join(dir, "spool", "*.unsynced"))
			next := start(t, dir, "next", exec.Command(filepath.Join(bin, "mcptrail-collector"), alone(t, dir, "stdio", "--", "cat")...))
			wait.For(t, "the statement", func() bool {
				return !slices.ContainsFunc(unstated, func(name string) bool { _, err := os.Stat(name); return err == nil })
			})
			next.kill()
			k := read(t, dir)
			missing := [2]int{}
			for round, passed := range rounds {
				a, b := passed.check(t, k.events, onFull, round)
				missing[0], missing[1] = missing[0]+a, missing[1]+b
			}
			t.Logf("%s: %d kills at %d in flight: %d requests and %d answers that had passed are not recorded, all within the bounds that were stated",
				onFull, len(rounds), inFlight, missing[0], missing[1])
		})
	}
}

// check holds what passed one collector against its record and what the next one states,
// and returns how many requests and answers are missing.
func (p *passedBy) check(t *testing.T, events []*schema.Event, onFull string, round int) (requests, answers int) {
	t.Helper()
	var epoch uuid.UUID
	missing := [2]map[string]time.Time{maps.Clone(p.requests), maps.Clone(p.answers)}
	for _, e := range events {
		if _, ours := p.requests[e.RPCID]; ours {
			epoch = e.Epoch
			delete(missing[map[schema.Kind]int{schema.KindAnswer: 1}[e.Kind]], e.RPCID)
		}
	}
	bound := schema.Gap{}
	var at time.Time
	for _, e := range events {
		if e.Gap != nil && e.Gap.Reason == "killed" && bytes.Contains(e.Payload, []byte(epoch.String())) {
			bound, at = *e.Gap, time.Unix(0, e.Time)
		}
	}
	requests, answers = len(missing[0]), len(missing[1])
	if onFull == "block" && requests > 0 {
		t.Errorf("round %d: %d requests came to the server and are not recorded: %v", round, requests, slices.Collect(maps.Keys(missing[0]))[:min(requests, 5)])
	}
	if uint64(requests+answers) > bound.AtMost {
		t.Errorf("round %d: %d requests and %d answers are missing, at most %d are said to be", round, requests, answers, bound.AtMost)
	}
	// A server and a client note the time later than the message passed the collector, so only
	// the beginning of the window can be held.
	for _, group := range missing {
		for id, seen := range group {
			if seen.Before(at.Add(-time.Duration(bound.Window))) {
				t.Errorf("round %d: %s passed before the window of %v", round, id, time.Duration(bound.Window))
			}
		}
	}
	t.Logf("round %d: %d requests reached the server; %d requests and %d answers are missing; stated: at most %d within %v",
		round, len(p.requests), requests, answers, bound.AtMost, time.Duration(bound.Window))
	return requests, answers
}
