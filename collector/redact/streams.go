package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

const (
	// maxTails is how many places of messages a session remembers the ends of, the least
	// recently used goes first; and maxTail how many bytes of a text.
	maxTails, maxTail = 8, 256
	// maxHead is how much of the next text is scanned together with an end.
	maxHead = 1024
	// pendingFor is for how many messages an end that names a secret is joined with a text
	// at another place. Both must be contents that the same side sent: what one side says never
	// decides what is kept of the other's messages, nor of the protocol's own members.
	pendingFor = 4
)

// tails are the ends of the texts of earlier messages, by their place. A stream of chunks
// has all of its chunks at one place: the same member of messages of the same method.
type tails struct {
	all [maxTails]tail
	// message numbers the messages of the session.
	message uint32
}

// tail is the end of the texts at one place, as they came: not what is stored of them.
type tail struct {
	place   uint64
	message uint32
	// from is the side that sent it, empty where it stands in no content.
	from schema.Direction
	text [maxTail]byte
	size int
	// Ending is how scanning them ended.
	secret.Ending
}

// place identifies where the walk stands, whichever element of an array it is.
func (w *texts) place() uint64 {
	hash := uint64(14695981039346656037) // FNV-1a
	mix := func(b []byte) {
		for _, c := range b {
			hash = (hash ^ uint64(c)) * 1099511628211
		}
		hash = (hash ^ 0xff) * 1099511628211
	}
	mix([]byte(w.in.Direction))
	mix([]byte(w.in.Kind))
	mix([]byte(w.in.Method))
	for i := range w.path {
		if s := &w.path[i]; s.index < 0 {
			mix(w.data[s.from:s.to])
		}
	}
	return hash
}

// carry scans the text at hand together with the end of what stood at its place in earlier
// messages, cuts what goes on from there, and remembers its own end, which is e where the
// text stands alone.
func (w *texts) carry(text []byte, from int, origin func(int) int, e secret.Ending) {
	if w.in.Session == nil || w.pass > 0 || w.depth > 0 || w.naming || len(text) == 0 {
		return
	}
	t := &w.in.Session.tails
	place := w.place()
	known := t.find(place)
	if known != nil {
		e = w.joinTail(known, text, from, origin, e)
	}
	side := w.contentFrom()
	if side != "" && (known == nil || known.message != t.message) {
		if other := t.pending(place, side); other != nil {
			w.joinTail(other, text, from, origin, e)
		}
	}
	t.keep(known, place, text, e).from = side
}

// contents are the members of params and results that hold what peers have to say. All
// others are the protocol's, and no secret goes on in them.
var contents = map[string]bool{"arguments": true, "content": true, "contents": true, "structuredContent": true, "message": true, "messages": true, "data": true}

// contentFrom is the side that sent the text at hand, empty where it is no content. A text
// that is no JSON message is content.
func (w *texts) contentFrom() schema.Direction {
	depth := 0
	for i := range w.path {
		s := &w.path[i]
		if s.index >= 0 {
			continue // an element of a batch or of a list
		}
		name := string(w.data[s.from:s.to])
		switch depth++; {
		case depth == 1 && name != "params" && name != "result":
			return ""
		case depth == 2 && !contents[name]:
			return ""
		}
	}
	if depth == 1 {
		return ""
	}
	return w.in.Direction
}

// joinTail cuts what begins in an end and goes on in the text at hand. It returns how both
// together end.
func (w *texts) joinTail(known *tail, text []byte, from int, origin func(int) int, e secret.Ending) secret.Ending {
	cutTo := func(end int, rule string, value []byte) {
		w.addCut(from+origin(0), from+origin(end), rule, bytes.Clone(value))
	}
	switch {
	case known.OpenKey:
		end := bytes.Index(text, []byte("-----END"))
		if end < 0 {
			end = secret.KeyRun(text)
		}
		if end > 0 {
			cutTo(end, "private-key", text[:end])
		}
		e.OpenKey = e.OpenKey || end == len(text)
		return e
	case known.OpenToken:
		if end := secret.TokenRun(text); end > 0 {
			cutTo(end, "assigned", text[:end])
			e.OpenToken = end == len(text)
		}
		return e
	case !known.Named && !e.Headless && !w.r.engine.Continues(known.State, text):
		if len(text) < maxTail {
			e.State = w.r.engine.Advance(known.State, text)
		}
		return e
	}
	head := text[:min(len(text), maxHead)]
	joined := append(append(make([]byte, 0, known.size+len(head)), known.text[:known.size]...), head...)
	w.budget.Spend(len(joined))
	found, _ := w.r.engine.Find(nil, joined, w.budget)
	if len(head) == len(text) {
		e = w.r.engine.Ending()
	}
	for _, s := range found {
		if s.To <= known.size {
			continue
		}
		value := s.Value
		if value == nil {
			value = joined[s.From:s.To]
		}
		to := s.To - known.size
		if s.To == len(joined) {
			if len(head) < len(text) {
				to += secret.TokenRun(text[to:])
			}
			e.OpenToken = e.OpenToken || s.To-s.From > maxTail/2 && to == len(text)
		}
		w.addCut(from+origin(max(0, s.From-known.size)), from+origin(to), s.Rule, bytes.Clone(value))
	}
	return e
}

func (t *tails) find(place uint64) *tail {
	for i := range t.all {
		if t.all[i].size > 0 && t.all[i].place == place {
			return &t.all[i]
		}
	}
	return nil
}

// pending returns the newest end at another place, of what the same side sent, that names a
// secret; nil for none.
func (t *tails) pending(place uint64, from schema.Direction) (newest *tail) {
	for i := range t.all {
		if l := &t.all[i]; l.size > 0 && l.Named && l.place != place && l.from == from && l.message < t.message && t.message-l.message <= pendingFor &&
			(newest == nil || l.message > newest.message) {
			newest = l
		}
	}
	return newest
}

// keep remembers the end of a text, behind that of the texts before it at its place, and
// returns it.
func (t *tails) keep(known *tail, place uint64, text []byte, e secret.Ending) *tail {
	if known == nil {
		known = &t.all[0]
		for i := range t.all {
			if t.all[i].message < known.message || t.all[i].size == 0 {
				known = &t.all[i]
			}
		}
		*known = tail{place: place}
	}
	if len(text) >= maxTail {
		known.size = copy(known.text[:], text[len(text)-maxTail:])
	} else {
		before := min(known.size, maxTail-len(text))
		copy(known.text[:], known.text[known.size-before:known.size])
		known.size = before + copy(known.text[before:], text)
	}
	known.Ending, known.message = e, t.message
	return known
}
