package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// The file's name has the id alone: a title is free text and could break the header.
type exportOutput struct {
	Disposition string `header:"Content-Disposition"`
	Body        wire.CaseExport
}

// export gives a case as a file of its own. What is pinned is read as it is now: an
// export says when it was made and by whom, and a later one may hold more answers.
func (s *cases) export(ctx context.Context, in *CasePath) (*exportOutput, error) {
	answer, err := read(ctx, s.replies, "case-export", func(ctx context.Context) (wire.CaseExport, error) {
		c, err := s.store.Get(ctx, in.uuid())
		out := wire.CaseExport{Case: c, Exported: time.Now().UTC(), By: readerOf(ctx).who, Evidence: []wire.CaseEvidence{}}
		for _, e := range c.Edits {
			// After an error the other pins are not read: half an export must not leave.
			if e.Action != wire.CasePin || e.Retracted || err != nil {
				continue
			}
			var evidence wire.CaseEvidence
			evidence, err = s.evidence(ctx, e)
			out.Evidence = append(out.Evidence, evidence)
		}
		return out, err
	}, func(e wire.CaseExport) int { return len(e.Evidence) })
	if err != nil {
		return nil, err
	}
	return &exportOutput{Disposition: `attachment; filename="mcptrail-case-` + in.ID + `.json"`, Body: answer.Body}, nil
}

// evidence is what a pin holds: an event with its answers, or what is known of the whole
// session.
// The id was checked when the pin was stored. A session that has since been removed is an
// error of the whole export.
func (s *cases) evidence(ctx context.Context, pin wire.CaseEdit) (wire.CaseEvidence, error) {
	id := uuid.MustParse(pin.SessionID)
	out := wire.CaseEvidence{Pin: pin.ID, Events: []wire.Event{}}
	var err error
	if out.Session, err = s.sessions.Get(ctx, id); err != nil || pin.Seq == nil {
		return out, err
	}
	events, err := s.events.Exchange(ctx, id, *pin.Seq)
	for _, e := range events {
		out.Events = append(out.Events, wire.FromEvent(e))
	}
	return out, err
}
