package httpproxy_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// need skips a test on a machine without the peers; a CI run without them has failed.
func need(t *testing.T) {
	t.Helper()
	switch err := peers.Missing(); {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal(err)
	default:
		t.Skip("SKIPPED, no conversation was held: ", err)
	}
}

type startServer func(context.Context) (string, func(), error)

func goServer(stateless bool) startServer {
	return func(ctx context.Context) (string, func(), error) { return peers.StartGoEverything(ctx, stateless) }
}

// frontOf runs a proxy before real servers.
func frontOf(t *testing.T, servers map[string]startServer) running {
	t.Helper()
	need(t)
	var config httpproxy.Config
	for name, start := range servers {
		url, stop, err := start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		config.Upstreams = append(config.Upstreams, httpproxy.Upstream{Name: name, URL: url})
	}
	return front(t, config)
}

// hold runs a client to its end.
func hold(t *testing.T, argv []string) {
	t.Helper()
	said, err := peers.Run(wait.Context(t), argv)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !strings.Contains(string(said), "\nclose ") {
		t.Errorf("the conversation was not closed:\n%s", said)
	}
}

func TestRealConversationsAreRecordedWhole(t *testing.T) {
	several := map[string]startServer{"legacy": peers.StartEverythingHTTP, "old": peers.StartEverythingSSE, "modern": goServer(true)}
	for name, c := range map[string]struct {
		servers map[string]startServer
		client  func(url string) []string
		basis   schema.Basis
		carrier schema.Transport
	}{
		"Streamable HTTP with sessions": {map[string]startServer{"everything": peers.StartEverythingHTTP},
			func(url string) []string { return peers.LegacyClient(peers.ToURL(url + "/mcp")...) },
			schema.BasisMCPSessionID, schema.TransportHTTP},
		"HTTP+SSE": {map[string]startServer{"everything": peers.StartEverythingSSE},
			func(url string) []string { return peers.LegacyClient(peers.ToSSE(url + "/sse")...) },
			schema.BasisSSE, schema.TransportSSE},
		"2026-07-28": {map[string]startServer{"everything": goServer(true)},
			func(url string) []string { return peers.ModernClient(peers.ToURL(url + "/")...) },
			schema.BasisPrincipal, schema.TransportHTTP},
		"Streamable HTTP, one of several": {several,
			func(url string) []string { return peers.LegacyClient(peers.ToURL(url + "/legacy")...) },
			schema.BasisMCPSessionID, schema.TransportHTTP},
		"HTTP+SSE, one of several": {several,
			func(url string) []string { return peers.LegacyClient(peers.ToSSE(url + "/old")...) },
			schema.BasisSSE, schema.TransportSSE},
		"2026-07-28, one of several": {several,
			func(url string) []string { return peers.ModernClient(peers.ToURL(url + "/modern")...) },
			schema.BasisPrincipal, schema.TransportHTTP},
	} {
		t.Run(name, func(t *testing.T) {
			p := frontOf(t, c.servers)
			hold(t, c.client(p.url))
			events := p.stop()
			problems, answered := examine(events)
			for _, problem := range problems {
				t.Error(problem)
			}
			if answered < 10 {
				t.Errorf("only %d paired answers", answered)
			}
			main := map[uuid.UUID]int{}
			for _, e := range events {
				if e.Kind == schema.KindAnswer && (e.Basis != c.basis || e.Transport != c.carrier) {
					t.Errorf("an answer in a session of %s over %s, want %s over %s", e.Basis, e.Transport, c.basis, c.carrier)
				}
				if e.Kind == schema.KindAnswer {
					main[e.SessionID]++
				}
			}
			if len(main) != 1 {
				t.Errorf("the conversation is in %d sessions: %v", len(main), main)
			}
			if t.Failed() {
				t.Log("\n" + p.String())
			}
		})
	}
}

// examine checks what holds for every record of a conversation that came to its
// end, and counts the answers that name their request.
func examine(events []*schema.Event) (problems []string, answered int) {
	type place struct {
		session uuid.UUID
		seq     uint64
	}
	at := map[place]*schema.Event{}
	next := map[uuid.UUID]uint64{}
	for _, e := range events {
		complain := func(format string, args ...any) {
			problems = append(problems, fmt.Sprintf("session %s seq %d %s %s: ", e.SessionID, e.Seq, e.Kind, e.Method)+fmt.Sprintf(format, args...))
		}
		if e.Seq != next[e.SessionID] {
			complain("seq follows %d", next[e.SessionID])
		}
		next[e.SessionID] = e.Seq + 1
		at[place{e.SessionID, e.Seq}] = e
		switch e.Kind {
		case schema.KindNoise, schema.KindGap:
			// A slow client reconnects, and the server replays what had no message in it
			// as an empty object, also before what it replays has come.
			if !e.Flags.Has(schema.FlagReplay) && string(e.Payload) != "{}" {
				complain("%s", e.Payload)
			}
		case schema.KindAnswer:
			if e.Flags.Has(schema.FlagReplay) {
				continue
			}
			request := at[place{e.SessionID, e.RequestSeq}]
			switch {
			case request == nil || e.RequestSeq == 0:
				complain("no request before it: id %s flags %v", e.RPCID, e.Flags.Names())
			case request.Kind != schema.KindRequest || request.RPCID != e.RPCID || request.Direction == e.Direction || request.Mono > e.Mono:
				complain("paired with %s %s id %s at %d, own id %s at %d", request.Kind, request.Method, request.RPCID, request.Mono, e.RPCID, e.Mono)
			default:
				answered++
			}
		}
	}
	return problems, answered
}

func TestConformanceIsTheSameThroughTheProxy(t *testing.T) {
	need(t)
	for _, c := range []struct {
		requirements string
		stateless    bool
	}{{"2026-07-28", true}, {"2025-11-25", false}} {
		t.Run(c.requirements, func(t *testing.T) {
			direct, stop, err := goServer(c.stateless)(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			passed, failed, _, err := peers.Conformance(t.Context(), direct, c.requirements)
			if err != nil {
				t.Fatal(err)
			}
			p := frontOf(t, map[string]startServer{"everything": goServer(c.stateless)})
			passedThrough, failedThrough, report, err := peers.Conformance(t.Context(), p.url+"/", c.requirements)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("passed %d, failed %d", passed, failed)
			if passed != passedThrough || failed != failedThrough {
				t.Errorf("direct: passed %d, failed %d; through the proxy: %d and %d\n%s", passed, failed, passedThrough, failedThrough, report)
			}
		})
	}
}
