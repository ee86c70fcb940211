package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Search is the command.
// Hits are printed as their pages come, so a search for all of them can be ended with Ctrl-C.
type Search struct {
	Text    string `arg:"" help:"Words to find."`
	Session string `placeholder:"ID" help:"Search one session only."`
	Times
	EventFlags
	Limit  most   `short:"n" default:"50" help:"Hits at most; 0 for all."`
	Cursor string `help:"Go on where an earlier list ended."`
	JSON   bool   `name:"json" help:"One JSON object a line."`
}

// Help teaches by example.
func (Search) Help() string {
	return `Words are found whole, next to each other as written, in any case of ASCII letters, in requests, answers and everything
else that was recorded.

  mcptrail search "api key"                                     who met these words, newest first
  mcptrail search /etc/passwd --method tools/call --since 7d    calls and answers that name the file
  mcptrail search refund --session 8a3f --json                  hits with their places, for programs`
}

// Run searches.
func (c *Search) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	f := wire.Search{Text: c.Text, From: c.Since.Time, To: c.Until.Time, Event: c.filter()}
	if c.Session != "" {
		id, err := api.Resolve(ctx, c.Session)
		if err != nil {
			return err
		}
		// Resolved first: a short form that fits two sessions must not search in either.
		f.Session = id
	}
	hits := 0
	next, err := pages(int(c.Limit), c.Cursor,
		func(cursor string, limit int) (wire.Page[wire.Hit], error) {
			return api.Search(ctx, f, cursor, limit)
		},
		func(hit wire.Hit) error {
			hits++
			if c.JSON {
				return screen.json(hit)
			}
			printHit(screen, hit)
			return nil
		})
	if err != nil {
		return err
	}
	if hits == 0 && !c.JSON {
		fmt.Fprintln(screen.Notes, "Nothing found. Words are found whole: \"refund\" is not in \"refunds\".")
	}
	return more(screen, "search", next)
}

// printHit prints one hit: its place on a line, and what was found below it.
func printHit(screen *Screen, hit wire.Hit) {
	head := []string{screen.paint(client.ShortID(hit.SessionID), bold), fmt.Sprint(hit.Seq), clock(hit.Time), arrow(hit.Direction), printable(string(hit.Kind))}
	for _, word := range []string{hit.Method, hit.Target} {
		if word != "" {
			head = append(head, printable(word))
		}
	}
	if hit.Outcome != "" {
		// A hit has no error code; the outcome is enough to choose one to look at.
		end := outcome(hit.Outcome, nil)
		head = append(head, screen.paint(end.text, end.colour))
	}
	fmt.Fprintf(screen, "%s\n    %s\n", strings.Join(head, "  "), marked(screen, hit))
}

// marked is the snippet with its hits in bold. Highlights count code points; those that
// make no sense are not followed, since a service of another version may count otherwise.
// Each piece is made printable for itself: the numbers are those of the text as it was
// recorded, which escapes would shift.
func marked(screen *Screen, hit wire.Hit) string {
	points := []rune(hit.Snippet)
	var b strings.Builder
	last := 0
	for _, h := range hit.Highlights {
		if h[0] < last || h[1] < h[0] || h[1] > len(points) {
			break
		}
		b.WriteString(printable(string(points[last:h[0]])))
		b.WriteString(screen.paint(printable(string(points[h[0]:h[1]])), "1;31"))
		last = h[1]
	}
	return b.String() + printable(string(points[last:]))
}
