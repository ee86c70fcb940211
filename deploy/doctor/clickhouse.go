//go:build unix

package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
)

const (
	clickHouseAway  = "ClickHouse does not answer"
	startClickHouse = "start mcptrail up, or give --clickhouse or MCPTRAIL_CLICKHOUSE, and user and password if it asks for them"
)

// connect names no database: the embedded engine does not survive one that is not
// there.
func (c *Config) connect() (driver.Conn, error) {
	o := *c.ClickHouse
	o.Auth.Database = ""
	return dsn.Open(&o)
}

// oldest is the first version whose text indexes the tables can have.
var oldest = [2]int{26, 2}

func (c *Config) server(ctx context.Context) []Finding {
	at := strings.Join(c.ClickHouse.Addr, ", ")
	conn, err := c.connect()
	if err != nil {
		return []Finding{wrong(startClickHouse, "%v", err)}
	}
	defer conn.Close()
	var version string
	began := time.Now()
	if err := conn.QueryRow(ctx, "SELECT version()").Scan(&version); err != nil {
		return []Finding{wrong(startClickHouse, "no answer from %s: %s", at, plain(err))}
	}
	took := time.Since(began)
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err == nil && (major < oldest[0] || major == oldest[0] && minor < oldest[1]) {
		return []Finding{wrong(fmt.Sprintf("install %d.%d or later", oldest[0], oldest[1]), "%s is ClickHouse %s, too old for the tables", at, version)}
	}
	return []Finding{good("%s, at %s in %s", version, at, millis(took))}
}

// plain is an error without the server's words, which quote values.
func plain(err error) string {
	if refusal, ok := err.(*clickhouse.Exception); ok {
		return fmt.Sprintf("it refuses with code %d, %s", refusal.Code, refusal.Name)
	}
	return err.Error()
}

func (c *Config) tables(ctx context.Context) []Finding {
	database := c.ClickHouse.Auth.Database
	states, err := ddl.Status(ctx, c.ClickHouse, ddl.Layout{Database: database})
	migrate := "run mcptrail-schema migrate with the same --clickhouse"
	if c.Up {
		migrate = "stop mcptrail up and start it again: it brings the tables up to date"
	}
	if err != nil {
		if strings.Contains(err.Error(), "does not exist") {
			return []Finding{wrong(migrate, "there is no database %s", database)}
		}
		return []Finding{unknown(clickHouseAway)}
	}
	var pending []string
	for _, s := range states {
		if s.AppliedAt.IsZero() {
			pending = append(pending, s.Name)
		}
	}
	if len(pending) > 0 {
		return []Finding{wrong(migrate, "%s lacks %d of %d migrations: %s", database, len(pending), len(states), strings.Join(pending, ", "))}
	}
	found := []Finding{good("database %s is at version %d", database, states[len(states)-1].Version)}
	return append(found, c.rejected(ctx, database)...)
}

// rejected looks for records that were no events.
func (c *Config) rejected(ctx context.Context, database string) []Finding {
	conn, err := c.connect()
	if err != nil {
		return nil
	}
	defer conn.Close()
	var n uint64
	var last time.Time
	if err := conn.QueryRow(ctx, "SELECT count(), max(stored_at) FROM `"+database+"`.rejected").Scan(&n, &last); err != nil || n == 0 {
		return nil
	}
	return []Finding{notice("look at the reasons: SELECT reason, count() FROM "+database+".rejected GROUP BY reason",
		"%d records were no valid events and were put aside, the last on %s", n, last.UTC().Format("2006-01-02 15:04 MST"))}
}

// stored is how far a partition's log is stored: as events and seals, and as rejected
// records; -1 is nothing.
type stored struct{ offset, rejected int64 }

// stored is how far the partitions are stored.
func (c *Config) stored(ctx context.Context) (map[place]stored, error) {
	conn, err := c.connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	rows, err := conn.Query(ctx, "SELECT topic, partition, greatest(offset, base - 1) - base, greatest(rejected_offset, base - 1) - base FROM `"+c.ClickHouse.Auth.Database+"`.ingest_progress")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[place]stored{}
	for rows.Next() {
		var at place
		var s stored
		if err := rows.Scan(&at.topic, &at.partition, &s.offset, &s.rejected); err != nil {
			return nil, err
		}
		all[at] = s
	}
	return all, rows.Err()
}

// behind is how many records of a log of that end are not stored. A rejected row beyond
// the end is of no record of it.
func (s stored) behind(end int64) int64 {
	last := s.offset
	if s.rejected < end {
		last = max(last, s.rejected)
	}
	return max(0, end-1-last)
}

// logs names the partitions that got another log within a day.
func (c *Config) logs(ctx context.Context) (found []Finding) {
	conn, err := c.connect()
	if err != nil {
		return nil
	}
	defer conn.Close()
	rows, err := conn.Query(ctx, "SELECT topic, kafka_partition, argMax(cause, base), max(found_at) AS at FROM `"+c.ClickHouse.Auth.Database+"`.ingest_logs GROUP BY topic, kafka_partition HAVING at > now() - INTERVAL 1 DAY ORDER BY topic, kafka_partition")
	if err != nil {
		return nil // the tables are examined elsewhere
	}
	defer rows.Close()
	for rows.Next() {
		var at place
		var cause string
		var when time.Time
		if rows.Scan(&at.topic, &at.partition, &cause, &when) != nil {
			return found
		}
		found = append(found, notice("find out who made the topic anew, or replaced the broker's data; collectors send again what is not stored, and mcptrail-collector status says when they are done",
			"partition %d of %s has another log than before, as was found %s: %s. What is new in it is stored", at.partition, at.topic, ago(time.Since(when)), cause))
	}
	return found
}

// ingest compares what the broker has with what is stored, for a while if that is
// less.
func (c *Config) ingest(ctx context.Context) []Finding {
	return append(c.backlog(ctx), c.logs(ctx)...)
}

func (c *Config) backlog(ctx context.Context) []Finding {
	ends, err := c.ends(ctx)
	if err != nil {
		return []Finding{unknown(brokerAway)}
	}
	first, last := int64(-1), int64(0)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; {
		all, err := c.stored(ctx)
		if err != nil {
			return []Finding{unknown("ClickHouse does not say how far it is")}
		}
		last = 0
		for at, end := range ends {
			s, known := all[at]
			if !known {
				s.offset, s.rejected = -1, -1
			}
			last += s.behind(end)
		}
		if first < 0 {
			first = last
		}
		if last == 0 || time.Since(began) > c.Patience {
			break
		}
		select {
		case <-ctx.Done():
			return []Finding{unknown("there was no time")}
		case <-tick.C:
		}
	}
	switch {
	case last == 0:
		return []Finding{good("stored up to the last record of the broker")}
	case last < first:
		return []Finding{notice("wait; if it grows, start more mcptrail-ingest", "%d records behind the broker, and catching up", last)}
	}
	return []Finding{wrong("is mcptrail-ingest running? Its log and its /healthz say what it waits for; after a crash a partition stands still for up to 30 s", "%d records wait, and nothing is being stored", last)}
}

func (c *Config) query(ctx context.Context) []Finding {
	h, err := c.Query.Health(ctx)
	switch {
	case err != nil:
		return []Finding{wrong("start mcptrail up or mcptrail-query, or give --url or MCPTRAIL_URL", "%v", err)}
	case h.Status != "ok":
		return []Finding{wrong("what else is wrong here says why", "%s answers that it is %s: %s", c.URL, h.Status, h.Reason)}
	case h.Stored == nil:
		return []Finding{good("%s answers; nothing is recorded yet", c.URL)}
	}
	says := "last record " + ago(time.Since(*h.Stored))
	if h.LagMS != nil {
		says += fmt.Sprintf(", stored %s after it was seen", (time.Duration(*h.LagMS) * time.Millisecond).Round(time.Millisecond))
	}
	return []Finding{good("%s answers; %s", c.URL, says)}
}

// ago is a time that has passed, as people say it.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}
