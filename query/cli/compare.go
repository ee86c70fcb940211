package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Compare is the command.
// An id alone is a session's; the service refuses to compare what does not exist.
type Compare struct {
	A    string `arg:"" help:"Session, or with t- before it a trail."`
	B    string `arg:"" help:"The session or trail to compare it with, the newer one."`
	All  bool   `help:"Print what is the same too."`
	JSON bool   `name:"json" help:"The comparison as a JSON document."`
}

// Help teaches by example.
func (Compare) Help() string {
	return `Two runs side by side: what only the first did (-), what only the second did (+), and what both did with other arguments,
another outcome, definition, approval or time (~).

  mcptrail compare 8a3f 91cc
  mcptrail compare t-8a3f t-91cc --json | jq '.pairs[] | select(.kind == "added") | .b.target'

Exit status: 0 if both did the same, 1 if not. 2 if one could not be read, 3 if there is no such session or trail.`
}

// Run compares.
func (c *Compare) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	// Both before anything is read: an ambiguous second id must not cost the reading of the first.
	a, err := api.ResolveAny(ctx, c.A)
	if err != nil {
		return err
	}
	b, err := api.ResolveAny(ctx, c.B)
	if err != nil {
		return err
	}
	comparison, err := api.Compare(ctx, a, b)
	if err != nil {
		return err
	}
	if c.JSON {
		err = screen.json(comparison)
	} else {
		c.print(screen, comparison)
	}
	// As diff does: a difference is a result and no failure, and scripts can ask for it.
	if err == nil && comparison.Changed+comparison.Removed+comparison.Added > 0 {
		return errWrong
	}
	return err
}

// print prints a comparison in the signs of diff: - only in the first, + only in the
// second, ~ in both and different. What counts as different is the service's decision, so
// that page and command agree.
func (c *Compare) print(screen *Screen, comparison *wire.Comparison) {
	for sign, run := range []wire.ComparedRun{comparison.A, comparison.B} {
		note := ""
		// A run that was cut by the service is compared as far as it goes, and that is said.
		if run.Truncated {
			note = fmt.Sprintf(", of which %d are compared", run.Operations)
		}
		fmt.Fprintf(screen, "%s %s  %s, %s%s\n", []string{"-", "+"}[sign], screen.paint(run.ID, bold), clock(run.Started), count(uint64(run.Operations), "operation"), note)
	}
	fmt.Fprintf(screen, "  %d the same, %d changed, %d only in the first, %d only in the second\n\n",
		comparison.Same, comparison.Changed, comparison.Removed, comparison.Added)
	for i := range comparison.Pairs {
		p := &comparison.Pairs[i]
		switch p.Kind {
		case "removed":
			fmt.Fprintln(screen, screen.paint("- "+compared(p.A), red))
		case "added":
			fmt.Fprintln(screen, screen.paint("+ "+compared(p.B), green))
		case "changed":
			fmt.Fprintln(screen, screen.paint("~ "+compared(p.B), yellow))
			for _, d := range p.Differences {
				printDifference(screen, d)
			}
		default:
			if c.All {
				fmt.Fprintln(screen, screen.paint("= "+compared(p.B), dim))
			}
		}
	}
}

// compared is one operation of a comparison on a line.
// All of it passes printable at once: method, target and outcome are recorded text.
func compared(o *wire.ComparedOperation) string {
	return printable(fmt.Sprintf("%d %s %s  %s", o.Seq, arrow(o.Direction), strings.TrimSpace(o.Method+" "+o.Target), o.Outcome))
}

// printDifference prints one difference, of arguments member by member.
func printDifference(screen *Screen, d query.Difference) {
	if d.What == query.DiffersArguments && len(d.Changes) > 0 {
		for _, change := range d.Changes {
			fmt.Fprintf(screen, "    %s  %s → %s\n", printable("arguments"+change.Path), value(change.Before), value(change.After))
		}
		return
	}
	fmt.Fprintf(screen, "    %s  %s → %s\n", d.What, value(d.Before), value(d.After))
}

// value is a JSON value in so many places that two stand on a line.
func value(json []byte) string {
	// Both values of a difference stand on one line; --json has them whole.
	const most = 80
	if len(json) == 0 {
		return "nothing"
	}
	return cut(printable(string(json)), most)
}
