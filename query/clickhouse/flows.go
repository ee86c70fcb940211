package clickhouse

import (
	"context"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/flow"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
)

// maxFlowEvents bounds the events that are looked through for one answer. The first
// session is read whatever its length.
const maxFlowEvents = 500_000

// Flows finds values that go from results to later arguments.
type Flows struct{ events *Events }

// Find looks through some sessions, in the order of the list. It reads every body once,
// for the timeline and for the values together; timelines and values are held until all
// are read. Truncated says that the bound excluded some sessions.
func (s *Flows) Find(ctx context.Context, sessions []wire.SessionSummary) (wire.Flows, error) {
	values, found := flow.New(), wire.Flows{}
	var timelines []*query.Timeline
	read := uint64(0)
	for _, session := range sessions {
		if read += session.Events; read > maxFlowEvents && len(timelines) > 0 {
			found.Truncated = true
			break
		}
		b := rebuild.NewBuilder()
		for e, err := range query.Hashed(s.events.OfSession(ctx, uuid.MustParse(session.ID), Part{Bodies: true})) {
			if err == nil {
				err = b.Add(e)
			}
			if err != nil {
				return found, err
			}
			// The payload is not kept: values takes what may leave again, bounded by its own limits.
			values.Add(e.Event)
		}
		timelines = append(timelines, b.Timeline())
	}
	found.Items = values.Between(timelines...)
	return found, nil
}
