package query

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/schema"
)

// Flow says that a value of one operation's result came back in the arguments of a
// later one: what the agent read there, it used here.
type Flow struct {
	From FlowEnd `json:"from"`
	To   FlowEnd `json:"to"`
	// Across says that the value went from one upstream to another.
	Across bool `json:"across"`
	// Values that went this way, at most a few, the longest first.
	Values []FlowValue `json:"values"`
}

// FlowEnd is one operation of a flow.
type FlowEnd struct {
	SessionID string `json:"session_id"`
	Operation string `json:"operation"`
	Upstream  string `json:"upstream"`
	Method    string `json:"method"`
	Target    string `json:"target"`
}

// FlowValue is the evidence of a flow: a text that is too unusual to come up twice by
// chance, and where it stands in both messages.
type FlowValue struct {
	// Value as it was recorded, its beginning where it is long.
	Value string `json:"value"`
	// FromSeq and FromPointer are the event with the result and the place in it.
	FromSeq     uint64 `json:"from_seq"`
	FromPointer string `json:"from_pointer"`
	ToSeq       uint64 `json:"to_seq"`
	ToPointer   string `json:"to_pointer"`
}

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

// Flows looks for values that go from results to arguments. It keeps fingerprints of
// results, never the results. Sessions can come in any order, their events in theirs.
// Not for concurrent use.
type Flows struct {
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

// NewFlows has seen nothing.
func NewFlows() *Flows {
	return &Flows{seed: maphash.MakeSeed(), tokens: map[uint64]*flowToken{}}
}

// Add takes an event with its body.
func (f *Flows) Add(e *schema.Event) {
	request := e.Kind == schema.KindRequest && e.Direction == schema.ClientToServer && needs(e.Method) != ""
	answer := e.Kind == schema.KindAnswer && e.Direction == schema.ServerToClient
	if !request && !answer || e.Flags.Has(schema.FlagReplay) {
		return
	}
	kind := KindOf(e.Method)
	if answer && (kind == KindInitialize || kind == KindDiscover) {
		return
	}
	key := eventKey{e.SessionID.String(), e.Seq}
	eachText(e.Payload[:min(len(e.Payload), maxScanned)], func(pointer, text string) {
		if request && !within(pointer, "/params/arguments") && !within(pointer, "/params/uri") || answer && !within(pointer, "/result") ||
			within(pointer, "/result/_meta") {
			return
		}
		for token := range unusual(text) {
			f.add(token, kind == KindList, request, flowPlace{event: key, time: e.Time, pointer: pointer})
		}
	})
}

func (f *Flows) add(token string, listed, request bool, at flowPlace) {
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
func (f *Flows) Between(timelines ...*Timeline) []Flow {
	ends := map[eventKey]*FlowEnd{}
	order := map[string]int64{}
	for _, tl := range timelines {
		for i := range tl.Operations {
			op := &tl.Operations[i]
			end := &FlowEnd{SessionID: tl.Session.ID, Operation: op.ID, Upstream: tl.Session.Upstream, Method: op.Method, Target: op.Target}
			order[op.ID] = op.Started.UnixNano()
			for _, seq := range slices.Concat(op.RequestSeqs, op.AnswerSeqs) {
				ends[eventKey{tl.Session.ID, seq}] = end
			}
		}
	}
	flows := map[[2]string]*Flow{}
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
				flows[key] = &Flow{From: *a, To: *b, Across: a.Upstream != b.Upstream}
			}
			flows[key].Values = append(flows[key].Values, FlowValue{Value: to.value, FromSeq: from.event.seq, FromPointer: from.pointer,
				ToSeq: to.event.seq, ToPointer: to.pointer})
		}
	}
	list := []Flow{}
	for _, flow := range flows {
		slices.SortFunc(flow.Values, func(a, b FlowValue) int {
			return cmp.Or(cmp.Compare(len(b.Value), len(a.Value)), cmp.Compare(a.Value, b.Value), cmp.Compare(a.ToPointer, b.ToPointer))
		})
		flow.Values = flow.Values[:min(len(flow.Values), maxValues)]
		list = append(list, *flow)
	}
	slices.SortFunc(list, func(a, b Flow) int {
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

// eachText visits the strings of a JSON value that are no names of members, with their
// pointers. What is cut off has those before the cut.
func eachText(payload []byte, visit func(pointer, text string)) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(payload), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		kind := token.Kind()
		if kind != '"' && kind != '0' {
			continue
		}
		if in, n := dec.StackIndex(dec.StackDepth()); in == '{' && n%2 == 1 {
			continue // a name
		}
		visit(string(dec.StackPointer()), token.String())
	}
}

func within(pointer, of string) bool {
	return len(pointer) >= len(of) && pointer[:len(of)] == of && (len(pointer) == len(of) || pointer[len(of)] == '/')
}
