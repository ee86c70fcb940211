package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
)

// pageSize is what is asked for at once. A smaller one costs more round trips, a larger one
// delays the first line.
const pageSize = 200

// Times bound a list.
type Times struct {
	Since moment `placeholder:"TIME" help:"Only from this time on: 2h, 3d, 2026-11-22, 2026-11-22T15:04:05Z."`
	Until moment `placeholder:"TIME" help:"Only before this time."`
}

// EventFlags choose events. They and Times are exported for kong alone.
// Separators are switched off: names of tools and resources may hold commas.
type EventFlags struct {
	Method  []string `sep:"none" help:"MCP method, as tools/call. Repeat for several."`
	Target  []string `sep:"none" help:"Tool, prompt or resource."`
	Outcome []string `sep:"none" help:"How it ended: ok, tool_error, protocol_error, unauthorized, cancelled, …"`
}

// filter is the conditions on one event.
func (f EventFlags) filter() wire.EventFilter {
	return wire.EventFilter{Method: f.Method, Target: f.Target, Outcome: f.Outcome}
}

// Choice chooses sessions.
// Values of one flag are alternatives; conditions of different flags must all hold.
type Choice struct {
	Times
	EventFlags
	Client    []string `sep:"none" help:"Name that the client gave itself."`
	Server    []string `sep:"none" help:"Name that the server gave itself."`
	Principal []string `sep:"none" help:"Who acted: issuer, subject, client id or fingerprint; on stdio host or user."`
	Upstream  []string `sep:"none" help:"Configured name of the server."`
	Transport []string `sep:"none" enum:"stdio,streamable_http,http_sse" help:"stdio, streamable_http or http_sse."`
	Collector []string `sep:"none" help:"Id of the collector."`
	Scope     []string `sep:"none" help:"Scope that the credential granted, or that a challenge asked for."`
	// nil is no condition.
	Complete *bool  `negatable:"" help:"Only sessions that ended and of which nothing is missing; --no-complete for the others."`
	Text     string `help:"Words that were said in the session, see search."`
}

// session is the filter that the flags make.
func (c Choice) session() wire.Filter {
	return wire.Filter{From: c.Since.Time, To: c.Until.Time, Client: c.Client, Server: c.Server, Principal: c.Principal,
		Upstream: c.Upstream, Transport: c.Transport, Collector: c.Collector, Scope: c.Scope, Complete: c.Complete, Event: c.filter(), Text: c.Text}
}

// Sessions is the command.
type Sessions struct {
	Choice
	Limit  most   `short:"n" default:"50" help:"Sessions at most; 0 for all."`
	Cursor string `help:"Go on where an earlier list ended."`
	JSON   bool   `name:"json" help:"One JSON object a line."`
}

// Help teaches by example.
func (Sessions) Help() string {
	return `An ID is the last part of a session's id. Any command takes it, the beginning of it, or the whole id.

  mcptrail sessions --since 2h                                  what ran in the last two hours
  mcptrail sessions --target delete_file --outcome ok           where a file was deleted
  mcptrail sessions --principal alice --text "quarterly report" where alice's agent met these words
  mcptrail sessions --no-complete --json | jq -r .id            what still runs or lost something`
}

// Run lists sessions.
// A table is printed once all rows are there, for its widths; JSON goes out page by page.
func (c *Sessions) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	var rows [][]cell
	// The cursor belongs to the same conditions: with others it goes on at a place of no meaning.
	next, err := pages(int(c.Limit), c.Cursor,
		func(cursor string, limit int) (wire.Page[wire.SessionSummary], error) {
			return api.Sessions(ctx, c.session(), cursor, limit)
		},
		func(s wire.SessionSummary) error {
			if c.JSON {
				return screen.json(s)
			}
			rows = append(rows, sessionRow(s))
			return nil
		})
	if err != nil {
		return err
	}
	if !c.JSON && len(rows) > 0 {
		screen.table([]column{{title: "ID"}, {title: "STARTED"}, {title: "LASTED", right: true}, {title: "AGENT", soft: true},
			{title: "SERVER", soft: true}, {title: "WHO", soft: true}, {title: "REQUESTS", right: true}, {title: "ERRORS", right: true}, {title: "STATE"}}, rows)
	}
	if !c.JSON && len(rows) == 0 {
		fmt.Fprintln(screen.Notes, "No session fits.")
	}
	return more(screen, "sessions", next)
}

// most is how many of something at most, 0 for all.
type most int

// Decode reads a flag's value, also one that looks like a flag.
func (m *most) Decode(ctx *kong.DecodeContext) error {
	text := ctx.Scan.Pop().String()
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no limit; give 0 for none, or a number above it", text)
	}
	*m = most(n)
	return nil
}

// pages gives up to limit items of a list, 0 for all, and the cursor after them, empty
// at the end. Items are given as pages come, so that a long list can be printed at once.
// What was stored meanwhile is not in it: a cursor goes on behind the last item of a page.
func pages[T any](limit int, cursor string, read func(cursor string, limit int) (wire.Page[T], error), item func(T) error) (next string, err error) {
	for given := 0; ; {
		ask := pageSize
		if limit > 0 {
			ask = min(ask, limit-given)
		}
		page, err := read(cursor, ask)
		if err != nil {
			return "", err
		}
		for _, i := range page.Items {
			if err := item(i); err != nil {
				return "", err
			}
		}
		// A page may be shorter than asked for and still not be the last: only an empty cursor
		// ends the list.
		given, cursor = given+len(page.Items), page.Next
		if cursor == "" || limit > 0 && given >= limit {
			return cursor, nil
		}
	}
}

// more says that a list goes on, after the list.
func more(screen *Screen, command, next string) error {
	if next == "" {
		return nil
	}
	// The list goes out before the note, which is written to another stream unbuffered.
	if err := screen.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(screen.Notes, "There is more: mcptrail %s --cursor %s …, or -n 0 for all.\n", command, next)
	return nil
}

// sessionRow is one session in the columns of the list.
func sessionRow(s wire.SessionSummary) []cell {
	errors := cell{fmt.Sprint(s.Errors), plain}
	if s.Errors > 0 {
		errors.colour = red
	}
	return []cell{{client.ShortID(s.ID), bold}, {clock(s.Started), plain}, {lasted(s.Ended.Sub(s.Started)), plain},
		{printable(or(peer(s.Client), "-")), plain}, {printable(or(server(s.Session), "-")), plain}, {printable(or(who(s.Principal), "-")), plain},
		{fmt.Sprint(s.Operations), plain}, errors, state(s.Session)}
}

// state says whether the record of a session is whole. Open is no fault: the session
// goes on, or its collector ended without a word.
func state(s query.Session) cell {
	switch {
	// Complete means that an end was recorded and no gap was. Whether it is what was sealed
	// is another question, which show and verify answer.
	case s.Complete:
		return cell{"complete", green}
	case s.Gaps == 1:
		return cell{"1 gap", yellow}
	case s.Gaps > 1:
		return cell{fmt.Sprint(s.Gaps, " gaps"), yellow}
	}
	return cell{"open", plain}
}

// peer is what a client or a server says of itself, empty for nothing.
func peer(p query.Peer) string { return strings.TrimSpace(p.Name + " " + p.Version) }

// server is what the server calls itself, else what it is called here.
func server(s query.Session) string {
	if s.Server.Name == "" {
		return s.Upstream
	}
	return peer(s.Server)
}

// who is the principal's shortest name: subject, client or, for a token that says
// neither, the beginning of its fingerprint.
func who(p query.Principal) string {
	return or(or(p.Subject, p.ClientID), shortPrint(p.Fingerprint))
}

// shortPrint keeps the scheme of a fingerprint and so many of its digits that two
// tokens of one list do not look alike.
func shortPrint(fingerprint string) string {
	scheme, digits, _ := strings.Cut(fingerprint, ":")
	// Eight hexadecimal digits: two of 10,000 tokens look alike with a probability of 1 %.
	if len(digits) <= 8 {
		return fingerprint
	}
	return scheme + ":" + digits[:8] + "…"
}
