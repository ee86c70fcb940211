package query

// Flow is a value of one operation's result that is in the arguments of a later one: the
// agent read it there and used it here.
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

// FlowValue is the evidence of a flow: a text that two messages do not share by chance,
// and its place in both.
type FlowValue struct {
	// Value as it was recorded, its beginning where it is long.
	Value string `json:"value"`
	// FromSeq and FromPointer are the event with the result and the place in it.
	FromSeq     uint64 `json:"from_seq"`
	FromPointer string `json:"from_pointer"`
	ToSeq       uint64 `json:"to_seq"`
	ToPointer   string `json:"to_pointer"`
}
