package observe

import (
	"net/http"
	"time"
	"unsafe"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/schema"
)

// Observation is one thing that a transport saw. Which fields are set follows from Kind.
type Observation struct {
	// Exchange is nil for KindSkip, KindFinish and KindTask.
	Exchange *Exchange
	Kind     Kind
	At       time.Time

	// Waited is how long it waited for capacity of the record.
	Waited time.Duration
	// passed is when it was enqueued, in nanoseconds since 1970; 0 where nobody needs it.
	passed int64
	// bare is set where the body has its envelope only.
	bare bool
	// Durable, with capacity for one value, receives whether all that the observation gave
	// is durable; nil where nobody waits for it.
	Durable chan<- bool

	Direction schema.Direction
	Body      message.Body
	// Status and Headers are the head of an answer, of KindResponse.
	Status  int
	Headers Headers
	// End of an HTTP exchange; of KindFinish the reason.
	End End
	// Exit of a process; nil on HTTP.
	Exit *Exit
	// SSE is set for KindServerEvent.
	SSE *SSEFields
	// Task is set for KindTask.
	Task *Task
}

// Kind is what was observed.
type Kind uint8

// Kinds of observations.
const (
	// KindStart: a process was started.
	KindStart Kind = iota
	// KindMessage: a line, or the body of a request or of an answer.
	KindMessage
	// KindStderr: a line of a process's standard error.
	KindStderr
	// KindResponse: the head of an answer.
	KindResponse
	// KindServerEvent: an event of a stream.
	KindServerEvent
	// KindEnd: an exchange or a process ended.
	KindEnd
	// KindSkip: the transport could not read something.
	KindSkip
	// KindFinish: the transport is done, all sessions end.
	KindFinish
	// KindTask is no observation: the collector itself has something to do in the order
	// of the queue.
	KindTask
)

// SSEFields are the fields of a server-sent event besides its data.
type SSEFields struct{ ID, Name string }

// Task is work of the collector itself that must run in the order of the queue.
type Task struct {
	// Run is called on the consumer's goroutine.
	Run func()
}

// Challenge reports whether the head of an answer asks for another credential.
func (o *Observation) Challenge() bool {
	return o.Status == http.StatusUnauthorized || o.Status == http.StatusForbidden && o.Headers.Get("Www-Authenticate") != ""
}

// Accepted reports whether the head of an answer is all that there will be of it.
func (o *Observation) Accepted() bool {
	return o.Status == http.StatusAccepted || o.Status == http.StatusNoContent
}

// itemBytes is what an observation takes besides its body and its headers: itself, and
// its part of an exchange.
const itemBytes = int(unsafe.Sizeof(Observation{})) + 128

// Bytes is what an observation counts for in the bound of the queue.
func (o *Observation) Bytes() int {
	n := itemBytes + cap(o.Body.Data) + o.Headers.bytes()
	if o.Body.Envelope != nil {
		n += o.Body.Bytes() - cap(o.Body.Data)
	}
	switch {
	case o.opensExchange():
		n += o.Exchange.Headers.bytes() + len(o.Exchange.HTTP.URL)
	case o.SSE != nil:
		n += len(o.SSE.ID) + len(o.SSE.Name)
	}
	return n
}

// opensExchange reports whether an observation is the first of an HTTP exchange.
func (o *Observation) opensExchange() bool {
	return o.Kind == KindMessage && o.Direction == schema.ClientToServer && o.Exchange.HTTP != nil
}

// Passed is when it was enqueued; zero where [Config.Passed] is nil.
func (o *Observation) Passed() time.Time {
	if o.passed == 0 {
		return time.Time{}
	}
	return time.Unix(0, o.passed)
}

// BecomesEvent reports whether an event follows from an observation on its own, so
// that its loss must be counted: of a message, and of a head that is an outcome. Other
// heads and ends only add to the events of messages.
func (o *Observation) BecomesEvent() bool {
	return o.Exchange != nil && (o.Body.Size > 0 || o.Kind == KindResponse && (o.Challenge() || o.Accepted()))
}
