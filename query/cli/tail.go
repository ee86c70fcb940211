package cli

import (
	"context"
	"fmt"

	"github.com/mcptrail/mcptrail/query/client"
)

// Tail is the command.
type Tail struct {
	Session string `placeholder:"ID" help:"Watch one session only."`
	EventFlags
	Limit most `short:"n" default:"0" help:"End after so many events; 0 for never."`
	JSON  bool `name:"json" help:"One JSON object a line."`
}

// Help teaches by example.
func (Tail) Help() string {
	return `Prints each event as soon as it is stored, until Ctrl-C, and goes on by itself after the service was away.

  mcptrail tail                                what all agents do now
  mcptrail tail --method tools/call            the calls among it
  mcptrail tail --outcome unauthorized -n 1    wait for the first 401`
}

// Run watches.
// It ends with ctx, at the limit, or with an error that no second attempt mends; connections
// that break are made anew by the client, which goes on behind the last event.
func (c *Tail) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	session := ""
	if c.Session != "" {
		id, err := api.Resolve(ctx, c.Session)
		if err != nil {
			return err
		}
		session = id
	}
	columns, widths := eventColumns(screen)
	// 12 is the length of a session's short form.
	columns, widths = append([]column{{title: "SESSION"}}, columns...), append([]int{12}, widths...)
	screen.shrink(columns, widths)
	if screen.Width > 0 {
		fmt.Fprintln(screen.Notes, "Watching; Ctrl-C ends it.")
	}
	given := 0
	// The client retries by itself; an error that arrives here is final.
	for e, err := range api.Tail(ctx, session, c.filter()) {
		if err != nil {
			return err
		}
		if c.JSON {
			err = screen.json(e)
		} else {
			if given == 0 {
				screen.row(columns, widths, titles(columns))
			}
			row := eventRow(e, fmt.Sprint(e.Seq), e.Time.Local().Format("15:04:05"))
			screen.row(columns, widths, append([]cell{{client.ShortID(e.SessionID), bold}}, row...))
		}
		if err != nil {
			return err
		}
		// One event, one write: who watches must see it now, and who pipes must get whole lines.
		if err := screen.Flush(); err != nil {
			return err
		}
		// A limit of 0 is never reached, since given is at least 1 here.
		if given++; given == int(c.Limit) {
			return nil
		}
	}
	return nil
}
