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
	if err := conn.QueryRow(ctx, "SELECT count(), max(stored_at) FROM `"+database+"`.rejected WHERE raw != ''").Scan(&n, &last); err != nil || n == 0 {
		return nil
	}
	return []Finding{notice("look at the reasons: SELECT reason, count() FROM "+database+".rejected WHERE raw != '' GROUP BY reason",
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

// ingest compares what the broker has with what is stored, for a while if that is
// less, and says what else ingest found within a day.
func (c *Config) ingest(ctx context.Context) []Finding {
	found := c.backlog(ctx)
	conn, err := c.connect()
	if err != nil {
		return found
	}
	defer conn.Close()
	for _, look := range []func(context.Context, driver.Conn) ([]Finding, error){c.logs, c.behind, c.holes} {
		more, err := look(ctx, conn)
		if err != nil {
			continue // the tables are examined elsewhere
		}
		found = append(found, more...)
	}
	return found
}

// each reads what a query finds.
func (c *Config) each(ctx context.Context, conn driver.Conn, query string, scan func(driver.Rows) (Finding, error)) (all []Finding, err error) {
	rows, err := conn.Query(ctx, strings.ReplaceAll(query, "{database}", "`"+c.ClickHouse.Auth.Database+"`"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		f, err := scan(rows)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

// logs names the partitions that got another log within a day.
func (c *Config) logs(ctx context.Context, conn driver.Conn) ([]Finding, error) {
	return c.each(ctx, conn, `SELECT topic, kafka_partition, argMax(cause, base), max(found_at) AS at FROM {database}.ingest_logs
		GROUP BY topic, kafka_partition HAVING at > now() - INTERVAL 1 DAY ORDER BY topic, kafka_partition`, func(rows driver.Rows) (Finding, error) {
		var at place
		var cause string
		var when time.Time
		err := rows.Scan(&at.topic, &at.partition, &cause, &when)
		return notice("find out who made the topic anew, or replaced the broker's data; collectors send again what is not stored, and mcptrail-collector status says when they are done",
			"partition %d of %s has another log than before, as was found %s: %s. What is new in it is stored", at.partition, at.topic, ago(time.Since(when)), cause), err
	})
}

// behind names the partitions of which the tables held less than had been stored.
func (c *Config) behind(ctx context.Context, conn driver.Conn) ([]Finding, error) {
	return c.each(ctx, conn, `SELECT topic, kafka_partition, argMax(from_offset, found_at), argMax(to_offset, found_at), argMax(detail, found_at), max(found_at) AS at
		FROM {database}.ingest_incidents WHERE kind = 'store_behind'
		GROUP BY topic, kafka_partition HAVING at > now() - INTERVAL 1 DAY ORDER BY topic, kafka_partition`, func(rows driver.Rows) (Finding, error) {
		var at place
		var from, to int64
		var detail string
		var when time.Time
		err := rows.Scan(&at.topic, &at.partition, &from, &to, &detail, &when)
		return notice("find out who put an older copy of ClickHouse back, or deleted rows; mcptrail reingest --from beginning --dry-run says whether more is missing, and mcptrail verify what is gone for good",
			"offsets %d to %d of partition %d of %s were missing in the tables, as was found %s: %s", from, to, at.partition, at.topic, ago(time.Since(when)), detail), err
	})
}

// holes names what Kafka had no more when ingest came to read it.
func (c *Config) holes(ctx context.Context, conn driver.Conn) ([]Finding, error) {
	return c.each(ctx, conn, `SELECT topic, kafka_partition, count(), argMax(reason, stored_at), max(stored_at) AS at FROM {database}.rejected WHERE raw = ''
		GROUP BY topic, kafka_partition HAVING at > now() - INTERVAL 1 DAY ORDER BY topic, kafka_partition`, func(rows driver.Rows) (Finding, error) {
		var at place
		var n uint64
		var reason string
		var when time.Time
		err := rows.Scan(&at.topic, &at.partition, &n, &reason, &when)
		return notice("give the topic a longer retention than ingest may be away; collectors send again what they still have, mcptrail-collector status says when they are done, and mcptrail verify names what is gone for good",
			"partition %d of %s: %s, as was found %s", at.partition, at.topic, reason, ago(time.Since(when))), err
	})
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
