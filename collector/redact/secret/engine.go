package secret

import (
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// Span is a credential found in a text.
type Span struct {
	// From and To are offsets in bytes.
	From, To int
	// Rule that found it.
	Rule string
	// Value is the credential itself where the text wraps it; nil where it is
	// text[From:To].
	Value []byte
	// Partial: the text ends inside of what would be a credential if it went on.
	Partial bool
}

// Budget bounds the work on one message. A step is the scan of about one byte, at
// most ten nanoseconds. Where it is over, Find returns early and what it found is
// worth nothing.
type Budget struct{ Steps int }

// Spend takes n steps and reports whether there were that many.
func (b *Budget) Spend(n int) bool {
	b.Steps -= n
	return b.Steps >= 0
}

// Over reports whether more was spent than there was.
func (b *Budget) Over() bool { return b.Steps < 0 }

// Hints are what a text holds that its structure may say more about.
type Hints uint8

const (
	// HintName: a word that names credentials.
	HintName Hints = 1 << iota
	// HintObject: a kind of object that holds credentials under names that are none.
	HintObject
	// HintInvisible: characters that show nothing.
	HintInvisible
	// HintDump: an offset as dumps of memory have it.
	HintDump
)

// Ending is how the scan of a text ended, for a text that goes on in another.
type Ending struct {
	// State of the automaton behind the last byte.
	State uint16
	// Named: a literal of a rule stands near the end, so that what follows may be a
	// credential by it.
	Named bool
	// Headless: the text began inside of a token that only what stands before it makes whole.
	Headless bool
	// OpenKey: the text ended inside of a private key, OpenToken inside of a token that is
	// longer than what is kept of its beginning.
	OpenKey, OpenToken bool
}

// nearEnd is how far before its end a text's last literal may stand to be near, in bytes:
// most tokens are shorter.
const nearEnd = 200

// Ending returns how the last Find ended.
func (e *Engine) Ending() Ending { return e.ended }

// Continues reports whether a literal that begins in one text, behind which the automaton
// stood in state, ends in the next; or whether one stands at the next one's beginning.
func (e *Engine) Continues(state uint16, text []byte) bool {
	for _, c := range text[:min(len(text), 2*maxLiteral)] {
		if state = e.words.step(state, c); state >= e.words.firstFound {
			return true
		}
	}
	return false
}

// Advance returns the state of the automaton behind a text that goes on from state.
func (e *Engine) Advance(state uint16, text []byte) uint16 {
	for _, c := range text {
		state = e.words.step(state, c)
	}
	return state
}

// Engine finds credentials. Not for concurrent use.
type Engine struct {
	names *Names
	words *literals
	// paths are the words of paths that sign in, see purpose.
	paths    *literals
	matchers []matcher
	commands commands
	off      map[string]bool
	ended    Ending
	cache    nameCache
	// scans is the state of the pass at each depth of wrapping.
	scans   [maxWraps + 1]scan
	wrapped wrapping
	// inflater is reset for each compressed text: making one costs 40 KB.
	inflater io.ReadCloser
	unzstd   *zstd.Decoder
}

// matcher is what is tried where one literal stands.
type matcher struct {
	rule   string
	anchor string
	// form finds a construction at the literal, which stands there whole; nil where
	// after describes a token.
	form func(s *scan, at int, m *matcher)
	// holds: a value follows the literal.
	holds  bool
	before *step
	after  pattern
	// free: the token must not be part of a longer word, since its literal is too short
	// to be distinctive.
	free bool
}

// New builds an Engine from the built-in rules without those that are off, and more.
func New(names *Names, off []string, more []Rule) (*Engine, error) {
	e := &Engine{names: names, commands: newCommands(), paths: newPaths(), off: map[string]bool{}}
	for _, name := range off {
		e.off[name] = true
	}
	for _, r := range slices.Concat(issued(), more) {
		if e.off[r.Name] {
			continue
		}
		ms, err := r.compile()
		if err != nil {
			return nil, fmt.Errorf("pattern %q of rule %s: %w", r.Pattern, r.Name, err)
		}
		e.matchers = append(e.matchers, ms...)
	}
	for _, m := range forms(names) {
		if !e.off[m.rule] {
			e.matchers = append(e.matchers, m)
		}
	}
	anchors := make([]string, len(e.matchers))
	for i := range e.matchers {
		anchors[i] = e.matchers[i].anchor
	}
	e.words = newLiterals(append(anchors, markPrefix), func(n int) bool { return n < len(e.matchers) && e.matchers[n].form == nil })
	return e, nil
}

// Find appends the credentials of text to spans, in no order, and some of them
// overlapping. The hints hold until the next call.
func (e *Engine) Find(spans []Span, text []byte, b *Budget) ([]Span, Hints) {
	spans, hints := e.plain(spans, text, 0, b)
	ended := e.ended
	defer func() { e.ended = ended }() // not that of a view
	spans = e.unwrap(spans, text, hints, 0, b)
	n := 0
	for _, s := range spans {
		if !s.Partial || s.To >= len(text) { // a view may end before its text does
			spans[n] = s
			n++
		}
	}
	return spans[:n], hints
}
