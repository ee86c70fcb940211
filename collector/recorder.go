package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/sealer"
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

	// Epoch names this run of the collector; zero makes a name.
	Epoch uuid.UUID
	// Seal begins the seals of the epoch; nil leaves the record unsealed.
	Seal func(epoch uuid.UUID, now time.Time) (*sealer.Sealer, error)
	// Self is what the collector says of itself, in a session of its own that tells
	// when it started, paused and stopped; nil for no such session.
	Self *Self
	// Room reports whether the next stage would take messages now; nil is always.
	Room func() bool
	// Strict says that messages which cannot be recorded must not be passed on.
	// Then the next stage must keep room for all that the queue can hold.
	Strict bool
}

// Self is what the first event of a collector's own session tells.
type Self struct {
	What    string `json:"what"`
	Version string `json:"version,omitempty"`
	PID     int    `json:"pid,omitempty"`
	Host    string `json:"host,omitempty"`
	// OnFull is what happens to messages that cannot be recorded: pass or block.
	OnFull string `json:"on_full,omitempty"`
	// Key tells the tenant's key from another one, filled in by the recorder: marks and
	// fingerprints made under two of them cannot be joined.
	Key string `json:"key,omitempty"`
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
		c.QueueBytes = max(12<<20, 2*c.MaxBody)
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
	if c.Epoch == uuid.Nil {
		c.Epoch = uuid.Must(uuid.NewV7())
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

// Publish hands records on, in order, and returns when they are as safe as the
// next stage makes them. It retries for as long as ctx lives; refused are the
// indices of records for which there is no room.
type Publish func(ctx context.Context, records []durable.Record) (refused []int, err error)

// Recorder is the way from sightings to published events. Make it with New, let
// transports Begin exchanges, and Run it.
type Recorder struct {
	config   Config
	publish  Publish
	queue    *observe.Queue
	sessions *sessions
	stats    *Stats
	now      func() time.Time
	batches  chan batch

	// mu guards owed, for an append.
	mu   sync.Mutex
	owed []owedRecord
}

// New builds a Recorder; nothing runs yet, and what is begun before Run waits.
func New(config Config, publish Publish) *Recorder {
	config = config.Defaults()
	return &Recorder{config: config, publish: publish, now: time.Now, stats: &Stats{}, batches: make(chan batch),
		queue: observe.New(observe.Config{MaxBytes: config.QueueBytes, MaxItems: config.QueueItems, Strict: config.Strict,
			Key: config.Key, Headers: headerNames(config.Keys)})}
}

// Queue is what transports report to, before Run and during it.
func (r *Recorder) Queue() *observe.Queue { return r.queue }

// Stats returns the counters, which may be read at any time.
func (r *Recorder) Stats() *Stats { return r.stats }

// batch is what was taken from the queue at once, as records.
type batch struct {
	records []durable.Record
	// owners are the sessions of the records.
	owners []*session
	bytes  int
	// durable hear whether all the records are safe.
	durable []chan<- bool
}

const (
	// linger is how long a sighting may wait for others to be recorded with it, so that
	// a message now and then does not cost the traffic a wake-up and the disk an fsync each.
	linger = 2 * time.Millisecond
	// batchRecords and batchBytes of sightings end a batch: what waits in the queue is
	// not to be in memory a second time, as records.
	batchRecords, batchBytes = 1024, 1 << 20
)

// tick is how often the recorder looks at what no sighting tells.
const tick = time.Second

// Run records until ctx ends; then it closes all sessions, publishes what is left
// for at most grace, and says in its error how many events it could not publish.
//
// The rules of redaction and the epoch's key are made here and not in New: a wrapped
// server starts meanwhile, and what it says waits in the queue.
func (r *Recorder) Run(ctx context.Context, grace time.Duration) error {
	if err := r.begin(); err != nil {
		return err
	}
	out, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { stop(errGrace) }) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := range r.batches {
			r.deliver(out, b)
		}
	}()
	r.send(0, nil)
	r.record(ctx)
	r.end()
	<-done
	if n := r.stats.Unpublished.Load(); n > 0 {
		return fmt.Errorf("%w: %d events", ErrUnpublished, n)
	}
	return nil
}

func (r *Recorder) begin() error {
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
	if r.config.Seal != nil {
		if r.sessions.sealer, err = r.config.Seal(r.config.Epoch, r.now()); err != nil {
			return fmt.Errorf("beginning to seal: %w", err)
		}
	}
	r.sessions.start(r.now())
	return nil
}

// record turns sightings into events until ctx ends.
func (r *Recorder) record(ctx context.Context) {
	sweep := time.NewTicker(r.config.Idle/10 + time.Second)
	defer sweep.Stop()
	look := time.NewTicker(tick)
	defer look.Stop()
	var buf []observe.Observation
	looked := r.now()
	for ctx.Err() == nil {
		select {
		case <-r.queue.Wake():
			if !r.queue.Holds(batchRecords/4, batchBytes/4) {
				time.Sleep(linger)
			}
			buf = r.drain(buf)
		case <-sweep.C:
			r.sessions.expire(r.now())
			r.send(0, nil)
		case <-look.C:
			now := r.now()
			r.sessions.slept(now.Sub(looked), now)
			looked = now
			r.reopen(now)
			if r.sessions.sealer != nil && r.sessions.sealer.Due(now) {
				r.sessions.seal(false)
			}
			r.send(0, nil)
		case <-ctx.Done():
		}
	}
}

// end closes all sessions. What the next stage refused meanwhile becomes gaps before
// the last seal, after which there is nothing.
func (r *Recorder) end() {
	r.queue.Close()
	r.drain(nil)
	r.sessions.closeAll("shutdown", r.now())
	published := make(chan bool, 1)
	r.send(0, []chan<- bool{published})
	<-published
	r.sessions.repay(r.takeOwed(), r.now())
	r.sessions.stop(r.now())
	r.sessions.seal(true)
	r.send(0, nil)
	close(r.batches)
}

// reopen lets messages in again when there is room for them.
func (r *Recorder) reopen(now time.Time) {
	if !r.queue.Paused() || r.config.Room != nil && !r.config.Room() {
		return
	}
	r.sessions.repay(r.takeOwed(), now)
	r.sessions.state(statement{What: "resumed", Refused: r.queue.Resume()}, now)
}

func (r *Recorder) takeOwed() []owedRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	owed := r.owed
	r.owed = nil
	return owed
}

// ErrUnpublished says that Run ended before everything was published.
var ErrUnpublished = errors.New("ended before all events could be published")

var errGrace = errors.New("grace period is over")

// drain records everything that waits. Losses happened while the queue was full,
// so their gaps come after what was in it, but not after the end of their process.
func (r *Recorder) drain(buf []observe.Observation) []observe.Observation {
	items, lost := r.queue.Take(buf)
	var heard []chan<- bool
	bytes := 0
	for i := range items {
		bytes += items[i].Bytes()
		if items[i].Kind == observe.KindEnd {
			lost = slices.DeleteFunc(lost, func(l *observe.Loss) bool {
				return l.Exchange == items[i].Exchange && r.sessions.lost(l, items[i].At)
			})
		}
		r.sessions.see(&items[i])
		if task := items[i].Task; task != nil && task.Durable != nil {
			heard = append(heard, task.Durable)
		}
		items[i] = observe.Observation{} // its bytes are in an event now
		if len(r.sessions.records) >= batchRecords || bytes >= batchBytes {
			r.send(bytes, heard)
			bytes, heard = 0, nil
		}
	}
	for _, l := range lost {
		r.sessions.lost(l, r.now())
	}
	r.send(bytes, heard)
	return items
}

func (r *Recorder) send(bytes int, heard []chan<- bool) {
	records, owners := r.sessions.takeRecords()
	if len(records) > 0 || bytes > 0 || heard != nil {
		r.batches <- batch{records, owners, bytes, heard}
	}
}

// deliver publishes one batch. What the next stage has no room for is owed: it
// becomes gaps once there is room.
func (r *Recorder) deliver(ctx context.Context, b batch) {
	safe := len(b.records) == 0
	defer func() {
		r.queue.Done(b.bytes)
		for _, c := range b.durable {
			c <- safe
		}
	}()
	if safe {
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
	if safe = len(refused) == 0; safe {
		if r.config.Strict && r.config.Room != nil && !r.config.Room() {
			r.pause()
		}
		return
	}
	r.mu.Lock()
	for _, i := range refused {
		r.stats.Refused.Add(1)
		owed := owedRecord{b.records[i], b.owners[i]}
		if !owed.Seal {
			owed.Value = nil
		}
		r.owed = append(r.owed, owed)
	}
	r.mu.Unlock()
	r.pause()
}

// pause lets no more messages in until reopen finds room.
func (r *Recorder) pause() {
	if r.queue.Pause() {
		r.do(func() { r.sessions.state(statement{What: "paused", Reason: spoolFull}, r.now()) }, nil)
	}
}

// do runs something on the goroutine that makes the events, in the order of the queue.
func (r *Recorder) do(what func(), durable chan<- bool) bool {
	return r.queue.Do(observe.Task{Run: what, Durable: durable}, r.now())
}

// spoolFull is the reason of gaps and pauses where the next stage has no room.
const spoolFull = "spool_full"
