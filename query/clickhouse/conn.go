package clickhouse

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
)

// Open prepares connections whose number and whose patience suit readers: a stream
// holds a connection for as long as its reader takes. It does not connect.
func Open(options *clickhouse.Options, most int) (driver.Conn, error) {
	o := *options
	// The read timeout covers the pauses of a slow reader of a stream. What is bounded is
	// bounded by its context.
	o.MaxOpenConns, o.MaxIdleConns, o.ReadTimeout = most, min(most, 8), time.Hour
	return dsn.Open(&o)
}
