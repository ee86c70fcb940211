package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
)

const (
	// beginning is how many events of a session are shown before all are read. They
	// fill a screen and are read at once.
	beginning = 200
	// partSize is how many operations or facts a part of a timeline has at most:
	// little enough for a page to take one between two frames.
	partSize = 500
)

func (s *timelines) streamRoutes(api huma.API) {
	huma.Register(api, streamOf[wire.TimelinePart](api, huma.Operation{OperationID: "timeline-parts", Method: http.MethodGet,
		Path: "/api/v1/sessions/{id}/timeline/parts", Summary: "Stream one session, rebuilt, its beginning first, one JSON object a line",
		Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable}}, ndjson), s.parts)
}

// parts is recorded as a read of the timeline, before its first line leaves.
func (s *timelines) parts(ctx context.Context, in *SessionPath) (*huma.StreamResponse, error) {
	session, err := s.sessions.Get(ctx, in.uuid())
	if err == nil {
		err = s.access.record(ctx, "timeline", session.Events)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return s.stream(ctx, ndjson, func(out *stream) error {
		// Here and not around the handler, which returns before the stream begins.
		ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
		defer cancel()
		return s.rebuildInParts(ctx, session, out)
	})
}

// rebuildInParts sends the beginning as soon as it is read, and the rest when all is:
// an answer at the very end may belong to the first request.
//
// The beginning is sent again with the rest: a reader replaces it, and must take nothing in it
// for final. A session of at most twice the beginning is sent at once.
func (s *timelines) rebuildInParts(ctx context.Context, session wire.SessionSummary, out *stream) error {
	v, events, err := s.sealed.check(ctx, uuid.MustParse(session.ID), 0)
	if err != nil {
		return err
	}
	b := rebuild.NewBuilder()
	read := 0
	for e, err := range events {
		if err == nil {
			err = b.Add(e)
		}
		if err != nil {
			return err
		}
		if read++; read == beginning && session.Events > 2*beginning {
			t := b.Timeline()
			part := head(t)
			part.Beginning, part.Operations, part.Facts, part.Gaps, part.Unpaired = true, t.Operations, t.Facts, t.Gaps, t.Unpaired
			if err := out.encoder.Encode(part); err != nil {
				return err
			}
			// Flushed at once: the reader looks at it while the rest is read.
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	t := b.Timeline()
	if err := s.store.Inherit(ctx, session, t); err != nil {
		return err
	}
	// Only here: a seal at the end decides on events at the beginning. The first part therefore
	// has no more than the chain's own state.
	judge(&t.Integrity, v.Finish())
	return sendParts(out, t)
}

// head is a part without operations, facts, gaps and unpaired answers, none of them
// null.
func head(t *query.Timeline) wire.TimelinePart {
	return wire.TimelinePart{Session: t.Session, Integrity: t.Integrity, Excluded: t.Excluded,
		Operations: []query.Operation{}, Facts: []query.Fact{}, Gaps: []query.Gap{}, Unpaired: []query.Unpaired{}}
}

// sendParts sends a whole timeline in parts of at most partSize of each. The last one
// is marked: without it the answer is not whole.
// It takes the lists of t apart. An empty timeline is one part, the last.
func sendParts(out *stream, t *query.Timeline) error {
	for {
		// The four lists are cut side by side: a part has at most partSize of each.
		part := head(t)
		part.Operations, t.Operations = cutAt(t.Operations)
		part.Facts, t.Facts = cutAt(t.Facts)
		part.Gaps, t.Gaps = cutAt(t.Gaps)
		part.Unpaired, t.Unpaired = cutAt(t.Unpaired)
		part.Last = len(t.Operations)+len(t.Facts)+len(t.Gaps)+len(t.Unpaired) == 0
		if err := out.encoder.Encode(part); err != nil || part.Last {
			return err
		}
	}
}

// cutAt takes the first part of a list. Its capacity ends with it, so that an append to
// the part cannot reach the rest.
func cutAt[T any](list []T) (part, rest []T) {
	n := min(len(list), partSize)
	return list[:n:n], list[n:]
}
