package httpapi

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// tail sends events as they are stored.
type tail struct {
	*streams
	store *clickhouse.Tail
	// stopping is closed when the service begins to stop: a tail ends then, since its
	// reader can go on at another replica, while other answers are finished.
	stopping <-chan struct{}
}

func (s *tail) routes(api huma.API) {
	huma.Register(api, streamOf[wire.Event](api, get("tail", "/api/v1/tail",
		"Watch events as they are stored, as server-sent events"), eventStream), s.watch)
}

// After is a position in what is stored and not in time, so a clock that steps loses nothing.
type tailInput struct {
	Session string `query:"session" format:"uuid" doc:"Watch one session only."`
	EventQuery
	After string `header:"Last-Event-ID" maxLength:"8000" doc:"Go on after this id of an earlier tail; without it, begin now."`
}

// watch begins behind the last event that its reader saw, or now. It is recorded once,
// with no rows: what will come is not known.
func (s *tail) watch(ctx context.Context, in *tailInput) (*huma.StreamResponse, error) {
	var position clickhouse.Position
	var err error
	if in.After != "" {
		// Checked as any parameter is: it comes back from the client.
		position, err = clickhouse.ParsePosition(in.After)
	} else {
		position, err = s.store.Now(ctx)
	}
	if err == nil {
		err = s.access.record(ctx, "tail", 0)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return s.stream(ctx, eventStream, func(out *stream) error { return s.follow(ctx, out, position, in) })
}

// follow sends what is stored after the position until the reader leaves or the
// service stops. An id follows the events that lie before it: a reader that comes
// back with the last one it saw misses nothing.
//
// Delivery is at least once: events between the last id and a broken connection come again.
func (s *tail) follow(ctx context.Context, out *stream, position clickhouse.Position, in *tailInput) error {
	// Polled, since ClickHouse announces nothing; one tail costs one small read per interval.
	poll, alive := time.NewTicker(tailInterval), time.NewTicker(aliveInterval)
	defer poll.Stop()
	defer alive.Stop()
	if _, err := out.WriteString(": watching\nid: " + position.String() + "\n\n"); err != nil {
		return err
	}
	for {
		// What was written in this round leaves before the wait, or it would lie in the buffer.
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-s.stopping:
			return nil
		case <-ctx.Done():
			return nil
		case <-alive.C:
			// A comment, which clients ignore and proxies count as traffic. It also finds readers that
			// are gone, whose slot is free then.
			if _, err := out.WriteString(": alive\n\n"); err != nil {
				return err
			}
			continue
		case <-poll.C:
		}
		// A reader that was away catches up in steps, between which it can be stopped only
		// by its connection: each step is bounded.
		for more := true; more; {
			events, next, moreNow, err := s.store.Since(ctx, position, in.Session, in.filter())
			if err != nil {
				return err
			}
			if err := s.send(out, events, "data: ", "\n"); err != nil {
				return err
			}
			// An empty round has no id: its reader keeps the last one.
			if next.String() != position.String() {
				if _, err := out.WriteString("id: " + next.String() + "\n\n"); err != nil {
					return err
				}
			}
			position, more = next, moreNow
		}
	}
}
