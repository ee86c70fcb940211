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
	// ProgressToken that the request asks to have progress reported under; empty for none.
	ProgressToken string
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
	maxAnswered = 1024
)

// Add remembers a request. Where too many are open, the oldest is given up.
func (p *Pairs) Add(r Request) {
	if len(p.open) >= maxOpen {
		p.open = p.open[1:] // append moves the rest to a new place once in a while
	}
	p.open = append(p.open, r)
}

// Answer finds the request that an answer in this direction, exchange and with
// this id answers. The request stays known, so that a second answer is distinguished
// from one that answers nothing.
func (p *Pairs) Answer(direction schema.Direction, exchange uint64, id string) (Request, Match) {
	from := direction.Opposite()
	best, at := unfit, 0
	// All open requests are looked at unless the oldest fits best, which it nearly always
	// does: the cost of one answer is bounded by maxOpen, whatever ids a peer chooses.
	for i := range p.open {
		if r := &p.open[i]; r.Direction == from {
			if f := p.fitness(r, exchange, id); f < best {
				best, at = f, i
			}
			if best == 0 {
				break
			}
		}
	}
	// A request that fits in any way comes before one that was answered: a second answer
	// says nothing new, an answer that is not paired leaves a request open for ever.
	if best != unfit {
		match := Mismatched
		if best == sameExchangeID || best == sameID {
			match = Exact
		}
		return p.close(at), match
	}
	if r, ok := p.answered[answerKey{from, id}]; ok && id != "" && id != "null" {
		return r, Again
	}
	return Request{}, Unmatched
}

// Take closes the open request with that Seq, for an answer of which it is known
// otherwise that it answers this one.
func (p *Pairs) Take(seq uint64) (Request, bool) {
	for i := range p.open {
		if p.open[i].Seq == seq {
			return p.close(i), true
		}
	}
	return Request{}, false
}

// How well an open request fits an answer, best first; of equals the oldest wins.
const (
	sameExchangeID = iota
	sameExchangeText
	onlyOneNoID
	sameID
	sameIDText
	onlyOne
	unfit
)

func (p *Pairs) fitness(r *Request, exchange uint64, id string) int {
	here := exchange != 0 && r.Exchange == exchange
	none := id == "" || id == "null"
	switch {
	case here && r.ID == id:
		return sameExchangeID
	case here && sameText(r.ID, id):
		return sameExchangeText
	case here && none && p.onlyOpen(r):
		return onlyOneNoID
	// From here on the request may be of another exchange: an answer can come over the
	// stream that a client opened for that.
	case r.ID == id && (!none || exchange == 0): // null names no request of another exchange
		return sameID
	case sameText(r.ID, id):
		return sameIDText
	case here && p.onlyOpen(r):
		return onlyOne
	}
	return unfit
}

// close moves an open request to the answered ones.
func (p *Pairs) close(i int) Request {
	r := p.open[i]
	p.open = slices.Delete(p.open, i, i+1)
	if p.answered == nil {
		p.answered = map[answerKey]Request{}
	}
	// Half of them go at once, so that the order is not moved with each answer.
	if len(p.order) >= maxAnswered {
		old := slices.Clone(p.order[:maxAnswered/2])
		p.order = slices.Delete(p.order, 0, maxAnswered/2)
		later := make(map[answerKey]bool, len(p.order))
		for _, key := range p.order {
			later[key] = true
		}
		for _, key := range old {
			if !later[key] { // else the request is a newer one with that id
				delete(p.answered, key)
			}
		}
	}
	// A later request with the same id replaces the earlier one here; order keeps both.
	key := answerKey{r.Direction, r.ID}
	p.answered[key] = r
	p.order = append(p.order, key)
	return r
}

// Asked returns the request that an answer which crosses again was to: one that was
// answered, else the oldest open one with its id.
func (p *Pairs) Asked(direction schema.Direction, id string) (Request, bool) {
	if r, ok := p.answered[answerKey{direction.Opposite(), id}]; ok {
		return r, true
	}
	for _, r := range p.open {
		if r.Direction == direction.Opposite() && r.ID == id {
			return r, true
		}
	}
	return Request{}, false
}

// Progressing returns the request that progress in this direction and with this token is
// about: the newest open one, else the newest of those that were answered, since a task
// goes on behind its answer.
func (p *Pairs) Progressing(direction schema.Direction, token string) (Request, bool) {
	from := direction.Opposite()
	if token == "" {
		return Request{}, false
	}
	// A token is used again once its request is over, so the newest that has it is meant.
	for i := len(p.open) - 1; i >= 0; i-- {
		if r := &p.open[i]; r.ProgressToken == token && r.Direction == from {
			return *r, true
		}
	}
	for i := len(p.order) - 1; i >= 0; i-- {
		if p.order[i].direction == from {
			if r := p.answered[p.order[i]]; r.ProgressToken == token {
				return r, true
			}
		}
	}
	return Request{}, false
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
		if r := &p.open[i]; exchange != 0 && r.Exchange == exchange && r.Direction == schema.ClientToServer {
			open = append(open, *r)
		}
	}
	return open
}

// Open returns the requests that no answer came for, in their order.
func (p *Pairs) Open() []Request { return slices.Clone(p.open) }

func (p *Pairs) onlyOpen(one *Request) bool {
	for i := range p.open {
		if r := &p.open[i]; r != one && r.Exchange == one.Exchange && r.Direction == one.Direction {
			return false
		}
	}
	return true
}

// sameText compares ids without their type: some servers answer 1 with "1".
func sameText(a, b string) bool {
	_, x, okA := strings.Cut(a, ":")
	_, y, okB := strings.Cut(b, ":")
	return okA && okB && x == y
}
