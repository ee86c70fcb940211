package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Events is the command.
type Events struct {
	ID   string `arg:"" help:"Session: its id, the short form, or the beginning of either."`
	From uint64 `placeholder:"SEQ" help:"First event."`
	JSON bool   `name:"json" help:"One JSON object a line, with the messages as they are."`
}

// Help teaches by example.
func (Events) Help() string {
	return `  mcptrail events 8a3f9c21d0b4                    the record, a line each
  mcptrail events 8a3f --json | jq .payload       the messages themselves`
}

// eventColumns have fixed widths, since events are printed as they come.
var (
	eventColumns = []column{{title: "SEQ", right: true}, {title: "AT", right: true}, {}, {title: "KIND"}, {title: "METHOD"},
		{title: "TARGET"}, {title: "ID"}, {title: "OUTCOME"}, {title: "PAYLOAD", soft: true}}
	eventWidths = []int{5, 10, 1, 12, 24, 16, 6, 14, 60}
)

// Run prints the events of a session.
func (c *Events) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	id, err := api.Resolve(ctx, c.ID)
	if err != nil {
		return err
	}
	first := true
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
			screen.row(eventColumns, eventWidths, titles(eventColumns))
			first = false
		}
		screen.row(eventColumns, eventWidths, eventRow(e, fmt.Sprint(e.Seq), fmt.Sprintf("%.3fs", e.MonoMS/1e3)))
	}
	return nil
}

func titles(columns []column) []cell {
	row := make([]cell, len(columns))
	for i, c := range columns {
		row[i] = cell{c.title, dim}
	}
	return row
}

// eventRow is a line on an event, with its place and time first.
func eventRow(e wire.Event, place, when string) []cell {
	return []cell{{place, dim}, {when, plain}, {arrow(e.Direction), plain}, {printable(string(e.Kind)), plain}, {printable(e.Method), bold},
		{printable(e.Target), plain}, {printable(e.RPCID), dim}, outcome(e.Outcome, e.ErrorCode), {printable(said(e)), dim}}
}

// maxSaid bounds what of a payload is looked at for a line.
const maxSaid = 1000

// said is the beginning of what an event carries.
func said(e wire.Event) string {
	text := string(e.Payload[:min(len(e.Payload), maxSaid)])
	switch {
	case e.Kind == schema.KindGap && e.Gap != nil:
		return fmt.Sprintf("%s not recorded (%d to %d): %s", count(e.Gap.Count, "message"), e.Gap.FromSeq, e.Gap.ToSeq, e.Gap.Reason)
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
