package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/mcptrail/mcptrail/query/wire"
)

// View draws the player. Everything recorded goes through printable, so that the
// only escape sequences are ours.
//
// It is called for each frame and changes nothing. Every line is cut to the width: one that
// the terminal wrapped would push the rest out of its place.
func (p *player) View() tea.View {
	// Above the line are the events up to the current one, below it the body of that one.
	lines := []string{p.title(), p.clock(), p.state(), ""}
	// Half of what is left for the list, and the other half for the body.
	list := max((p.height-len(lines)-2)/2, 3)
	for i := p.at - list + 1; i <= p.at; i++ {
		line := ""
		if i >= 0 {
			line = p.line(p.events[i], i == p.at)
		}
		lines = append(lines, line)
	}
	lines = append(lines, dimmed(strings.Repeat("─", p.width)))
	for _, line := range p.said(max(p.height-len(lines)-1, 1)) {
		lines = append(lines, cut(line, p.width))
	}
	for len(lines) < p.height-1 {
		lines = append(lines, "")
	}
	lines = append(lines, dimmed(cut("space play  j k step  h l move  + - speed  0 G ends  q quit", p.width)))
	v := tea.NewView(strings.Join(lines, "\n"))
	v.AltScreen = true
	return v
}

// title is whose session it is.
func (p *player) title() string {
	s := p.session
	return cut(printable(fmt.Sprintf("%s → %s  %s over %s", peer(s.Client), server(s.Session), s.ProtocolVersion, s.Transport)), p.width)
}

// clock is where it stands in time, as a bar.
func (p *player) clock() string {
	state := "paused"
	if p.playing {
		state = "playing"
	}
	text := fmt.Sprintf("%9.3fs / %.3fs  %gx  %s  ", p.now/1e3, p.length()/1e3, p.speed, state)
	space := max(p.width-cells(text), 0)
	full := 0
	if length := p.length(); length > 0 {
		// seek keeps now within the length, so the bar never exceeds its space.
		full = int(float64(space) * p.now / length)
	}
	return text + "\x1b[33m" + strings.Repeat("━", full) + "\x1b[0m" + dimmed(strings.Repeat("─", space-full))
}

// state is how many requests were answered and failed by now, and the last ones that
// wait.
// Three at most, the latest: the line has no place for more.
func (p *player) state() string {
	inFlight, done, failed := p.standing()
	text := fmt.Sprintf("%d answered, %d failed, %d in flight", done, failed, len(inFlight))
	for i, e := range inFlight[max(len(inFlight)-3, 0):] {
		sign := "  "
		if i == 0 {
			sign = ": "
		}
		text += sign + strings.TrimSpace(printable(e.Method)+" "+printable(e.Target))
	}
	return cut(text, p.width)
}

// line is one event of the list.
// It is cut before it gets its colour, since cut would split an escape sequence.
func (p *player) line(e wire.Event, current bool) string {
	what := strings.TrimSpace(printable(e.Method) + " " + printable(e.Target))
	if what == "" {
		what = printable(string(e.Kind))
	}
	text := cut(fmt.Sprintf("%6d %9.3fs %s %-12s %s  %s", e.Seq, e.MonoMS/1e3, arrow(e.Direction), printable(string(e.Kind)), what,
		printable(string(e.Outcome))), p.width-2)
	if current {
		return "\x1b[1m▸ " + text + "\x1b[0m"
	}
	return "  " + text
}

// said are the first lines of what the event at hand says.
// The last line is a sign where there is more. Lines are made printable one by one, after
// they were split: a line feed would otherwise become an escape.
func (p *player) said(most int) []string {
	switch {
	case p.problem != nil:
		return strings.Split(printableLines(p.problem.Error()), "\n")
	case p.body == nil:
		return []string{"reading …"}
	}
	var pretty bytes.Buffer
	// Enough for any terminal's height; indenting 8 MB would stall the keys.
	payload := p.body.Payload[:min(len(p.body.Payload), 256<<10)]
	if len(payload) == 0 || string(payload) == "null" {
		return []string{"nothing was kept of its body"}
	}
	// Cut in the middle it is no JSON; then the text is shown as it was recorded.
	if json.Indent(&pretty, payload, "", "  ") != nil {
		pretty.Reset()
		pretty.Write(payload)
	}
	var lines []string
	for line := range strings.Lines(pretty.String()) {
		if len(lines) == most-1 {
			return append(lines, "…")
		}
		lines = append(lines, printable(strings.TrimSuffix(line, "\n")))
	}
	return lines
}

// dimmed is text in the faint colour.
func dimmed(text string) string { return "\x1b[2m" + text + "\x1b[0m" }
