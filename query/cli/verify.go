package cli

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/term"

	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/query/wire"
)

// RangeFlags choose a part of the record.
type RangeFlags struct {
	From moment `placeholder:"TIME" help:"Only what was sent or sealed from this time on: 2h, 3d, 2026-11-22, 2026-11-22T15:04:05Z."`
	To   moment `placeholder:"TIME" help:"Only what was sent or sealed before this time."`
}

// Verify is the command.
// Everything is checked in this process. The service is asked for bytes only, and its own
// opinion of them is not read.
type Verify struct {
	ID string `arg:"" optional:"" help:"Session: its id, the short form, or the beginning of either; default is all of the record."`
	RangeFlags
	TrustFlag
	JSON bool `name:"json" help:"What was found as a JSON document."`
}

// Help teaches by example.
func (Verify) Help() string {
	return `Reads events and seals and checks, here, that every event is the one its collector sealed and that none is missing. It
believes the keys that it is given, not the service that it reads from. With a time it checks all that lies under the
same seals as what was sent in it.

  mcptrail verify                                        everything, by the key of this user's collector
  mcptrail verify 8a3f9c21d0b4                           one session
  mcptrail verify --from 24h --trust keys.txt --json | jq '.problems[]'

Exit status: 0 if all of it is as it was sealed; 1 if something was changed, removed, added or contradicts itself; 2 if
something is not there or not sealed without being wrong (a gap, a session that goes on, a collector that fell silent), or
if it could not be read; 3 for bad input, and for what is sealed by a key that is not trusted.`
}

// verdict ends a command with a status of its own, which was explained before.
type verdict int

// Error is for whoever prints a verdict by mistake; Main prints none.
func (v verdict) Error() string { return fmt.Sprintf("ends with status %d", int(v)) }

// Run verifies.
// The keys are read first: without one, reading a long record would prove nothing. A stream
// that breaks off is an error and no report, since what is missing could be what was changed.
func (c *Verify) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	trusted, file, err := c.read()
	if err != nil {
		return err
	}
	sel, err := c.selection(ctx, api, c.ID)
	if err != nil {
		return err
	}
	// Only the whole record can be asked for what is missing at its ends.
	// The clock is this machine's, and says which events may still be on their way.
	o := verify.Options{Trusted: trusted, Whole: sel == (client.Selection{}), Now: time.Now()}
	if sel.Session != "" {
		o.Session = uuid.MustParse(sel.Session) // it was resolved
	}
	v := verify.New(o)
	p := newProgress(screen, "events checked")
	for e, err := range p.counted(api.Record(ctx, sel, p.begin)) {
		switch {
		case err != nil:
			p.end()
			return err
		// The service sends all seals before the first event, as the verifier takes them. One that
		// comes later is not checked, and what it covers counts as unsealed: a service that lies
		// about the order hides nothing by it. A seal is believed for its signature alone.
		case e.Seal != nil:
			v.AddSeal(verify.Run{Note: e.Seal.Note, Certificate: e.Seal.Certificate, Leaves: e.Seal.Leaves, Stray: e.Stray})
		default:
			v.AddEvent(e.Canonical, &e.Location)
		}
	}
	p.end()
	r := v.Finish()
	if c.JSON {
		err = screen.json(r)
	} else {
		printReport(screen, r, file, p.took())
	}
	// The report has been printed; the status is all that is left to say.
	if err == nil && r.Status() != 0 {
		err = verdict(r.Status())
	}
	return err
}

// selection is what the flags and an id choose.
// The session is resolved to its whole id, so that what is checked is named once.
func (f RangeFlags) selection(ctx context.Context, api *client.Client, id string) (client.Selection, error) {
	sel := client.Selection{From: f.From.Time, To: f.To.Time}
	if id == "" {
		return sel, nil
	}
	// A session and a time would be two answers to what is checked.
	if sel != (client.Selection{}) {
		return sel, &client.BadIDError{ID: id + " with --from or --to"}
	}
	var err error
	sel.Session, err = api.Resolve(ctx, id)
	return sel, err
}

// printReport prints what was found, with the file of the keys: a report is worth what
// they are.
func printReport(screen *Screen, r *verify.Report, file string, took time.Duration) {
	r.Print(screen, func(word string, s verify.Severity) string {
		return screen.paint(word, map[verify.Severity]colour{"": green, verify.Mismatch: red, verify.Untrusted: yellow, verify.Incomplete: yellow}[s])
	})
	fmt.Fprintf(screen, "keys from %s; %s, %d events/s\n", printable(file), lasted(took), rate(r.Events, took))
}

// rate is events a second.
// A millisecond at least, for a record that is checked in no time.
func rate(n uint64, took time.Duration) uint64 {
	return uint64(float64(n) / max(took.Seconds(), 1e-3))
}

// progress says on a terminal how far something is.
type progress struct {
	screen *Screen
	what   string
	// said is zero until a line was printed. of is what the service announced, and is shown only.
	began, said time.Time
	n, of       uint64
	terminal    bool
}

// newProgress makes one that prints nothing where the notes are no terminal.
func newProgress(screen *Screen, what string) *progress {
	p := &progress{screen: screen, what: what, began: time.Now()}
	if file, ok := screen.Notes.(*os.File); ok {
		p.terminal = term.IsTerminal(int(file.Fd()))
	}
	return p
}

// begin takes about how many events will come.
func (p *progress) begin(of uint64) { p.of = of }

// step counts an event. It looks at the clock once in a while only: it is called
// hundreds of thousands of times a second.
func (p *progress) step() {
	// A log file or a pipe gets no progress: carriage returns make it unreadable.
	if p.n++; !p.terminal || p.n%1024 != 0 {
		return
	}
	if now := time.Now(); now.Sub(p.said) > 200*time.Millisecond {
		p.said = now
		fmt.Fprintf(p.screen.Notes, "\r%d of %d %s, %d/s ", p.n, p.of, p.what, rate(p.n, now.Sub(p.began)))
	}
}

// end clears the line, if one was printed.
// It may be called more than once, and must be before anything else goes to the notes.
func (p *progress) end() {
	if !p.said.IsZero() {
		fmt.Fprintf(p.screen.Notes, "\r%s\r", strings.Repeat(" ", 70))
	}
}

// counted counts the events of a record on their way.
// Seals are passed on uncounted: their number is not what was announced.
func (p *progress) counted(record iter.Seq2[*wire.Entry, error]) iter.Seq2[*wire.Entry, error] {
	return func(yield func(*wire.Entry, error) bool) {
		for e, err := range record {
			if err == nil && e.Seal == nil {
				p.step()
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// took is the time since it began.
func (p *progress) took() time.Duration { return time.Since(p.began) }
