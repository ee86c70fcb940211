//go:build unix

// Package doctor looks at everything that a recorder needs, from the broker to the
// clients on this machine.
//
// The one rule: it changes nothing, and whatever it calls wrong comes with the thing
// to do about it.
package doctor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// Level of a finding.
type Level string

// The levels. Unknown is what could not be looked at, because something else that is
// found wrong stood in the way.
const (
	Good    Level = "good"
	Notice  Level = "notice"
	Wrong   Level = "wrong"
	Unknown Level = "unknown"
)

// Finding is one thing that was found.
type Finding struct {
	// Part of the whole that it is about.
	Part  string `json:"part"`
	Level Level  `json:"level"`
	Says  string `json:"says"`
	// Do is what to do about it; never empty for Wrong.
	Do string `json:"do,omitempty"`
}

// Config says where to look.
type Config struct {
	Kafka kafkaconn.Options
	// ClickHouse names the server and, in Auth, the database.
	ClickHouse *clickhouse.Options
	Query      *client.Client
	// URL is what people call the query service.
	URL string
	// Up says that mcptrail up runs here; then it is what all of this is about.
	Up bool
	// Data is mcptrail up's directory, Spool the collectors'.
	Data, Spool string
	// Upstreams is the file with the remote servers of wrapped clients.
	Upstreams string
	Machine   clientconfig.Machine
	// Patience is how long ingest may take for what has just come in; zero is 5 s.
	Patience time.Duration
}

// partTimeout bounds what is done for one part.
const partTimeout = 15 * time.Second

// Look examines all parts at once, and gives what it found in the order of the way of
// a message. Only the end of ctx is an error.
func Look(ctx context.Context, config Config) ([]Finding, error) {
	parts := []struct {
		name string
		look func(*Config, context.Context) []Finding
	}{
		{"Clients", (*Config).clients},
		{"Spool", (*Config).spool},
		{"Broker", (*Config).broker},
		{"Topics", (*Config).topics},
		{"Ingest", (*Config).ingest},
		{"ClickHouse", (*Config).server},
		{"Tables", (*Config).tables},
		{"Query API", (*Config).query},
		{"Disk", (*Config).disk},
		{"Clock", (*Config).clock},
	}
	if config.Patience == 0 {
		config.Patience = 5 * time.Second
	}
	found := make([][]Finding, len(parts))
	var group sync.WaitGroup
	for i, p := range parts {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, partTimeout)
			defer cancel()
			for _, f := range p.look(&config, ctx) {
				f.Part = p.name
				found[i] = append(found[i], f)
			}
		})
	}
	group.Wait()
	var all []Finding
	for _, f := range found {
		all = append(all, f...)
	}
	return all, ctx.Err()
}

func good(format string, args ...any) Finding {
	return Finding{Level: Good, Says: fmt.Sprintf(format, args...)}
}

func notice(do, format string, args ...any) Finding {
	return Finding{Level: Notice, Says: fmt.Sprintf(format, args...), Do: do}
}

func wrong(do, format string, args ...any) Finding {
	return Finding{Level: Wrong, Says: fmt.Sprintf(format, args...), Do: do}
}

func unknown(why string) Finding { return Finding{Level: Unknown, Says: "not looked at: " + why} }
