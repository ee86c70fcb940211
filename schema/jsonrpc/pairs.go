package jsonrpc

import (
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/schema"
)

// Request is what pairing must know of one request.
type Request struct {
	Seq       uint64
	Mono      int64
	Direction schema.Direction
	// Exchange is the HTTP exchange that carried it, 0 on stdio.
	Exchange uint64
	ID       string
	Method   string
	Target   string
	// Task that the request names.
	Task string
	// Cancelled is set by [Pairs.Cancel].
	Cancelled bool
}

// Match says how an answer found its request.
type Match int

const (
	// Unmatched: there is no such request.
	Unmatched Match = iota
	// Exact: same exchange or session, same id with its type.
	Exact
	// Mismatched: the same id with another type, or no usable id in an exchange
	// that has only one open request.
	Mismatched
	// Again: the request had been answered before.
	Again
)

// Pairs matches the answers of one session with its requests. Ids are not unique:
// an answer belongs to the HTTP exchange it came in, and else to the oldest open
// request with its id in the other direction. The zero value is ready to use; it
// remembers at most maxOpen requests that wait and maxAnswered that do not. Not for
// concurrent use.
type Pairs struct {
	// open requests, oldest first.
	open []Request
	// answered requests by what a second answer would name, and their order.
	answered map[answerKey]Request
	order    []answerKey
}

type answerKey struct {
	direction schema.Direction
	id        string
}

const (
	maxOpen     = 4096
	maxAnswered = 4096
)

// Add remembers a request. Where too many are open, the oldest is given up.
func (p *Pairs) Add(r Request) {
	if len(p.open) >= maxOpen {
		p.open = slices.Delete(p.open, 0, 1)
	}
	p.open = append(p.open, r)
}

// Answer finds the request that an answer in this direction, exchange and with
// this id answers. The request stays known, so that a second answer is told from
// one that answers nothing.
func (p *Pairs) Answer(direction schema.Direction, exchange uint64, id string) (Request, Match) {
	from := direction.Opposite()
	for _, rule := range []struct {
		match Match
		fits  func(*Request) bool
	}{
		{Exact, func(r *Request) bool { return sameExchange(r, exchange) && r.ID == id }},
		{Mismatched, func(r *Request) bool { return sameExchange(r, exchange) && sameText(r.ID, id) }},
		{Mismatched, func(r *Request) bool {
			return sameExchange(r, exchange) && (id == "" || id == "null") && p.alone(r)
		}},
		{Exact, func(r *Request) bool { return r.ID == id }},
		{Mismatched, func(r *Request) bool { return sameText(r.ID, id) }},
		{Mismatched, func(r *Request) bool { return sameExchange(r, exchange) && p.alone(r) }},
	} {
		for i := range p.open {
			if r := &p.open[i]; r.Direction == from && rule.fits(r) {
				return p.close(i), rule.match
			}
		}
	}
	if r, ok := p.answered[answerKey{from, id}]; ok && id != "" && id != "null" {
		return r, Again
	}
	return Request{}, Unmatched
}

// close moves an open request to the answered ones.
func (p *Pairs) close(i int) Request {
	r := p.open[i]
	p.open = slices.Delete(p.open, i, i+1)
	if p.answered == nil {
		p.answered = map[answerKey]Request{}
	}
	if len(p.order) >= maxAnswered {
		for _, old := range p.order[:maxAnswered/2] {
			delete(p.answered, old)
		}
		p.order = slices.Delete(p.order, 0, maxAnswered/2)
	}
	key := answerKey{r.Direction, r.ID}
	p.answered[key] = r
	p.order = append(p.order, key)
	return r
}

// Cancel marks the newest open request with that id, sent in the direction of the
// cancellation, and returns it.
func (p *Pairs) Cancel(direction schema.Direction, id string) (Request, bool) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if r := &p.open[i]; r.Direction == direction && r.ID == id {
			r.Cancelled = true
			return *r, true
		}
	}
	return Request{}, false
}

// EndExchange returns the requests that the end of an HTTP exchange leaves without
// an answer. They stay open: an answer can still come over another stream.
func (p *Pairs) EndExchange(exchange uint64) []Request {
	var open []Request
	for i := range p.open {
		if r := &p.open[i]; sameExchange(r, exchange) && r.Direction == schema.ClientToServer {
			open = append(open, *r)
		}
	}
	return open
}

// Open returns the requests that no answer came for, in their order.
func (p *Pairs) Open() []Request { return slices.Clone(p.open) }

func (p *Pairs) alone(one *Request) bool {
	for i := range p.open {
		if r := &p.open[i]; r != one && r.Exchange == one.Exchange && r.Direction == one.Direction {
			return false
		}
	}
	return true
}

func sameExchange(r *Request, exchange uint64) bool {
	return exchange != 0 && r.Exchange == exchange
}

// sameText compares ids without their type: some servers answer 1 with "1".
func sameText(a, b string) bool {
	_, x, okA := strings.Cut(a, ":")
	_, y, okB := strings.Cut(b, ":")
	return okA && okB && x == y
}
