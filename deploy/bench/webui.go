package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// webUITests is where the script is that looks at the web UI.
const webUITests = "query/web/tests"

// seen is what the script saw, in milliseconds.
type seen struct {
	// First is the median way from the click to rows on the screen, Whole until all
	// of the session was there.
	First, Whole float64
	// P50, P95 and Worst are of the time between frames while scrolling; Empty
	// frames had no row where one belongs.
	P50, P95, Worst float64
	Empty, Rows     int
}

// webUI measures how long a person waits for a long session in the browser, and how
// smoothly it scrolls.
func (b *bench) webUI(ctx context.Context) (r report, err error) {
	if _, err := exec.LookPath("chromium"); err != nil {
		return report{Notes: []string{"NOT MEASURED: no chromium, run `make chromium` as root"}}, nil
	}
	e := engine.New(engine.Options{Dir: filepath.Join(b.scratch, "webui")})
	if err := e.Start(ctx); errors.Is(err, engine.ErrMissing) {
		return report{Notes: []string{"NOT MEASURED: " + err.Error()}}, nil
	} else if err != nil {
		return r, err
	}
	defer e.Close()
	id := sessionID(1 << 24)
	if err := keep(ctx, e.DSN(ours), id[:]); err != nil {
		return r, err
	}
	addr, err := freeAddr()
	if err != nil {
		return r, err
	}
	service, err := start(b.ours("mcptrail-query", "--listen", addr, "--database", ours), "MCPTRAIL_CLICKHOUSE="+e.DSN(ours))
	if err != nil {
		return r, err
	}
	defer service.Stop()
	if err := service.Answers(ctx, addr); err != nil {
		return r, err
	}
	picture, err := filepath.Abs("bin/webui.png")
	if err != nil {
		return r, err
	}
	argv := []string{peers.NodePath(), filepath.Join(webUITests, "bench.mjs"), "http://" + addr, id.String(), picture}
	r.Commands = append(r.Commands, strings.Join(argv, " "))
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("looking at the web UI: %w", err)
	}
	var s seen
	if err := json.Unmarshal(out, &s); err != nil {
		return r, fmt.Errorf("reading what was seen of the web UI: %w", err)
	}
	r.Rows = append(r.Rows, row{fmt.Sprintf("session of %d events", large), []figure{{"ms to rows", s.First}, {"ms to all", s.Whole},
		{"frame p50 ms", s.P50}, {"frame p95 ms", s.P95}, {"frame worst ms", s.Worst}, {"empty frames", float64(s.Empty)}}})
	r.Aims = append(r.Aims, atMost("ms to the first rows", 300, s.First), atMost("frames without a row", 0, float64(s.Empty)),
		atMost("p95 ms between frames while scrolling", 34, s.P95))
	r.Notes = append(r.Notes, fmt.Sprintf("headless Chromium without a GPU; %d frames of 36 rows each; screenshot in %s", s.Rows, picture))
	return r, nil
}

// keep stores the long session as ingest would.
func keep(ctx context.Context, dsn string, id []byte) error {
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return err
	}
	if _, err := ddl.Migrate(ctx, options, ddl.Layout{Database: ours}); err != nil {
		return err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return err
	}
	defer conn.Close()
	var block rows.Block
	for i, m := range conversation([16]byte(id), large, rand.New(rand.NewPCG(3, 4))) {
		event, err := schema.Decode(m.Value)
		if err != nil {
			return err
		}
		block.Append(event, rows.Location{Topic: "bench", Offset: int64(i), Hash: schema.LeafHash(m.Value), StoredAt: time.Now().UTC().Truncate(time.Millisecond)})
		if block.Len() < 8192 && i < large-1 {
			continue
		}
		settled := clickhouse.Context(ctx, clickhouse.WithSettings(rows.Settings()))
		insert, err := rows.PrepareInsert(settled, conn, ours)
		if err == nil {
			err = insert.Send(settled, &block)
		}
		if err != nil {
			return fmt.Errorf("storing the long session: %w", err)
		}
		block.Reset()
	}
	return nil
}
