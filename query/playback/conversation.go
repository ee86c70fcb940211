package playback

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Conversation plays a recording to one client. It is safe for concurrent use.
type Conversation struct {
	recording *Recording

	// answered waits for the client's answers to requests of the server, cancelled for its
	// cancellations of its own requests that are under way.
	answered, cancelled signals

	// mutex guards what follows; it is not held while a message is sent or waited for.
	mutex sync.Mutex
	used  map[*clientMessage]bool
	// serial numbers the server's requests.
	serial int
}

// Begin begins a conversation.
func (r *Recording) Begin() *Conversation {
	return &Conversation{recording: r, used: map[*clientMessage]bool{}}
}

// Send writes a message to the client. For one message of the client it is called by one
// goroutine at a time; for several messages it may be called at once.
type Send func(message []byte) error

// answerTimeout bounds the wait for the client's answer to a request of the server. The
// playback then goes on without it: nothing depends on its contents.
const answerTimeout = 10 * time.Second

// Receive takes a message of the client and returns the function that plays what follows
// it, which blocks as long as the client takes to answer the server's requests. What
// belongs to the message goes to send, what the server sent on its own to unsolicited.
// Receive must be called in the order of the messages; the functions may run at once. An
// error is one of the two Sends.
func (c *Conversation) Receive(ctx context.Context, data []byte, send, unsolicited Send) func() error {
	var m message
	if json.Unmarshal(data, &m) != nil {
		return reject(send, codeParse, "This is no JSON-RPC message.")
	}
	switch {
	case m.Method != "" && len(m.ID) > 0:
		// Both happen before the function is returned: matches are used up in the order of the
		// client's messages, and a cancellation that follows at once finds its request.
		stop, a := c.cancelled.await(string(m.ID)), c.take(m.Method, m.Params)
		return func() error {
			defer c.cancelled.drop(string(m.ID))
			return c.request(ctx, m, a, stop, send, unsolicited)
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
			return c.playAfter(ctx, a, unsolicited)
		}
	case len(m.ID) > 0:
		c.answered.signal(string(m.ID))
		return func() error { return nil }
	}
	return reject(send, codeBadRequest, "This is neither a request nor an answer.")
}

// reject answers what is no message. Its id is null, as JSON-RPC asks for where none could be
// read.
func reject(send Send, code int, message string) func() error {
	return func() error {
		return send(answerOf(json.RawMessage("null"), nil, &failure{Code: code, Message: message}))
	}
}

// take matches a message and marks it as used.
func (c *Conversation) take(method string, params json.RawMessage) *clientMessage {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	// Found and marked under one lock, or two equal calls at once would get one answer twice.
	a := c.recording.match(c.used, method, params)
	if a != nil {
		c.used[a] = true
	}
	return a
}

// request plays what the server sent for one request, in the recorded order: first what
// came before the answer, then the answer, then what the server sent on its own.
func (c *Conversation) request(ctx context.Context, m message, a *clientMessage, stop chan struct{}, send, unsolicited Send) error {
	if a == nil {
		if m.Method == "ping" || m.Method == "logging/setLevel" { // they change nothing
			return send(answerOf(m.ID, json.RawMessage("{}"), nil))
		}
		failed := c.recording.unmatched(m.Method, m.Params)
		return send(answerOf(m.ID, nil, &failed))
	}
	last := a.mono
	for _, s := range a.before {
		pace(ctx, s.mono-last)
		last = s.mono
		if err := c.play(ctx, s, tokenOf(m.Params), send, stop); err != nil {
			return err
		}
	}
	// Without messages before it the answer goes out at once: a replay is as fast as it can be
	// where the order cannot be confused.
	if len(a.before) > 0 && a.answer != nil {
		pace(ctx, a.answer.mono-last)
	}
	if err := c.answer(ctx, m.ID, a, send, stop); err != nil {
		return err
	}
	return c.playAfter(ctx, a, unsolicited)
}

// maxPace bounds the time between two messages of one operation.
const maxPace = 50 * time.Millisecond

// pace waits as long as the server did, in milliseconds and up to maxPace: clients drop
// progress that they read together with its answer.
func pace(ctx context.Context, ms float64) {
	select {
	case <-time.After(min(time.Duration(ms*float64(time.Millisecond)), maxPace)):
	case <-ctx.Done():
	}
}

// answer sends the recorded answer, or an error that says why there is none. A request
// that was cancelled in the recording stays open until the client cancels this one.
func (c *Conversation) answer(ctx context.Context, id json.RawMessage, a *clientMessage, send Send, stop chan struct{}) error {
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
		case <-stop:
		case <-ctx.Done():
		}
		return nil
	}
	return send(answerOf(id, nil, &failure{Code: codeNoAnswer,
		Message: fmt.Sprintf("This call got no answer when it was recorded (event %d, %s).", a.seq, a.outcome)}))
}

// cancel stops the request that a notification cancels.
func (c *Conversation) cancel(params json.RawMessage) {
	var p struct {
		ID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(params, &p) == nil {
		c.cancelled.signal(string(p.ID))
	}
}

// playAfter sends what the server sent on its own after a message of the client.
func (c *Conversation) playAfter(ctx context.Context, a *clientMessage, unsolicited Send) error {
	for _, s := range a.after {
		if err := c.play(ctx, s, nil, unsolicited, nil); err != nil {
			return err
		}
	}
	return nil
}

// play sends a recorded message of the server: progress under the client's token, and a
// request under a fresh id, whose answer is waited for unless stop is nil. A message that
// was not recorded whole is skipped.
func (c *Conversation) play(ctx context.Context, s serverMessage, token json.RawMessage, send Send, stop chan struct{}) error {
	if !s.whole {
		return nil
	}
	// Members that this package does not know pass through as they were recorded.
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
	// A fresh id, because the recorded one may be in use: one recording can be played several
	// times in a conversation.
	id := fmt.Sprintf(`"recorded-%d"`, c.serial)
	c.mutex.Unlock()
	done := c.answered.await(id)
	defer c.answered.drop(id)
	members["id"] = json.RawMessage(id)
	b, _ := json.Marshal(members) // what was JSON stays JSON
	if err := send(b); err != nil || stop == nil {
		return err
	}
	select {
	case <-done:
	case <-stop:
	case <-ctx.Done():
	case <-time.After(answerTimeout):
	}
	return nil
}

// tokenOf is the progress token of the client's request, nil for none. The recorded token
// would mean nothing to this client.
func tokenOf(params json.RawMessage) json.RawMessage {
	var p struct {
		Meta struct {
			Token json.RawMessage `json:"progressToken"`
		} `json:"_meta"`
	}
	_ = json.Unmarshal(params, &p) // none is no token
	return p.Meta.Token
}

// reply is an answer of JSON-RPC.
type reply struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

// bytes encodes the answer. The values are JSON already, so it cannot fail.
func (r reply) bytes() []byte {
	r.Version = "2.0"
	b, _ := json.Marshal(r) // what was JSON stays JSON
	return b
}

// answerOf encodes a result or, where failed is not nil, an error.
func answerOf(id, result json.RawMessage, failed *failure) []byte {
	r := reply{ID: id, Result: result}
	if failed != nil {
		r.Error, _ = json.Marshal(failed) // a struct of texts and numbers
	}
	return r.bytes()
}
