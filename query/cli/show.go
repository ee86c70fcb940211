package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/schema"
)

// Show is the command.
type Show struct {
	ID   string `arg:"" help:"Session: its id, the short form, or the beginning of either. With t- before it, its trail."`
	Tree bool   `help:"What caused what, without times and facts."`
	JSON bool   `name:"json" help:"The timeline as a JSON document."`
}

// Help teaches by example.
func (Show) Help() string {
	return `Each line is an operation: when it began, how long it took, what was asked, how it ended. → is the agent asking the
server, ← the server asking the agent; what one operation caused stands indented below it. What was not recorded is shown
where it is missing.

  mcptrail show 8a3f9c21d0b4
  mcptrail show --tree 8a3f9c21d0b4          approvals, tasks and nested requests under their cause
  mcptrail show t-8a3f9c21d0b4               the trail of that session: all that belongs together, and why
  mcptrail show 8a3f --json | jq '.operations[] | select(.outcome != "ok")'

Exit status: 0, or 1 if the record of the session is broken: an event is missing and no gap names it, two events carry one
number, the chain of hashes does not hold, or an event is not what was sealed. 2 if it could not be read, 3 if there is no such session.`
}

// Run shows a session.
// The whole timeline is read before the first line: an answer at the end may belong to the
// first request, and a seal at the end decides on the first event.
func (c *Show) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	id, err := api.ResolveAny(ctx, c.ID)
	if err != nil {
		return err
	}
	// ResolveAny returns an id of either kind; the prefix is part of a trail's id.
	if strings.HasPrefix(id, "t-") {
		return c.showTrail(ctx, api, screen, id)
	}
	t, err := api.Timeline(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		if err := screen.json(t); err != nil {
			return err
		}
	case c.Tree:
		header(screen, t)
		fmt.Fprintln(screen)
		printTree(screen, t.Operations)
	default:
		printTimeline(screen, t)
	}
	// Unsealed or waiting is no error here: a running session is always in that state.
	if t.Integrity.State == query.Broken {
		return errWrong
	}
	return nil
}

// timelineColumns are those of [operationRow].
var timelineColumns = []column{{title: "SEQ", right: true}, {title: "AT", right: true}, {title: "TOOK", right: true}, {title: "WHAT", soft: true}, {title: "OUTCOME"}}

// printTimeline prints the header, the rows, and below them what fits nowhere: answers
// without a request, and what the capture policy excluded.
func printTimeline(screen *Screen, t *query.Timeline) {
	header(screen, t)
	if rows := timelineRows(t); len(rows) > 0 {
		fmt.Fprintln(screen)
		screen.table(timelineColumns, rows)
	}
	if len(t.Unpaired) > 0 {
		fmt.Fprintln(screen, screen.paint("\nAnswers without a request in the record:", yellow))
	}
	for _, u := range t.Unpaired {
		why := "no request has its id"
		// The difference matters to an investigator: lost by us, or never sent.
		if u.Reason == query.ReasonGap {
			why = "its request may be among what is missing before it"
		}
		if u.HTTPStatus >= 300 {
			why = fmt.Sprintf("HTTP %d, %s", u.HTTPStatus, why)
		}
		fmt.Fprintf(screen, "  %d %s id %s: %s\n", u.Seq, arrow(u.Direction), printable(or(u.RPCID, "none")), why)
	}
	if len(t.Excluded) > 0 {
		fmt.Fprintln(screen, screen.paint("\nNot recorded because the capture policy says so:", yellow))
	}
	for _, l := range t.Excluded {
		fmt.Fprintf(screen, "  %s, %d bytes: %s of policy %s\n", count(l.Messages, "message"), l.Bytes, printable(l.Rule), printable(l.Policy))
	}
}

// header says whose session it is, by what basis, and what its record proves. Lines
// without a value are not printed.
func header(screen *Screen, t *query.Timeline) {
	s := t.Session
	line := func(name, value string, c colour) {
		if strings.TrimSpace(value) != "" {
			fmt.Fprintf(screen, "%s  %s\n", screen.paint(fmt.Sprintf("%-9s", name), dim), screen.paint(printable(value), c))
		}
	}
	line("session", s.ID, bold)
	line("agent", or(peer(s.Client), "unnamed")+" → "+or(server(s), "unnamed"), bold)
	if s.Server.Name != "" {
		line("upstream", s.Upstream, plain)
	}
	line("who", principal(s.Principal), plain)
	line("protocol", strings.TrimSpace(or(s.ProtocolVersion, "unknown revision")+" over "+string(s.Transport)), plain)
	line("basis", basis(s.Basis), plain)
	line("time", clock(s.Started)+s.Started.Local().Format(" MST, ")+lasted(s.Ended.Sub(s.Started))+" until the last event", plain)
	state := state(s)
	line("state", fmt.Sprintf("%s, %s", state.text, count(s.Events, "event")), state.colour)
	line("integrity", integrity(t.Integrity), map[bool]colour{true: red}[t.Integrity.State == query.Broken])
}

// principal is who acted, and that nobody checked the token where that is so.
func principal(p query.Principal) string {
	name := who(p)
	if name == "" {
		return ""
	}
	if p.Subject != "" && p.ClientID != "" {
		name += " by " + p.ClientID
	}
	if p.Issuer != "" {
		name += " at " + p.Issuer
	}
	// A token's claims are what its bearer sent. Without a check of the signature anybody
	// can write a name into one.
	if !p.Verified {
		name += " (unverified)"
	}
	return name
}

// basis says in words what made the events a session; a basis that is not known here is
// shown as it is.
func basis(b schema.Basis) string {
	switch b {
	case schema.BasisStdio:
		return "one server process on stdio"
	case schema.BasisSSE:
		return "one SSE stream"
	case schema.BasisMCPSessionID:
		return "one Mcp-Session-Id"
	case schema.BasisPrincipal:
		return "one principal, client and upstream until an idle gap"
	}
	return string(b)
}

// integrity is the state of the record of the session and the first findings.
// The judgement is the service's: it holds only for who trusts it. verify makes one's own.
func integrity(i query.Integrity) string {
	text := fmt.Sprintf("%s, %d of %s in the chain", i.State, i.Verified, count(i.Events, "event"))
	if i.Sealed > 0 {
		text += fmt.Sprintf(", %d as they were sealed", i.Sealed)
	}
	if i.FirstBadSeq != nil {
		text += fmt.Sprintf(", first bad at %d", *i.FirstBadSeq)
	}
	for n, finding := range i.Findings {
		if n == maxFindings {
			return text + "; …"
		}
		text += "; " + finding
	}
	return text
}

// maxFindings are those of the seals that are shown; verify lists all.
const maxFindings = 3
