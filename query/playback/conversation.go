package playback

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Conversation is one client's talk with a recording.
type Conversation struct {
	recording *Recording

	// mutex guards what follows; it is not held while something is sent.
	mutex sync.Mutex
	used  map[*asked]bool
	// waiting are the server's own requests that the client has yet to answer, by id.
	waiting map[string]chan struct{}
	// cancelled are told when the client calls a request off, by its id.
	cancelled map[string]chan struct{}
	serial    int
}

// Begin begins a conversation.
func (r *Recording) Begin() *Conversation {
	return &Conversation{recording: r, used: map[*asked]bool{}, waiting: map[string]chan struct{}{}, cancelled: map[string]chan struct{}{}}
}

// Send gives a message to the client. It is called by one goroutine at a time for one
// message of the client, and may be called for several at once.
type Send func(message []byte) error

// patience is how long the answer to a request of the server is waited for before the
// conversation goes on without it: what it says changes nothing.
const patience = 10 * time.Second

// Receive takes a message of the client and returns what is to be done about it, which
// may take as long as the client does: what belongs to the message goes to send, what
// the server said next on its own to aside. Messages must be received in their order.
func (c *Conversation) Receive(ctx context.Context, data []byte, send, aside Send) func() error {
	var m message
	if json.Unmarshal(data, &m) != nil {
		return refuse(send, codeParse, "This is no JSON-RPC message.")
	}
	switch {
	case m.Method != "" && len(m.ID) > 0:
		off, a := c.expect(c.cancelled, string(m.ID)), c.take(m.Method, m.Params)
		return func() error {
			defer c.forget(c.cancelled, string(m.ID))
			return c.request(ctx, m, a, off, send, aside)
		}
	case m.Method != "":
		if m.Method == "notifications/cancelled" {
			c.cancel(m.Params)
		}
		a := c.take(m.Method, m.Params)
		return func() error {
			if a == nil {
				return nil
			}
			return c.goOn(ctx, a, aside)
		}
	case len(m.ID) > 0:
		c.signal(c.waiting, string(m.ID))
		return func() error { return nil }
	}
	return refuse(send, codeBadRequest, "This is neither a request nor an answer.")
}

func refuse(send Send, code int, message string) func() error {
	return func() error {
		return send(answerOf(json.RawMessage("null"), nil, &failure{Code: code, Message: message}))
	}
}

func (c *Conversation) take(method string, params json.RawMessage) *asked {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	a := c.match(method, params)
	if a != nil {
		c.used[a] = true
	}
	return a
}

func (c *Conversation) request(ctx context.Context, m message, a *asked, off chan struct{}, send, aside Send) error {
	if a == nil {
		if m.Method == "ping" || m.Method == "logging/setLevel" { // nothing follows from them
			return send(answerOf(m.ID, json.RawMessage("{}"), nil))
		}
		failed := c.unmatched(m.Method, m.Params)
		return send(answerOf(m.ID, nil, &failed))
	}
	last := a.mono
	for _, s := range a.before {
		pace(ctx, s.mono-last)
		last = s.mono
		if err := c.say(ctx, s, tokenOf(m.Params), send, off); err != nil {
			return err
		}
	}
	if len(a.before) > 0 && a.answer != nil {
		pace(ctx, a.answer.mono-last)
	}
	if err := c.answer(ctx, m.ID, a, send, off); err != nil {
		return err
	}
	return c.goOn(ctx, a, aside)
}

// maxPace bounds the time between two messages of one operation.
const maxPace = 50 * time.Millisecond

// pace lets the time of then pass, up to a bound: clients drop progress that they read
// together with its answer.
func pace(ctx context.Context, ms float64) {
	select {
	case <-time.After(min(time.Duration(ms*float64(time.Millisecond)), maxPace)):
	case <-ctx.Done():
	}
}

// answer gives the recorded answer, or says why there is none. A call that the client
// called off then stays open until it calls this one off.
func (c *Conversation) answer(ctx context.Context, id json.RawMessage, a *asked, send Send, off chan struct{}) error {
	var recorded message
	if a.answer != nil && a.answer.whole {
		_ = json.Unmarshal(a.answer.payload, &recorded) // it was read before
	}
	switch {
	case recorded.Result != nil || recorded.Error != nil:
		return send(reply{ID: id, Result: recorded.Result, Error: recorded.Error}.bytes())
	case a.answer != nil:
		return send(answerOf(id, nil, &failure{Code: codeNoAnswer,
			Message: fmt.Sprintf("The answer to this was recorded without its body (event %d).", a.answer.seq)}))
	case a.outcome == schema.OutcomeCancelled || a.outcome == schema.OutcomeClientDisconnect:
		select {
		case <-off:
		case <-ctx.Done():
		}
		return nil
	}
	return send(answerOf(id, nil, &failure{Code: codeNoAnswer,
		Message: fmt.Sprintf("This call got no answer when it was recorded (event %d, %s).", a.seq, a.outcome)}))
}

// cancel tells the request that a notification calls off.
func (c *Conversation) cancel(params json.RawMessage) {
	var p struct {
		ID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(params, &p) == nil {
		c.signal(c.cancelled, string(p.ID))
	}
}

func (c *Conversation) goOn(ctx context.Context, a *asked, aside Send) error {
	for _, s := range a.after {
		if err := c.say(ctx, s, nil, aside, nil); err != nil {
			return err
		}
	}
	return nil
}

// say sends a recorded message of the server: a request under an id of its own, whose
// answer is waited for, and progress under the client's token.
func (c *Conversation) say(ctx context.Context, s said, token json.RawMessage, send Send, off chan struct{}) error {
	if !s.whole {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(s.payload, &members) != nil {
		return nil
	}
	if s.token != nil && token != nil {
		var params map[string]json.RawMessage
		if json.Unmarshal(members["params"], &params) == nil {
			params["progressToken"] = token
			members["params"], _ = json.Marshal(params) // what was JSON stays JSON
		}
	}
	if !s.request {
		b, _ := json.Marshal(members) // what was JSON stays JSON
		return send(b)
	}
	c.mutex.Lock()
	c.serial++
	id := fmt.Sprintf(`"recorded-%d"`, c.serial)
	c.mutex.Unlock()
	done := c.expect(c.waiting, id)
	defer c.forget(c.waiting, id)
	members["id"] = json.RawMessage(id)
	b, _ := json.Marshal(members) // what was JSON stays JSON
	if err := send(b); err != nil || off == nil {
		return err
	}
	select {
	case <-done:
	case <-off:
	case <-ctx.Done():
	case <-time.After(patience):
	}
	return nil
}

func (c *Conversation) expect(in map[string]chan struct{}, id string) chan struct{} {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	ch := make(chan struct{})
	in[id] = ch
	return ch
}

func (c *Conversation) forget(in map[string]chan struct{}, id string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(in, id)
}

func (c *Conversation) signal(in map[string]chan struct{}, id string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if ch := in[id]; ch != nil {
		close(ch)
		delete(in, id)
	}
}

func tokenOf(params json.RawMessage) json.RawMessage {
	var p struct {
		Meta struct {
			Token json.RawMessage `json:"progressToken"`
		} `json:"_meta"`
	}
	_ = json.Unmarshal(params, &p) // none is no token
	return p.Meta.Token
}

// reply is an answer.
type reply struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

func (r reply) bytes() []byte {
	r.Version = "2.0"
	b, _ := json.Marshal(r) // what was JSON stays JSON
	return b
}

func answerOf(id, result json.RawMessage, failed *failure) []byte {
	r := reply{ID: id, Result: result}
	if failed != nil {
		r.Error, _ = json.Marshal(failed) // a struct of texts and numbers
	}
	return r.bytes()
}
