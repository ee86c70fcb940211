package rows

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// MayDefine reports whether an event can hold definitions.
func MayDefine(e *schema.Event) bool {
	return e.Kind == schema.KindAnswer && definition.KindOf(e.Method) != ""
}

// SendDefinitions stores what servers offered in those events. What the tables
// behind keep does not change when the same events come again.
// Settings and token of the insert are those of ctx. The table definitions_in has the engine
// Null: it keeps nothing, and materialized views fill definitions and definition_views, whose
// aggregates (min, max, any, uniq) a repeat leaves as they are.
//
// The event is not changed: the body is decoded from its charset for reading only.
func SendDefinitions(ctx context.Context, conn driver.Conn, database string, events []*schema.Event) error {
	batch, err := conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO `%s`.definitions_in"+
		" (tenant, hash, kind, name, server, server_name, body, time, session_id, holder, client_name, client_version)", database), driver.WithReleaseConnection())
	if err != nil {
		return err
	}
	for _, e := range events {
		list, err := definition.Parse(e.Method, charset.Text(e.Charset, e.Payload))
		if err != nil {
			continue // an error, or a body that was not kept: it offers nothing
		}
		for _, d := range list.Definitions {
			if err := batch.Append(e.Tenant, string(d.Hash[:]), string(d.Kind), d.Name, e.Upstream, e.ServerName, string(d.Body),
				time.Unix(0, e.Time), e.SessionID, e.Principal.Actor(e.Peer), e.ClientName, e.ClientVersion); err != nil {
				return err
			}
		}
	}
	return batch.Send()
}
