package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
func (c *Show) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	id, err := api.ResolveAny(ctx, c.ID)
	if err != nil {
		return err
	}
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
	if t.Integrity.State == query.Broken {
		return errWrong
	}
	return nil
}

// timelineColumns are those of [operationRow].
var timelineColumns = []column{{title: "SEQ", right: true}, {title: "AT", right: true}, {title: "TOOK", right: true}, {title: "WHAT", soft: true}, {title: "OUTCOME"}}

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

// header says whose session it is, on what grounds, and how far to believe it.
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
	if !p.Verified {
		name += " (unverified)"
	}
	return name
}

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

// depths are how far below its cause an operation stands.
func depths(operations []query.Operation) map[string]int {
	depth := map[string]int{}
	for i := range operations { // a cause comes before what it caused
		if op := &operations[i]; op.Parent != nil {
			depth[op.ID] = depth[*op.Parent] + 1
		}
	}
	return depth
}

// timelineRows merges operations, facts and gaps by their place in the session.
// An operation that another caused follows its cause.
func timelineRows(t *query.Timeline) [][]cell {
	depth := depths(t.Operations)
	var rows [][]cell
	facts, gaps := t.Facts, t.Gaps
	before := func(seq uint64, all bool) {
		for {
			fact := len(facts) > 0 && (all || facts[0].Seq < seq)
			gap := len(gaps) > 0 && (all || gaps[0].FromSeq < seq)
			switch {
			case gap && (!fact || gaps[0].FromSeq < facts[0].Seq):
				rows = append(rows, gapRow(gaps[0]))
				gaps = gaps[1:]
			case fact:
				if facts[0].Kind != schema.KindOpen {
					rows = append(rows, factRow(t.Session, facts[0]))
				}
				facts = facts[1:]
			default:
				return
			}
		}
	}
	for _, op := range t.Operations {
		before(op.Seq, false)
		rows = append(rows, operationRow(t.Session, op, depth[op.ID]))
	}
	before(0, true)
	return rows
}

func operationRow(s query.Session, op query.Operation, depth int) []cell {
	what := strings.Repeat("  ", min(depth, 8)) + arrow(op.Direction) + " " + printable(op.Method)
	if op.Target != "" {
		what += " " + printable(op.Target)
	}
	var notes []string
	if op.Rounds > 1 {
		notes = append(notes, fmt.Sprint(op.Rounds, " rounds"))
	}
	if n := len(op.NotificationSeqs); n > 0 {
		notes = append(notes, count(uint64(n), "notification"))
	}
	if n := len(op.ReplaySeqs); n > 0 {
		notes = append(notes, count(uint64(n), "replay"))
	}
	if op.Scopes.Decision != nil && *op.Scopes.Decision == query.Denied {
		notes = append(notes, "needs scope "+strings.Join(op.Scopes.Required, " "))
	}
	notes = append(notes, story(&op)...)
	for _, flag := range op.Flags {
		if flag != "replay" {
			notes = append(notes, flag)
		}
	}
	notes = append(notes, cuts(op.Redactions)...)
	if len(notes) > 0 {
		what += "  (" + printable(strings.Join(notes, ", ")) + ")"
	}
	return []cell{{fmt.Sprint(op.Seq), dim}, {at(s, op.Started), plain}, {ms(op.DurationMS), plain}, {what, plain}, outcome(op.Outcome, op.ErrorCode)}
}

func factRow(s query.Session, f query.Fact) []cell {
	what := arrow(f.Direction) + " " + string(f.Kind)
	if f.Kind == schema.KindNotification {
		what = arrow(f.Direction) + " " + f.Method
	} else if f.Method != "" {
		what += " " + f.Method
	}
	for _, more := range []string{f.Target, f.Detail} {
		if more != "" {
			what += " " + more
		}
	}
	if n := len(f.Seqs); n > 1 {
		what += fmt.Sprintf(" ×%d", n)
	}
	if notes := append(slices.Clone(f.Flags), cuts(f.Redactions)...); len(notes) > 0 {
		what += "  (" + strings.Join(notes, ", ") + ")"
	}
	end := outcome(f.Outcome, nil)
	if end.text == "" && f.HTTPStatus > 0 {
		end = cell{fmt.Sprint("HTTP ", f.HTTPStatus), dim}
	}
	return []cell{{fmt.Sprint(f.Seq), dim}, {at(s, f.Time), dim}, {}, {printable(what), dim}, end}
}

// cuts says what redaction took out, rule by rule.
func cuts(all query.Cuts) (notes []string) {
	for _, c := range all {
		note := fmt.Sprintf("%s cut, %d bytes", c.Rule, c.Length)
		if reason, withheld := strings.CutPrefix(c.Rule, "withheld-"); withheld {
			note = fmt.Sprintf("%d bytes withheld by %s", c.Length, reason)
		}
		if c.Count > 1 {
			note = fmt.Sprintf("%d× %s", c.Count, note)
		}
		notes = append(notes, note)
	}
	return notes
}

func gapRow(g query.Gap) []cell {
	what := fmt.Sprintf("── %s not recorded: %s ──", count(g.Count, "message"), g.Reason)
	if g.Bytes > 0 {
		what = fmt.Sprintf("── %s (%d bytes) not recorded: %s ──", count(g.Count, "message"), g.Bytes, g.Reason)
	}
	return []cell{{fmt.Sprint(g.FromSeq), yellow}, {}, {}, {printable(what), yellow}, {}}
}

func outcome(o schema.Outcome, code *int64) cell {
	text := printable(string(o))
	if code != nil {
		text += fmt.Sprintf(" %d", *code)
	}
	switch {
	case o == schema.OutcomeOK, o == schema.OutcomeAccepted:
		return cell{text, green}
	case query.Failed(o):
		return cell{text, red}
	}
	return cell{text, yellow}
}

// at is a time since the session began.
func at(s query.Session, t time.Time) string {
	return fmt.Sprintf("%.3fs", t.Sub(s.Started).Seconds())
}

func arrow(d schema.Direction) string {
	switch d {
	case schema.ClientToServer:
		return "→"
	case schema.ServerToClient:
		return "←"
	}
	return "·"
}

func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
