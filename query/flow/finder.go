package flow

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
)

const (
	// maxTokens bounds the values that are kept; later ones are not followed. maxPlaces
	// bounds the places of one.
	maxTokens = 200_000
	maxPlaces = 8
	// maxCommon is the number of results beyond which a value is evidence of nothing.
	maxCommon = 20
	// maxScanned is how many bytes of one message are read.
	maxScanned = 256 << 10
	// maxValue is the length at which a value is cut, maxValues how many a flow lists.
	maxValue  = 120
	maxValues = 5
)

// Finder finds values that go from results to arguments. Of results it keeps hashes and
// places, never the text; of arguments the value too. Sessions may come in any order, the
// events of each in that of seq. Not for concurrent use.
type Finder struct {
	seed   maphash.Seed
	tokens map[uint64]*token
}

// token is one value, known by its hash, and where it was.
type token struct {
	// results that hold it, and how many more there are.
	results []place
	more    int
	// requests that hold it.
	requests []place
	// listed says that a list of the server holds it too, so that it need not come from a
	// result.
	listed bool
}

type place struct {
	event   eventKey
	time    int64
	pointer string
	// value is empty for results.
	value string
}

// eventKey names an event.
type eventKey struct {
	session string
	seq     uint64
}

// New returns a finder without events. Its hashes are seeded, so that no peer can choose
// values that collide.
func New() *Finder {
	return &Finder{seed: maphash.MakeSeed(), tokens: map[uint64]*token{}}
}

// Add takes an event with its body. Only calls of the client and the answers of servers
// count, without handshakes and replays.
func (f *Finder) Add(e *schema.Event) {
	request := e.Kind == schema.KindRequest && e.Direction == schema.ClientToServer && query.DefinitionKind(e.Method) != ""
	answer := e.Kind == schema.KindAnswer && e.Direction == schema.ServerToClient
	if !request && !answer || e.Flags.Has(schema.FlagReplay) {
		return
	}
	kind := query.KindOf(e.Method)
	if answer && (kind == query.KindInitialize || kind == query.KindDiscover) {
		return
	}
	key := eventKey{e.SessionID.String(), e.Seq}
	text := charset.Text(e.Charset, e.Payload)
	jsonpath.Scalars(text[:min(len(text), maxScanned)], func(pointer, text string) {
		if request && !within(pointer, "/params/arguments") && !within(pointer, "/params/uri") || answer && !within(pointer, "/result") ||
			within(pointer, "/result/_meta") {
			return
		}
		for text := range tokens(text) {
			f.add(text, kind == query.KindList, request, place{event: key, time: e.Time, pointer: pointer})
		}
	})
}

func (f *Finder) add(text string, listed, request bool, at place) {
	hash := maphash.String(f.seed, text)
	t := f.tokens[hash]
	if t == nil {
		if len(f.tokens) >= maxTokens {
			return
		}
		t = &token{}
		f.tokens[hash] = t
	}
	switch {
	case listed:
		t.listed = true
	case request && len(t.requests) < maxPlaces:
		at.value = text[:min(len(text), maxValue)]
		t.requests = append(t.requests, at)
	case !request:
		if len(t.results) < maxPlaces {
			t.results = append(t.results, at)
		} else {
			t.more++
		}
	}
}

// Between returns the flows between the operations of some timelines, in the order of
// their later operations. The timelines must be those of the events that were added.
func (f *Finder) Between(timelines ...*query.Timeline) []query.Flow {
	o := operationsOf(timelines)
	flows := map[[2]string]*query.Flow{}
	for _, t := range f.tokens {
		// A value that many results hold says nothing about where a request has it from.
		if t.listed || len(t.results) == 0 || len(t.results)+t.more > maxCommon {
			continue
		}
		for _, to := range t.requests {
			from := t.source(to)
			if from == nil || o.ends[from.event] == nil || o.ends[to.event] == nil || o.ends[from.event] == o.ends[to.event] {
				continue
			}
			a, b := o.ends[from.event], o.ends[to.event]
			key := [2]string{a.Operation, b.Operation}
			if flows[key] == nil {
				flows[key] = &query.Flow{From: *a, To: *b, Across: a.Upstream != b.Upstream}
			}
			flows[key].Values = append(flows[key].Values, query.FlowValue{Value: to.value, FromSeq: from.event.seq, FromPointer: from.pointer,
				ToSeq: to.event.seq, ToPointer: to.pointer})
		}
	}
	return o.sorted(flows)
}

// operations are those that flows begin and end in.
type operations struct {
	// ends has the operation of each request and answer.
	ends map[eventKey]*query.FlowEnd
	// started has the time of each operation by its id, in nanoseconds.
	started map[string]int64
}

func operationsOf(timelines []*query.Timeline) operations {
	o := operations{map[eventKey]*query.FlowEnd{}, map[string]int64{}}
	for _, tl := range timelines {
		for i := range tl.Operations {
			op := &tl.Operations[i]
			end := &query.FlowEnd{SessionID: tl.Session.ID, Operation: op.ID, Upstream: tl.Session.Upstream, Method: op.Method, Target: op.Target}
			o.started[op.ID] = op.Started.UnixNano()
			for _, seq := range slices.Concat(op.RequestSeqs, op.AnswerSeqs) {
				o.ends[eventKey{tl.Session.ID, seq}] = end
			}
		}
	}
	return o
}

// sorted orders flows by their operations, and lists the longest values of each.
func (o operations) sorted(flows map[[2]string]*query.Flow) []query.Flow {
	list := []query.Flow{}
	for _, flow := range flows {
		slices.SortFunc(flow.Values, func(a, b query.FlowValue) int {
			return cmp.Or(cmp.Compare(len(b.Value), len(a.Value)), cmp.Compare(a.Value, b.Value), cmp.Compare(a.ToPointer, b.ToPointer))
		})
		flow.Values = flow.Values[:min(len(flow.Values), maxValues)]
		list = append(list, *flow)
	}
	slices.SortFunc(list, func(a, b query.Flow) int {
		return cmp.Or(cmp.Compare(o.started[a.To.Operation], o.started[b.To.Operation]), cmp.Compare(a.To.Operation, b.To.Operation),
			cmp.Compare(o.started[a.From.Operation], o.started[b.From.Operation]), cmp.Compare(a.From.Operation, b.From.Operation))
	})
	return list
}

// source is the newest result before a request that holds the value, nil where a request
// used it before any result had it: then it came from elsewhere.
func (t *token) source(to place) *place {
	var newest, oldest *place
	for i := range t.results {
		r := &t.results[i]
		if r.time < to.time && (newest == nil || r.time > newest.time) {
			newest = r
		}
		if oldest == nil || r.time < oldest.time {
			oldest = r
		}
	}
	if newest == nil || slices.ContainsFunc(t.requests, func(r place) bool { return r.time < oldest.time }) {
		return nil
	}
	return newest
}

func within(pointer, of string) bool {
	return len(pointer) >= len(of) && pointer[:len(of)] == of && (len(pointer) == len(of) || pointer[len(of)] == '/')
}
