package verify

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// Severity says what a problem means for the record.
type Severity string

const (
	// Mismatch: the record is not what was sealed, or contradicts itself.
	Mismatch Severity = "mismatch"
	// Untrusted: somebody sealed it whose key was not given.
	Untrusted Severity = "untrusted"
	// Incomplete: nothing is wrong with what is there, and not all of it is there or
	// sealed.
	Incomplete Severity = "incomplete"
)

// Kind says what was found.
type Kind string

const (
	// Altered: an event is not the one that was sealed under its number.
	Altered Kind = "altered"
	// Missing: an event was sealed and is not there.
	Missing Kind = "missing"
	// Extra: an event stands where its collector says there is none.
	Extra Kind = "extra"
	// Equivocation: two different events, seals or epochs have one number.
	Equivocation Kind = "equivocation"
	// Chain: an event does not name the one before it.
	Chain Kind = "chain"
	// Column: a column beside the event's own fields is not what it was.
	Column Kind = "column"
	// Unreadable: stored bytes are no event, or no seal.
	Unreadable Kind = "unreadable"
	// BadSeal: a seal that does not fit its signature, its certificate, its leaves
	// or its neighbours. MissingSeal: one that is not there.
	BadSeal     Kind = "bad_seal"
	MissingSeal Kind = "missing_seal"
	// UntrustedKey: a certificate is signed by a key that was not given.
	UntrustedKey Kind = "untrusted_key"
	// Unsealed: no seal covers an event.
	Unsealed Kind = "unsealed"
	// Late: an event was sealed moments ago and is not there yet.
	Late Kind = "late"
	// Gap: the collector says what it did not record, or lost.
	Gap Kind = "gap"
	// Silent: an epoch ended without its last seal. Open: a session goes on.
	Silent Kind = "silent"
	Open   Kind = "open"
	// Cloned: an identity certified two epochs under one number, and both are whole.
	Cloned Kind = "cloned_identity"
	// MissingEpoch: a number that an identity gave to an epoch that left nothing.
	MissingEpoch Kind = "missing_epoch"
)

// Problem is one thing that was found, with the names of what it is about as far as
// they are known.
type Problem struct {
	Severity Severity `json:"severity"`
	Kind     Kind     `json:"kind"`
	// Collector and Epoch, and the collector_seq From to To of that epoch.
	Collector string  `json:"collector_id,omitempty"`
	Epoch     string  `json:"epoch,omitempty"`
	From      *uint64 `json:"collector_seq,omitempty"`
	To        *uint64 `json:"collector_seq_to,omitempty"`
	// Session, and its numbers.
	Session string  `json:"session_id,omitempty"`
	Seq     *uint64 `json:"seq,omitempty"`
	SeqTo   *uint64 `json:"seq_to,omitempty"`
	// Column of the table that was changed, where that follows from what is left.
	Column string `json:"column,omitempty"`
	// Detail is a sentence for people.
	Detail string `json:"detail"`
}

// String is a line for people.
func (p *Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.Kind, p.Detail)
	if p.Column != "" {
		fmt.Fprintf(&b, "; column %s", p.Column)
	}
	if p.Session != "" {
		fmt.Fprintf(&b, "; session %s%s", p.Session, numbers(" seq", p.Seq, p.SeqTo))
	}
	if p.Epoch != "" {
		fmt.Fprintf(&b, "; epoch %s%s", p.Epoch, numbers(" collector_seq", p.From, p.To))
	}
	if p.Collector != "" {
		fmt.Fprintf(&b, "; collector %q", p.Collector)
	}
	return strings.Map(harmless, b.String())
}

// harmless puts a question mark for what a terminal may take for a command: some of
// the text is of whoever wrote the record.
// It is the last step of String, so that no text gets past it; the JSON form has the text as
// it is, escaped by JSON.
func harmless(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}

func numbers(name string, from, to *uint64) string {
	switch {
	case from == nil:
		return ""
	case to == nil || *to == *from:
		return fmt.Sprintf("%s %d", name, *from)
	}
	return fmt.Sprintf("%s %d to %d", name, *from, *to)
}

// in names the epoch.
// These three return a changed copy, so that they can be chained on a literal. The pointers
// are to their own arguments and shared with nobody.
func (p Problem) in(e *epoch) Problem {
	p.Collector, p.Epoch = e.collector, e.id.String()
	return p
}

// at names numbers of the epoch, both ends included.
func (p Problem) at(from, to uint64) Problem {
	p.From = &from
	if to != from {
		p.To = &to
	}
	return p
}

// of names numbers of a session.
func (p Problem) of(id uuid.UUID, from, to uint64) Problem {
	p.Session, p.Seq = id.String(), &from
	if to != from {
		p.SeqTo = &to
	}
	return p
}
