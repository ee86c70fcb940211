package cli

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// ours are the escape sequences that the player itself writes.
var ours = regexp.MustCompile("\x1b\\[(1|2|33|0)m")

func events(n int) []wire.Event {
	var list []wire.Event
	for i := range n {
		e := wire.Event{Seq: uint64(i), MonoMS: float64(i) * 1000, Kind: schema.KindRequest, Direction: schema.ClientToServer,
			Method: "tools/call", Target: "x\x1b[31m\u202ey\x07"}
		if i%2 == 1 {
			request := uint64(i - 1)
			e.Kind, e.Direction, e.RequestSeq, e.Outcome = schema.KindAnswer, schema.ServerToClient, &request, schema.OutcomeToolError
		}
		list = append(list, e)
	}
	return list
}

func TestThePlayerShowsNoRecordedEscape(t *testing.T) {
	session := wire.SessionSummary{}
	session.Client.Name, session.Server.Name = "\x1b]0;PWNED\x07", "\u202e\x9b31m"
	p := newPlayer(session, events(6), 1, time.Second)
	p.Init()
	body := p.events[0]
	body.Payload = []byte(`{"text":"` + "\x1b[2J\u202e" + `","\u001b[31m":["` + strings.Repeat("a", 400) + `"]}`)
	p.Update(bodyRead{event: body})
	for range 5 {
		view := ours.ReplaceAllString(p.View().Content, "")
		if strings.ContainsAny(view, "\x1b\x07\u202e\u009b") || !utf8.ValidString(view) {
			t.Fatalf("an escape is in %q", view)
		}
		for line := range strings.Lines(view) {
			if cells(strings.TrimSuffix(line, "\n")) > p.width {
				t.Errorf("a line is wider than the terminal: %q", line)
			}
		}
		p.press("j")
	}
}

func TestThePlayerStepsAndMoves(t *testing.T) {
	p := newPlayer(wire.SessionSummary{}, events(6), 1, time.Second)
	p.Init()
	for i, c := range []struct {
		key  string
		at   int
		now  float64
		open int
	}{
		{"j", 1, 1000, 0}, {"j", 2, 2000, 1}, {"k", 1, 1000, 0}, {"G", 5, 5000, 0}, {"j", 5, 5000, 0}, {"h", 4, 4750, 1}, {"0", 0, 0, 1}, {"k", 0, 0, 1},
	} {
		p.press(c.key)
		inFlight, _, _ := p.standing()
		if p.at != c.at || p.now != c.now || len(inFlight) != c.open {
			t.Errorf("after key %d, %s: at %d, %v ms, %d in flight; want %d, %v, %d", i, c.key, p.at, p.now, len(inFlight), c.at, c.now, c.open)
		}
	}
	p.press("space")
	for range 200 {
		p.advance()
	}
	if p.playing || p.at != 5 {
		t.Errorf("after playing to the end: playing %v, at %d", p.playing, p.at)
	}
}

func TestPausesAreCutShort(t *testing.T) {
	for _, c := range []struct {
		speed float64
		ms    float64
		want  time.Duration
	}{{1, 500, 500 * time.Millisecond}, {10, 500, 50 * time.Millisecond}, {1, 60_000, 2 * time.Second}, {0, 60_000, 0}, {1, -5, 0}} {
		if got := (&Replay{Speed: c.speed, Idle: 2 * time.Second}).pause(c.ms); got != c.want {
			t.Errorf("%v ms at %v: %v, want %v", c.ms, c.speed, got, c.want)
		}
	}
}
