package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

const (
	// maxTails is how many places of messages a session remembers the ends of, the least
	// recently used goes first; and maxTail how many bytes of a text.
	maxTails, maxTail = 8, 256
	// maxHead is how much of the next text is scanned together with an end.
	maxHead = 1024
	// pendingFor is for how many messages an end that names a secret is joined with a text
	// at any other place.
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
	text    [maxTail]byte
	size    int
	// Ending is how scanning them ended.
	secret.Ending
}

// place identifies where the walk stands, whichever element of an array it is.
func (w *walk) place() uint64 {
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
// messages, cuts what goes on from there, and remembers its own end.
func (w *walk) carry(text []byte, from int, origin func(int) int, e secret.Ending) {
	if w.in.Session == nil || w.pass > 0 || w.depth > 0 || w.naming || len(text) == 0 {
		return
	}
	t := &w.in.Session.tails
	place := w.place()
	known := t.find(place)
	w.joinTail(known, text, from, origin)
	if known == nil || known.message != t.message {
		w.joinTail(t.pending(place), text, from, origin)
	}
	t.keep(known, place, text, e)
}

// joinTail cuts what begins in an end and goes on in the text at hand.
func (w *walk) joinTail(known *tail, text []byte, from int, origin func(int) int) {
	if known == nil || known.size == 0 {
		return
	}
	head := text[:min(len(text), maxHead)]
	if known.OpenKey {
		end := bytes.Index(text, []byte("-----END"))
		if end < 0 {
			end = secret.KeyRun(text)
		}
		if end > 0 {
			w.addCut(from+origin(0), from+origin(end), "private-key", text[:end])
		}
		return
	}
	if !known.Named && !w.r.engine.Continues(known.State, head) {
		return
	}
	var buf [maxTail + maxHead]byte
	joined := append(append(buf[:0], known.text[:known.size]...), head...)
	w.budget.Spend(len(joined))
	found, _ := w.r.engine.Find(nil, joined, w.budget)
	for _, s := range found {
		if s.To <= known.size || s.From >= known.size && s.From > known.size+maxGap {
			continue
		}
		if s.From >= known.size && !known.Named {
			continue // it stands in the text alone
		}
		value := s.Value
		if value == nil {
			value = joined[s.From:s.To]
		}
		to := s.To - known.size
		if s.To == len(joined) && len(head) < len(text) {
			to = secret.WordEnd(text, to)
		}
		w.addCut(from+origin(max(0, s.From-known.size)), from+origin(to), s.Rule, bytes.Clone(value))
	}
}

// maxGap is how far into a text the value of a name may begin that the text before ended
// with.
const maxGap = 64

func (t *tails) find(place uint64) *tail {
	for i := range t.all {
		if t.all[i].size > 0 && t.all[i].place == place {
			return &t.all[i]
		}
	}
	return nil
}

// pending returns the newest end at another place that names a secret, nil for none.
func (t *tails) pending(place uint64) (newest *tail) {
	for i := range t.all {
		if l := &t.all[i]; l.size > 0 && l.Named && l.place != place && l.message < t.message && t.message-l.message <= pendingFor &&
			(newest == nil || l.message > newest.message) {
			newest = l
		}
	}
	return newest
}

// keep remembers the end of a text, behind that of the texts before it at its place.
func (t *tails) keep(known *tail, place uint64, text []byte, e secret.Ending) {
	if known == nil {
		known = &t.all[0]
		for i := range t.all {
			if t.all[i].message < known.message || t.all[i].size == 0 {
				known = &t.all[i]
			}
		}
		*known = tail{place: place}
	}
	named := e.Named
	if len(text) >= maxTail {
		known.size = copy(known.text[:], text[len(text)-maxTail:])
	} else {
		before := min(known.size, maxTail-len(text))
		copy(known.text[:], known.text[known.size-before:known.size])
		known.size = before + copy(known.text[before:], text)
		// A name that a short text did not end stays in force.
		named = named || known.Named && before > maxGap
		e.OpenKey = e.OpenKey || known.OpenKey && !bytes.Contains(text, []byte("-----END")) && secret.KeyRun(text) == len(text)
	}
	known.Ending, known.message = e, t.message
	known.Named = named
}
