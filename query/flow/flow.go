package flow

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
	"github.com/mcptrail/mcptrail/schema"
)

const (
	// maxFlowTokens bounds the values that are remembered, maxPlaces the places of one:
	// what is everywhere tells nothing.
	maxFlowTokens = 200_000
	maxPlaces     = 8
	// maxCommon results that hold a value make it common.
	maxCommon = 20
	// maxScanned bytes of one message are looked at.
	maxScanned   = 256 << 10
	maxFlowValue = 120
	maxValues    = 5
)

// Finder looks for values that go from results to arguments. It keeps fingerprints of
// results, never the results. Sessions can come in any order, their events in theirs.
// Not for concurrent use.
type Finder struct {
	seed   maphash.Seed
	tokens map[uint64]*flowToken
}

// flowToken is one value and where it was.
type flowToken struct {
	// results that hold it, and how many more there are.
	results []flowPlace
	more    int
	// requests that hold it.
	requests []flowPlace
	// listed says that a server's list holds it: it is no secret of one result.
	listed bool
}

type flowPlace struct {
	event   eventKey
	time    int64
	pointer string
	// value is kept of requests only.
	value string
}

// eventKey names an event.
type eventKey struct {
	session string
	seq     uint64
}

// New has seen nothing.
func New() *Finder {
	return &Finder{seed: maphash.MakeSeed(), tokens: map[uint64]*flowToken{}}
}

// Add takes an event with its body.
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
	jsonpath.Scalars(e.Payload[:min(len(e.Payload), maxScanned)], func(pointer, text string) {
		if request && !within(pointer, "/params/arguments") && !within(pointer, "/params/uri") || answer && !within(pointer, "/result") ||
			within(pointer, "/result/_meta") {
			return
		}
		for token := range unusual(text) {
			f.add(token, kind == query.KindList, request, flowPlace{event: key, time: e.Time, pointer: pointer})
		}
	})
}

func (f *Finder) add(token string, listed, request bool, at flowPlace) {
	hash := maphash.String(f.seed, token)
	t := f.tokens[hash]
	if t == nil {
		if len(f.tokens) >= maxFlowTokens {
			return
		}
		t = &flowToken{}
		f.tokens[hash] = t
	}
	switch {
	case listed:
		t.listed = true
	case request && len(t.requests) < maxPlaces:
		at.value = token[:min(len(token), maxFlowValue)]
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
// their later operations.
func (f *Finder) Between(timelines ...*query.Timeline) []query.Flow {
	ends := map[eventKey]*query.FlowEnd{}
	order := map[string]int64{}
	for _, tl := range timelines {
		for i := range tl.Operations {
			op := &tl.Operations[i]
			end := &query.FlowEnd{SessionID: tl.Session.ID, Operation: op.ID, Upstream: tl.Session.Upstream, Method: op.Method, Target: op.Target}
			order[op.ID] = op.Started.UnixNano()
			for _, seq := range slices.Concat(op.RequestSeqs, op.AnswerSeqs) {
				ends[eventKey{tl.Session.ID, seq}] = end
			}
		}
	}
	flows := map[[2]string]*query.Flow{}
	for _, t := range f.tokens {
		if t.listed || len(t.results) == 0 || len(t.results)+t.more > maxCommon {
			continue
		}
		for _, to := range t.requests {
			from := t.source(to)
			if from == nil || ends[from.event] == nil || ends[to.event] == nil || ends[from.event] == ends[to.event] {
				continue
			}
			a, b := ends[from.event], ends[to.event]
			key := [2]string{a.Operation, b.Operation}
			if flows[key] == nil {
				flows[key] = &query.Flow{From: *a, To: *b, Across: a.Upstream != b.Upstream}
			}
			flows[key].Values = append(flows[key].Values, query.FlowValue{Value: to.value, FromSeq: from.event.seq, FromPointer: from.pointer,
				ToSeq: to.event.seq, ToPointer: to.pointer})
		}
	}
	list := []query.Flow{}
	for _, flow := range flows {
		slices.SortFunc(flow.Values, func(a, b query.FlowValue) int {
			return cmp.Or(cmp.Compare(len(b.Value), len(a.Value)), cmp.Compare(a.Value, b.Value), cmp.Compare(a.ToPointer, b.ToPointer))
		})
		flow.Values = flow.Values[:min(len(flow.Values), maxValues)]
		list = append(list, *flow)
	}
	slices.SortFunc(list, func(a, b query.Flow) int {
		return cmp.Or(cmp.Compare(order[a.To.Operation], order[b.To.Operation]), cmp.Compare(a.To.Operation, b.To.Operation),
			cmp.Compare(order[a.From.Operation], order[b.From.Operation]), cmp.Compare(a.From.Operation, b.From.Operation))
	})
	return list
}

// source is the newest result before a request that holds the value, nil where the
// agent had used it before any result did: then it came from elsewhere.
func (t *flowToken) source(to flowPlace) *flowPlace {
	var newest, oldest *flowPlace
	for i := range t.results {
		r := &t.results[i]
		if r.time < to.time && (newest == nil || r.time > newest.time) {
			newest = r
		}
		if oldest == nil || r.time < oldest.time {
			oldest = r
		}
	}
	if newest == nil || slices.ContainsFunc(t.requests, func(r flowPlace) bool { return r.time < oldest.time }) {
		return nil
	}
	return newest
}

func within(pointer, of string) bool {
	return len(pointer) >= len(of) && pointer[:len(of)] == of && (len(pointer) == len(of) || pointer[len(of)] == '/')
}
