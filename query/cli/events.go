package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Events is the command.
// JSON has every event whole; the lines have the beginning of each payload.
type Events struct {
	ID   string `arg:"" help:"Session: its id, the short form, or the beginning of either."`
	From uint64 `placeholder:"SEQ" help:"First event."`
	JSON bool   `name:"json" help:"One JSON object a line, with the messages as they are."`
}

// Help teaches by example.
func (Events) Help() string {
	return `Each line is one event, in the order of the record.

  mcptrail events 8a3f9c21d0b4                    the record, a line each
  mcptrail events 8a3f --json | jq .payload       the messages themselves`
}

// eventColumns of a stream, and their widths, which are fixed since events are
// printed as they come.
func eventColumns(screen *Screen) ([]column, []int) {
	columns := []column{{title: "SEQ", right: true}, {title: "AT", right: true}, {}, {title: "KIND"}, {title: "WHAT", soft: true},
		{title: "ID"}, {title: "OUTCOME"}, {title: "PAYLOAD", soft: true}}
	// In the order of the columns; the unnamed third is the arrow.
	widths := []int{5, 9, 1, 12, 36, 6, 14, maxLast}
	screen.shrink(columns, widths)
	return columns, widths
}

// Run prints the events of a session.
func (c *Events) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	id, err := api.Resolve(ctx, c.ID)
	if err != nil {
		return err
	}
	columns, widths := eventColumns(screen)
	first := true
	// The stream is printed as it is read, so the memory does not grow with the session.
	for e, err := range api.Events(ctx, id, c.From, true) {
		if err != nil {
			return err
		}
		if c.JSON {
			if err := screen.json(e); err != nil {
				return err
			}
			continue
		}
		if first {
			screen.row(columns, widths, titles(columns))
			first = false
		}
		screen.row(columns, widths, eventRow(e, fmt.Sprint(e.Seq), fmt.Sprintf("%.3fs", e.MonoMS/1e3)))
	}
	return nil
}

// titles is the head row of a table that is printed as it comes.
func titles(columns []column) []cell {
	row := make([]cell, len(columns))
	for i, c := range columns {
		row[i] = cell{c.title, dim}
	}
	return row
}

// eventRow is a line on an event, with its place and time first.
// place and when are the caller's own text and not made printable here. The order is that of
// eventColumns.
func eventRow(e wire.Event, place, when string) []cell {
	what := strings.TrimSpace(printable(e.Method) + " " + printable(e.Target))
	return []cell{{place, dim}, {when, plain}, {arrow(e.Direction), plain}, {printable(string(e.Kind)), plain}, {what, bold},
		{printable(e.RPCID), dim}, outcome(e.Outcome, e.ErrorCode), {printable(said(e)), dim}}
}

// maxSaid bounds what of a payload is looked at for a line, in bytes: payloads have up to
// 8 MB, a line a few hundred places.
const maxSaid = 1000

// said is the beginning of what an event carries, or what stands in its place: of a gap
// its extent, of a withheld body the reason. Text that is no JSON comes as a JSON string
// and is shown without its quotes.
func said(e wire.Event) string {
	// The cut may split a character; printable writes the rest of it as an escape.
	text := string(e.Payload[:min(len(e.Payload), maxSaid)])
	switch {
	case e.Kind == schema.KindGap && e.Gap != nil:
		// The reason comes from the record, so the caller passes all of this through printable.
		return fmt.Sprintf("%s not recorded (%d to %d): %s", count(e.Gap.Count, "message"), e.Gap.FromSeq, e.Gap.ToSeq, e.Gap.Reason)
	// A withheld body has exactly one cut, of its whole length, which names the reason.
	case slices.Contains(e.Flags, "withheld") && len(e.Redactions) == 1:
		why := e.Redactions[0]
		return strings.Join(cuts(query.Cuts{{Rule: why.Rule, Count: 1, Length: why.Length}}), "")
	case string(e.Payload) == "null" || len(e.Payload) == 0:
		return ""
	case e.Payload[0] == '"':
		var whole string
		if json.Unmarshal(e.Payload, &whole) == nil {
			text = whole[:min(len(whole), maxSaid)]
		}
	}
	return text
}
