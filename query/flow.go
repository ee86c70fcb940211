package query

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
