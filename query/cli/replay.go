package cli

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Replay is the command.
// The times are those of the record (monotonic, within a session), not those at which it was
// stored.
type Replay struct {
	ID    string        `arg:"" help:"Session: its id, the short form, or the beginning of either."`
	Speed float64       `default:"1" help:"How many times as fast as it was; 0 waits for nothing."`
	Idle  time.Duration `default:"2s" help:"The longest pause; what took longer is cut short."`
	Plain bool          `help:"Print a line an event, on a terminal too."`
}

// Help teaches by example.
func (Replay) Help() string {
	return `Goes through a session as it happened, event by event. On a terminal: space plays and pauses, j and k step, h and l move
in time, + and - change the speed, q ends. Elsewhere it prints a line an event, at its time.

  mcptrail replay 8a3f9c21d0b4
  mcptrail replay --speed 10 8a3f
  mcptrail replay --speed 0 8a3f | less`
}

// Run replays.
func (c *Replay) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	if c.Speed < 0 || c.Idle < 0 {
		return &badPaceError{c.Speed, c.Idle}
	}
	id, err := api.Resolve(ctx, c.ID)
	if err != nil {
		return err
	}
	// Without a terminal there are no keys to read; lines are what a pipe can use.
	if c.Plain || screen.Width == 0 {
		return c.print(ctx, api, screen, id)
	}
	session, err := api.Session(ctx, id)
	if err != nil {
		return err
	}
	// All events are held, without their bodies, so that stepping back needs no request.
	var events []wire.Event
	for e, err := range api.Events(ctx, id, 0, false) {
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	player := newPlayer(session, events, c.Speed, c.Idle)
	player.read = func(seq uint64) (wire.Event, error) {
		// The stream is left after its first event, which ends the request.
		for e, err := range api.Events(ctx, id, seq, true) {
			return e, err
		}
		return wire.Event{}, fmt.Errorf("reading event %d: it is gone", seq)
	}
	_, err = tea.NewProgram(player, tea.WithContext(ctx)).Run()
	if ctx.Err() != nil {
		return nil // Ctrl-C
	}
	return err
}

// print writes each event at its time.
// The events come as one stream. While it waits here nothing is read, and the service gives up
// a reader that takes nothing for half a minute: a much longer --idle may end the stream.
func (c *Replay) print(ctx context.Context, api *client.Client, screen *Screen, id string) error {
	columns, widths := eventColumns(screen)
	screen.row(columns, widths, titles(columns))
	before := 0.0
	for e, err := range api.Events(ctx, id, 0, true) {
		if err != nil {
			return err
		}
		if wait := c.pause(e.MonoMS - before); wait > 0 {
			// Before the pause, or the line would be seen after it.
			if err := screen.Flush(); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			}
		}
		before = e.MonoMS
		screen.row(columns, widths, eventRow(e, fmt.Sprint(e.Seq), fmt.Sprintf("%.3fs", e.MonoMS/1e3)))
	}
	return nil
}

// pause is how long to wait for what came so many milliseconds later.
// Idle bounds what is waited, after the speed was applied.
func (c *Replay) pause(ms float64) time.Duration {
	if c.Speed == 0 || ms <= 0 {
		return 0
	}
	// The minimum is taken before the conversion: days of pause in nanoseconds divided by a
	// small speed do not fit a Duration.
	return time.Duration(min(ms/c.Speed*float64(time.Millisecond), float64(c.Idle)))
}

// badPaceError is a speed or a pause that makes no sense.
type badPaceError struct {
	speed float64
	idle  time.Duration
}

// Error names both values, since either may be the wrong one.
func (e *badPaceError) Error() string {
	return fmt.Sprintf("--speed=%v --idle=%v: neither can be below 0", e.speed, e.idle)
}
