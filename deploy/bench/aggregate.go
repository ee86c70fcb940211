package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/deploy/workflows"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
)

// day is when the events of this section happened.
var day = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// step is how many events one insert makes, more than a block of ingest has: merges
// would have made as much of them by the end of a day.
const step = 200_000

// aggregate measures how long the query service takes for a panel over one day.
func (b *bench) aggregate(ctx context.Context) (r report, err error) {
	e := engine.New(engine.Options{Dir: filepath.Join(b.scratch, "aggregate")})
	if err := e.Start(ctx); errors.Is(err, engine.ErrMissing) {
		return report{Notes: []string{"NOT MEASURED: " + err.Error()}}, nil
	} else if err != nil {
		return r, err
	}
	defer e.Close()
	options, err := clickhouse.ParseDSN(e.DSN(ours))
	if err != nil {
		return r, err
	}
	if _, err := ddl.Migrate(ctx, options, ddl.Layout{Database: ours}); err != nil {
		return r, err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return r, err
	}
	defer conn.Close()
	if err := b.fill(ctx, conn); err != nil {
		return r, err
	}
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
	for _, panel := range []struct{ what, query string }{
		{"calls by tool, every 15 min", "measure=calls&by=tool&interval=900"},
		{"errors by client, every 15 min", "measure=errors&by=client&interval=900"},
		{"p50 and p99 by tool, every 15 min", "measure=latency_p50&measure=latency_p99&by=tool&interval=900"},
		{"calls, one number", "measure=calls"},
		{"sessions, every 15 min", "measure=sessions&interval=900"},
	} {
		address := "http://" + addr + "/api/v1/aggregate?" + panel.query + "&from=" + url.QueryEscape(day.Format(time.RFC3339)) +
			"&to=" + url.QueryEscape(day.AddDate(0, 0, 1).Format(time.RFC3339))
		var took []time.Duration
		for range opens {
			began := time.Now()
			if _, err := get(ctx, address); err != nil {
				return r, err
			}
			took = append(took, time.Since(began))
		}
		ms := float64(sorted(took)[opens/2].Microseconds()) / 1000
		if len(r.Rows) == 0 {
			r.Commands = append(r.Commands, "GET "+address)
			r.Aims = append(r.Aims, atMost("ms for a day by tool", 300, ms))
		}
		r.Rows = append(r.Rows, row{panel.what, []figure{{"ms", ms}}})
	}
	if err := b.among(ctx, conn, addr, &r); err != nil {
		return r, err
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%d events of one day, in sessions of 100 of which 8 go on at a time", b.points))
	return r, nil
}

// among measures how long the timeline of a usual session takes in this store.
func (b *bench) among(ctx context.Context, conn driver.Conn, addr string, r *report) error {
	const events, times = 1000, 100
	id := sessionID(0)
	var made []*schema.Event
	for _, m := range conversation(id, events, rand.New(rand.NewPCG(1, 2))) {
		e, err := schema.Decode(m.Value)
		if err != nil {
			return err
		}
		made = append(made, e)
	}
	if err := workflows.Store(ctx, conn, ours, made); err != nil {
		return err
	}
	address := "http://" + addr + "/api/v1/sessions/" + id.String() + "/timeline"
	r.Commands = append(r.Commands, "GET "+address)
	var took []time.Duration
	for range times {
		began := time.Now()
		if _, err := get(ctx, address); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	all := sorted(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r.Rows = append(r.Rows, row{fmt.Sprintf("timeline of %d events among %d", events, b.points), []figure{{"p50 ms", ms(all[times/2])}, {"p99 ms", ms(all[times*99/100])}}})
	return nil
}

// fill has the server make the events, in the order of their time.
func (b *bench) fill(ctx context.Context, conn driver.Conn) error {
	say("aggregate: making %d events", b.points)
	for at := 0; at < b.points; at += step {
		err := conn.Exec(ctx, `INSERT INTO events (tenant, collector_id, session_id, seq, basis, time, kind, direction, method, target, outcome, request_seq, duration,
			principal_issuer, principal_subject, client_name, server_name, transport, upstream, size, topic, kafka_partition, kafka_offset, hash, stored_at)
			WITH number + {at:UInt64} AS n, intDiv(n, 800) * 8 + n % 8 AS session, intDiv(n % 800, 8) AS seq, cityHash64(intDiv(n, 16), n % 8) AS call
			SELECT 'default', 'bench', reinterpretAsUUID(sipHash128(session)), seq, 'stdio',
				fromUnixTimestamp64Nano({day:Int64} + toInt64(n * {gap:UInt64}), 'UTC'),
				if(seq % 2 = 0, 'request', 'answer'), if(seq % 2 = 0, 'client_to_server', 'server_to_client'),
				if(call % 10 = 0, 'resources/read', 'tools/call'), 'tool_' || toString(call % 40),
				multiIf(seq % 2 = 0, '', call % 50 = 0, 'tool_error', 'ok'), if(seq % 2 = 0, 0, seq - 1), if(seq % 2 = 0, 0, toInt64(call % 900000000)),
				'host', 'user_' || toString(session % 200), 'agent_' || toString(session % 30), 'server_' || toString(session % 20), 'stdio', 'up_' || toString(session % 20),
				900 + call % 300, 'bench', 0, n, SHA256(toString(n)), fromUnixTimestamp64Nano({day:Int64} + toInt64(n * {gap:UInt64}), 'UTC')
			FROM numbers({step:UInt64})`,
			clickhouse.Named("at", uint64(at)), clickhouse.Named("day", day.UnixNano()), clickhouse.Named("step", uint64(min(step, b.points-at))),
			clickhouse.Named("gap", uint64(24*time.Hour)/uint64(b.points)))
		if err != nil {
			return fmt.Errorf("making events: %w", err)
		}
	}
	return nil
}
