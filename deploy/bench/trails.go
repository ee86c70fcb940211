package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/deploy/workflows"
	"github.com/mcptrail/mcptrail/schema/ddl"

	store "github.com/mcptrail/mcptrail/query/clickhouse"
)

// sizes are the shares of all sessions at which finding a trail is measured: its cost
// must grow with the trail and not with the store.
var sizes = []int{100, 10, 1}

// asks is how many trails are asked for at each size; the median and the slowest count.
const asks = 20

// wide is a trail of so many sessions.
const wide = 200

// trails measures how well trails find what belongs together, and what finding costs.
func (b *bench) trails(ctx context.Context) (r report, err error) {
	e := engine.New(engine.Options{Dir: filepath.Join(b.scratch, "trails")})
	if err := e.Start(ctx); errors.Is(err, engine.ErrMissing) {
		return report{Notes: []string{"NOT MEASURED: " + err.Error()}}, nil
	} else if err != nil {
		return r, err
	}
	defer e.Close()
	if err := b.truth(ctx, e, &r); err != nil {
		return r, err
	}
	conn, err := migrated(ctx, e, ours)
	if err != nil {
		return r, err
	}
	defer conn.Close()
	addr, err := freeAddr()
	if err != nil {
		return r, err
	}
	argv := b.ours("mcptrail-query", "--listen", addr, "--database", ours)
	r.Commands = append(r.Commands, strings.Join(argv, " "))
	service, err := start(argv, "MCPTRAIL_CLICKHOUSE="+e.DSN(ours))
	if err != nil {
		return r, err
	}
	defer service.Stop()
	if err := service.Answers(ctx, addr); err != nil {
		return r, err
	}
	if err := wideTrail(ctx, conn); err != nil {
		return r, err
	}
	made := 0
	for _, share := range sizes {
		say("trails: making %d sessions", b.sessions/share)
		if err := makeSessions(ctx, conn, made, b.sessions/share); err != nil {
			return r, err
		}
		made = b.sessions / share
		for _, ask := range []struct{ what, path string }{
			{"find a trail of 4 sessions", ""}, {fmt.Sprintf("find a trail of %d", wide), "/api/v1/trails/" + wideID(0).String()},
			{fmt.Sprintf("its first 200 operations of %d sessions", wide), "/api/v1/trails/" + wideID(wide/2).String() + "/timeline?limit=200"},
			{"list 50 trails", "/api/v1/trails?limit=50"},
		} {
			median, slowest, err := ask20(ctx, addr, ask.path, made)
			if err != nil {
				return r, err
			}
			r.Rows = append(r.Rows, row{fmt.Sprintf("%s, among %d", ask.what, made), []figure{{"p50 ms", median}, {"max ms", slowest}}})
			if share == 1 && ask.path == "" {
				r.Aims = append(r.Aims, atMost("ms to find a trail among all sessions", 300, median))
			}
		}
	}
	return r, nil
}

// ask20 asks for a path, or for as many different trails of made sessions.
func ask20(ctx context.Context, addr, path string, made int) (median, slowest float64, err error) {
	var took []time.Duration
	for n := range asks {
		at := path
		if at == "" {
			at = "/api/v1/trails/" + madeID(n*(made/asks)).String()
		}
		address := url.URL{Scheme: "http", Host: addr}
		began := time.Now()
		if _, err := get(ctx, address.String()+at); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(began))
	}
	all := sorted(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return ms(all[asks/2]), ms(all[asks-1]), nil
}

func migrated(ctx context.Context, e *engine.Engine, database string) (driver.Conn, error) {
	options, err := clickhouse.ParseDSN(e.DSN(database))
	if err != nil {
		return nil, err
	}
	if _, err := ddl.Migrate(ctx, options, ddl.Layout{Database: database}); err != nil {
		return nil, err
	}
	return clickhouse.Open(options)
}

// truth compares trails with what is known of made traffic.
func (b *bench) truth(ctx context.Context, e *engine.Engine, r *report) error {
	conn, err := migrated(ctx, e, "truth")
	if err != nil {
		return err
	}
	defer conn.Close()
	traffic := workflows.Generate(b.seed, 20)
	if err := workflows.Store(ctx, conn, "truth", traffic.Events); err != nil {
		return err
	}
	found, err := workflows.Trails(ctx, store.New(conn, workflows.Tenant))
	if err != nil {
		return err
	}
	measured := traffic.Measure(found)
	figures := func(s workflows.Score) []figure {
		return []figure{{"precision", s.Precision()}, {"recall", s.Recall()}, {"right", float64(s.Right)}, {"wrong", float64(s.Wrong)}, {"missed", float64(s.Missed)}}
	}
	for i, s := range measured.Behaviours {
		alone := measured.Alone[i]
		r.Rows = append(r.Rows, row{s.Name, append(figures(s), figure{"Mcp-Session-Id alone: precision", alone.Precision()}, figure{"recall", alone.Recall()})})
		if s.Decidable() {
			r.Aims = append(r.Aims, atLeast(s.Name+": precision", workflows.MinPrecision, s.Precision()), atLeast(s.Name+": recall", workflows.MinRecall, s.Recall()))
		}
	}
	for _, s := range measured.Rules {
		r.Rows = append(r.Rows, row{"rule " + s.Name, figures(s)})
	}
	r.Notes = append(r.Notes, fmt.Sprintf("seed %d, %d sessions or parts of them, %d trails", b.seed, len(traffic.Workflow), len(found)))
	return nil
}

// makeSessions has the server make sessions of four events, each trail four of them by
// its trace, of 5,000 people over 30 days.
func makeSessions(ctx context.Context, conn driver.Conn, from, to int) error {
	const step = 50_000
	for at := from; at < to; at += step {
		err := conn.Exec(ctx, `INSERT INTO events (tenant, collector_id, session_id, seq, basis, time, mono, kind, direction, method, target, rpc_id, outcome, request_seq,
			trace_id, principal_issuer, principal_subject, client_name, server_name, transport, upstream, size, topic, kafka_partition, kafka_offset, hash, stored_at)
			WITH number + {at:UInt64} * 4 AS n, intDiv(n, 4) AS session, n % 4 AS seq, intDiv(session, 4) AS trail
			SELECT 'default', 'bench', toUUID(concat('0193a000-0000-7000-8000-', lower(leftPad(hex(session), 12, '0')))), seq, 'principal',
				fromUnixTimestamp64Nano({day:Int64} + toInt64(cityHash64(trail) % 2592000) * 1000000000 + toInt64(session % 4) * 60000000000 + toInt64(seq) * 1000000, 'UTC'), seq * 1000000,
				['open', 'request', 'answer', 'close'][seq + 1], ['', 'client_to_server', 'server_to_client', ''][seq + 1],
				if(seq IN (1, 2), 'tools/call', ''), if(seq IN (1, 2), 'tool_' || toString(session % 40), ''), if(seq IN (1, 2), 'n:1', ''), if(seq = 2, 'ok', ''), if(seq = 2, 1, 0),
				if(seq = 1, lower(hex(sipHash128(trail))), ''), 'https://id.example', 'user_' || toString(trail % 5000), 'agent', 'server', 'streamable_http', 'up_' || toString(session % 20),
				700, 'bench', 0, n, SHA256(toString(n)), fromUnixTimestamp64Nano({day:Int64}, 'UTC')
			FROM numbers({step:UInt64})`,
			clickhouse.Named("at", uint64(at)), clickhouse.Named("day", day.UnixNano()), clickhouse.Named("step", uint64(4*min(step, to-at))))
		if err != nil {
			return fmt.Errorf("making sessions: %w", err)
		}
	}
	return nil
}

// madeID is the id of the n-th made session.
func madeID(n int) uuid.UUID { return uuid.MustParse(fmt.Sprintf("0193a000-0000-7000-8000-%012x", n)) }

func wideID(n int) uuid.UUID { return uuid.MustParse(fmt.Sprintf("0193b000-0000-7000-8000-%012x", n)) }

// wideTrail makes a trail of many sessions of 20 calls by one conversation.
func wideTrail(ctx context.Context, conn driver.Conn) error {
	err := conn.Exec(ctx, `INSERT INTO events (tenant, collector_id, session_id, seq, basis, time, mono, kind, direction, method, target, rpc_id, outcome, request_seq,
		keys.name, keys.value, keys.where, principal_issuer, principal_subject, client_name, server_name, transport, upstream, payload, size, topic, kafka_partition, kafka_offset, hash, stored_at)
		WITH intDiv(number, 41) AS session, number % 41 AS seq
		SELECT 'default', 'bench', toUUID(concat('0193b000-0000-7000-8000-', lower(leftPad(hex(session), 12, '0')))), seq, 'principal',
			fromUnixTimestamp64Nano({day:Int64} + toInt64(session) * 90000000000 + toInt64(seq) * 1000000000, 'UTC'), seq * 1000000000,
			multiIf(seq = 0, 'open', seq % 2 = 1, 'request', 'answer'), multiIf(seq = 0, '', seq % 2 = 1, 'client_to_server', 'server_to_client'),
			if(seq = 0, '', 'tools/call'), if(seq = 0, '', 'search'), if(seq = 0, '', 'n:' || toString(intDiv(seq - 1, 2))), if(seq > 0 AND seq % 2 = 0, 'ok', ''), if(seq > 0 AND seq % 2 = 0, seq - 1, 0),
			if(seq % 2 = 1, ['threadId'], []), if(seq % 2 = 1, ['wide'], []), if(seq % 2 = 1, ['meta'], []), 'https://id.example', 'ada', 'agent', 'server', 'streamable_http', 'files',
			if(seq = 0, '{}', '{"jsonrpc":"2.0","id":1,"params":{"name":"search","arguments":{"q":"' || repeat('words ', 100) || '"}}}'), 700, 'wide', 0, number, SHA256('wide' || toString(number)), fromUnixTimestamp64Nano({day:Int64}, 'UTC')
		FROM numbers({events:UInt64})`, clickhouse.Named("day", day.UnixNano()), clickhouse.Named("events", uint64(41*wide)))
	if err != nil {
		return fmt.Errorf("making a wide trail: %w", err)
	}
	return nil
}
