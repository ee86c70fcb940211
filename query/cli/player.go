package cli

import (
	"slices"
	"sort"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// player is a replay on a terminal: where it stands, and what it shows. It is a model of
// bubbletea, whose loop is the one goroutine that touches it; read runs outside of it.
//
// Everything it shows follows from events and at; body is the one part that comes later.
type player struct {
	session wire.SessionSummary
	// events without bodies, in their order.
	events []wire.Event
	// read gets one event with its body.
	read func(seq uint64) (wire.Event, error)
	// now is the time in the session, in milliseconds; at is the last event that had
	// come by then, -1 for none.
	now     float64
	at      int
	playing bool
	speed   float64
	// idle is the longest pause, in milliseconds of the watcher's time.
	idle float64
	// body of the event at, nil while it is read.
	body          *wire.Event
	problem       error
	width, height int
}

// frame is the time between two ticks of the clock while the player plays.
const frame = 50 * time.Millisecond

// paces that + and - go through.
var paces = []float64{0.1, 0.25, 0.5, 1, 2, 5, 10, 50}

// newPlayer stands before the first event. A speed of 0, which waits for nothing where
// lines are printed, is the fastest pace here.
// Width and height are a guess until bubbletea has sent the real ones.
func newPlayer(session wire.SessionSummary, events []wire.Event, speed float64, idle time.Duration) *player {
	if speed == 0 {
		speed = paces[len(paces)-1]
	}
	return &player{session: session, events: events, at: -1, speed: speed, idle: float64(idle.Milliseconds()), width: 80, height: 24}
}

// tick is the message of the clock.
// Its value is not used: a late tick moves the session by one frame all the same, so a slow
// terminal slows the replay and skips nothing.
type tick time.Time

// bodyRead is what reading an event gave.
type bodyRead struct {
	event wire.Event
	err   error
}

// Init shows the first event and waits for a key.
func (p *player) Init() tea.Cmd { return p.step(1) }

// Update takes a key, a tick of the clock, or a body.
func (p *player) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch m := message.(type) {
	case tea.WindowSizeMsg:
		p.width, p.height = m.Width, m.Height
	case tea.KeyPressMsg:
		return p, p.press(m.String())
	case tick:
		return p, p.advance()
	case bodyRead:
		// Of an event that it has left, too: the service is away then, which is worth knowing.
		if m.err != nil {
			p.problem = m.err
		} else if p.at >= 0 && p.events[p.at].Seq == m.event.Seq {
			p.body, p.problem = &m.event, nil
		}
	}
	return p, nil
}

// press obeys a key. The command that it returns is run by bubbletea, nil for none.
func (p *player) press(key string) tea.Cmd {
	length := p.length()
	switch key {
	case "q", "esc", "ctrl+c":
		return tea.Quit
	case "space":
		p.playing = !p.playing
		// At the end, play means from the beginning, as in every player.
		if p.playing && p.at == len(p.events)-1 {
			p.now, p.at = 0, -1
		}
		// The clock begins here and goes on by itself, see advance.
		if p.playing {
			return clockTick()
		}
	case "j", "down":
		return p.step(1)
	case "k", "up":
		return p.step(-1)
	case "l", "right":
		return p.seek(p.now + length/20)
	case "h", "left":
		return p.seek(p.now - length/20)
	case "0", "home":
		return p.seek(0)
	case "G", "end":
		return p.seek(length)
	case "+", "=":
		p.pace(1)
	case "-":
		p.pace(-1)
	}
	return nil
}

// clockTick sends one tick after a frame. Each tick asks for the next, so that a pause
// leaves no clock running.
func clockTick() tea.Cmd { return tea.Tick(frame, func(t time.Time) tea.Msg { return tick(t) }) }

// advance lets a frame's time pass, and less of a pause than there was.
func (p *player) advance() tea.Cmd {
	if !p.playing {
		return nil
	}
	next := p.now + float64(frame.Milliseconds())*p.speed
	if p.at+1 < len(p.events) {
		// idle is the watcher's time, so at a higher speed it covers more of the session's.
		next = max(next, p.events[p.at+1].MonoMS-p.idle*p.speed)
	}
	if next >= p.length() {
		p.playing = false
	}
	// Also when it has just stopped: the tick that follows finds playing false and ends.
	return tea.Batch(p.seek(next), clockTick())
}

// pace goes to the next faster or slower pace.
func (p *player) pace(by int) {
	// A speed from the command line may lie between two paces; the search then gives the
	// next faster one, from which + goes on.
	i, _ := slices.BinarySearch(paces, p.speed)
	p.speed = paces[min(max(i+by, 0), len(paces)-1)]
}

// length of the session in milliseconds.
func (p *player) length() float64 {
	if len(p.events) == 0 {
		return 0
	}
	return p.events[len(p.events)-1].MonoMS
}

// step goes on or back by events, and stops the clock.
// by is 1 or -1. Before the first event it goes to the first.
func (p *player) step(by int) tea.Cmd {
	p.playing = false
	if len(p.events) == 0 {
		return nil
	}
	p.at = min(max(p.at+by, 0), len(p.events)-1)
	p.now = p.events[p.at].MonoMS
	return p.show()
}

// seek goes to a time in milliseconds, within the session: to the last event that had
// come by then.
func (p *player) seek(to float64) tea.Cmd {
	p.now = min(max(to, 0), p.length())
	// The search relies on monotonic times, which do not fall within a session. Wall clocks do.
	at := sort.Search(len(p.events), func(i int) bool { return p.events[i].MonoMS > p.now }) - 1
	if at == p.at {
		return nil
	}
	p.at = at
	return p.show()
}

// show reads the body of the event that it stands at. Bodies are read one by one, since
// those of a session need not fit into memory; the answer to an earlier event may come
// later, so Update compares its seq.
func (p *player) show() tea.Cmd {
	p.body, p.problem = nil, nil
	if p.at < 0 || p.read == nil {
		return nil
	}
	seq := p.events[p.at].Seq
	// It runs in a goroutine of bubbletea's, so it may use read and seq and nothing else of p.
	return func() tea.Msg {
		e, err := p.read(seq)
		return bodyRead{e, err}
	}
}

// standing is how things stood at the event: requests in flight, answers, failures.
// An answer whose request is not in the record counts as answered and ends nothing.
func (p *player) standing() (inFlight []wire.Event, done, failed int) {
	// Counted anew for each frame: k, h and 0 go back in time, and counts that can be undone
	// would be a second state beside at.
	open := map[uint64]int{}
	for _, e := range p.events[:p.at+1] {
		switch {
		case e.Kind == schema.KindRequest:
			open[e.Seq] = len(inFlight)
			inFlight = append(inFlight, e)
		case e.RequestSeq != nil && e.Kind == schema.KindAnswer:
			if i, waits := open[*e.RequestSeq]; waits {
				// Emptied and swept at the end, which keeps the order without shifting per answer.
				inFlight[i].Kind = ""
				delete(open, *e.RequestSeq)
			}
			done++
			if query.Failed(e.Outcome) {
				failed++
			}
		}
	}
	return slices.DeleteFunc(inFlight, func(e wire.Event) bool { return e.Kind == "" }), done, failed
}
