package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// Config says who records and within which bounds.
type Config struct {
	Tenant      string
	CollectorID string
	// Key hashes session ids, tokens and other secrets that must be joinable.
	Key identity.Key
	// Keys are the correlation keys to look for; nil means DefaultKeys.
	Keys []KeyRule
	// Policy says what is stored of a message; nil means redact.Default.
	Policy *redact.Policy
	// MaxBody is how many bytes of a message are recorded, at most schema.MaxPayload.
	MaxBody int
	// QueueBytes and QueueItems bound what waits for the record.
	QueueBytes, QueueItems int
	// Idle is how long a session without a better end lives after its last message.
	Idle time.Duration
	// Clock is schema.ClockImported where times come from a transcript.
	Clock schema.Clock
}

// Defaults fills what is not set.
func (c Config) Defaults() Config {
	if c.Tenant == "" {
		c.Tenant = "default"
	}
	if c.Keys == nil {
		c.Keys = DefaultKeys()
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.QueueBytes == 0 {
		c.QueueBytes = 32 << 20
	}
	if c.QueueItems == 0 {
		c.QueueItems = 16384
	}
	if c.Idle == 0 {
		c.Idle = 30 * time.Minute
	}
	if c.Clock == "" {
		c.Clock = schema.ClockHost
	}
	return c
}

// Validate reports the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case len(c.Tenant) > schema.MaxName || len(c.CollectorID) > schema.MaxName:
		return fmt.Errorf("tenant and collector id may have at most %d bytes", schema.MaxName)
	case c.CollectorID == "":
		return errors.New("no collector id")
	case c.MaxBody < 1024 || c.MaxBody > schema.MaxPayload:
		return fmt.Errorf("max body is %d bytes, must lie between 1024 and %d", c.MaxBody, schema.MaxPayload)
	case c.QueueBytes < 2*c.MaxBody:
		return fmt.Errorf("queue of %d bytes cannot hold two messages of %d", c.QueueBytes, c.MaxBody)
	}
	return nil
}

// Record is one event ready to be published.
type Record struct {
	Session uuid.UUID
	Seq     uint64
	// Size of the original message, for the gap if the record is refused.
	Size uint64
	// Value is the canonical encoding of the event.
	Value []byte

	of *session
}

// Publish hands records on, in order, and returns when they are as safe as the
// next stage makes them. It retries for as long as ctx lives; refused are the
// indices of records that can never be accepted.
type Publish func(ctx context.Context, records []Record) (refused []int, err error)

// Recorder is the way from sightings to published events. Make it with New, let
// transports Begin exchanges, and Run it.
type Recorder struct {
	config   Config
	publish  Publish
	queue    *queue
	sessions *sessions
	stats    *Stats
	now      func() time.Time
}

// New builds a Recorder; nothing runs yet, and what is begun before Run waits.
func New(config Config, publish Publish) *Recorder {
	config = config.Defaults()
	r := &Recorder{config: config, publish: publish, now: time.Now, stats: &Stats{},
		queue: newQueue(config.QueueBytes, config.QueueItems)}
	return r
}

// Stats returns the counters, which may be read at any time.
func (r *Recorder) Stats() *Stats { return r.stats }

// batch is what was taken from the queue at once, as records.
type batch struct {
	records []Record
	bytes   int
}

// Run records until ctx ends; then it closes all sessions, publishes what is left
// for at most grace, and says in its error how many events it could not publish.
//
// The rules of redaction are built here and not in New: a wrapped server starts
// meanwhile, and what it says waits in the queue.
func (r *Recorder) Run(ctx context.Context, grace time.Duration) error {
	policy := r.config.Policy
	if policy == nil {
		builtIn := redact.Default()
		policy = &builtIn
	}
	redactor, err := redact.New(*policy, r.config.Tenant, r.config.Key)
	if err != nil {
		return fmt.Errorf("applying the capture policy: %w", err)
	}
	r.sessions = newSessions(r.config, redactor, r.stats)
	batches := make(chan batch)
	out, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { stop(errGrace) }) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := range batches {
			r.deliver(out, b)
		}
	}()
	sweep := time.NewTicker(r.config.Idle/10 + time.Second)
	defer sweep.Stop()
	var buf []sighting
	for ctx.Err() == nil {
		select {
		case <-r.queue.wake:
			buf = r.drain(buf, batches)
		case <-sweep.C:
			r.sessions.expire(r.now())
			r.send(batches, 0)
		case <-ctx.Done():
		}
	}
	r.queue.close()
	r.drain(buf, batches)
	r.sessions.closeAll("shutdown", r.now())
	r.send(batches, 0)
	close(batches)
	<-done
	if n := r.stats.Unpublished.Load(); n > 0 {
		return fmt.Errorf("%w: %d events", ErrUnpublished, n)
	}
	return nil
}

// ErrUnpublished says that Run ended before everything was published.
var ErrUnpublished = errors.New("ended before all events could be published")

var errGrace = errors.New("grace period is over")

// drain records everything that waits. Losses happened while the queue was full,
// so their gaps come after what was in it, but not after the end of their process.
func (r *Recorder) drain(buf []sighting, batches chan<- batch) []sighting {
	items, lost, bytes := r.queue.take(buf)
	for i := range items {
		if items[i].what == sawEnd {
			lost = slices.DeleteFunc(lost, func(l *loss) bool { return l.x == items[i].x && r.sessions.lost(l, items[i].at) })
		}
		r.sessions.see(&items[i])
	}
	for _, l := range lost {
		r.sessions.lost(l, r.now())
	}
	clear(items)
	r.send(batches, bytes)
	return items
}

func (r *Recorder) send(batches chan<- batch, bytes int) {
	records := r.sessions.takeRecords()
	if len(records) > 0 || bytes > 0 {
		batches <- batch{records, bytes}
	}
}

// deliver publishes one batch. What the next stage refuses for good becomes a gap
// in a later batch.
func (r *Recorder) deliver(ctx context.Context, b batch) {
	defer r.queue.done(b.bytes)
	if len(b.records) == 0 {
		return
	}
	if ctx.Err() != nil {
		r.stats.Unpublished.Add(uint64(len(b.records)))
		return
	}
	refused, err := r.publish(ctx, b.records)
	if err != nil {
		r.stats.Unpublished.Add(uint64(len(b.records)))
		return
	}
	r.stats.Published.Add(uint64(len(b.records) - len(refused)))
	for _, i := range refused {
		r.stats.Refused.Add(1)
		r.queue.offer(sighting{what: sawRefusal, refused: &b.records[i]})
	}
}
