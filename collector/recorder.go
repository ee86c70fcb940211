package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
)

// Recorder is the way from observations to published records. Make it with New, let
// transports use its Queue, and Run it.
type Recorder struct {
	config Config
	queue  *observe.Queue
	stats  *Stats
	now    func() time.Time
	out    *delivery

	// interpreter and journal belong to the goroutine of Run, which makes them.
	interpreter *interpret.Interpreter
	journal     *journal.Journal
	// interim belongs to it too.
	interim interim
}

// New builds a Recorder; nothing runs yet, and what is observed before Run waits.
func New(config Config, publish Publish) *Recorder {
	config = config.Defaults()
	r := &Recorder{config: config, stats: &Stats{}, now: time.Now,
		queue: observe.New(observe.Config{MaxBytes: config.QueueBytes, MaxItems: config.QueueItems, MaxWait: config.MaxWait,
			Strict: config.Strict, Passed: config.Unsynced.Passed, Key: config.Key, Headers: interpret.HeaderNames(config.Keys)})}
	r.stats.traffic, r.stats.maxWait = &r.queue.Stats, config.MaxWait
	r.out = &delivery{publish: publish, stats: r.stats, unsynced: config.Unsynced, done: r.queue.Done, full: r.pause, batches: make(chan batch)}
	if config.Strict {
		r.out.hasCapacity = config.HasCapacity
	}
	return r
}

// Queue is what transports report to, before Run and during it.
func (r *Recorder) Queue() *observe.Queue { return r.queue }

// Stats returns the counters, which may be read at any time.
func (r *Recorder) Stats() *Stats { return r.stats }

const (
	// linger is how long an observation may wait for others to be recorded with it, so that
	// a message now and then does not cost the traffic a wake-up and the disk an fsync each.
	linger = 2 * time.Millisecond
	// batchRecords and batchBytes of observations end a batch: what waits in the queue is
	// not to be in memory a second time, as records.
	batchRecords, batchBytes = 1024, 1 << 20
	// tick is the interval of housekeeping: capacity of the next stage, due seals, and
	// whether the process ran at all.
	tick = time.Second
	// resumePoll is the interval at which a paused recorder looks for capacity of the next
	// stage: traffic may be waiting for it.
	resumePoll = 200 * time.Millisecond
	// maxStall is how late a tick may be before the record states that nothing ran.
	maxStall = 10 * time.Second
)

// Run records until ctx ends; then it closes all sessions, publishes what is left
// for at most grace, and returns how many events it could not publish as an error.
//
// The rules of redaction and the epoch's key are made here and not in New: a wrapped
// server starts meanwhile, and what it writes waits in the queue.
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
		r.out.run(out)
	}()
	r.send(none)
	r.record(ctx)
	r.end()
	<-done
	var failed error
	if n := r.stats.Unpublished.Load(); n > 0 {
		failed = fmt.Errorf("%w: %d events", ErrUnpublished, n)
	}
	if n := r.config.Unsynced.Lost(); n > 0 {
		failed = errors.Join(failed, fmt.Errorf("%w: %d messages", ErrUnrecorded, n))
	}
	return failed
}

// ErrUnrecorded means that messages passed which no gap names, since there was no space even
// for gaps.
var ErrUnrecorded = errors.New("ended before all that was not recorded could be named")

// ErrUnpublished means that Run ended before everything was published.
var ErrUnpublished = errors.New("ended before all events could be published")

var errGrace = errors.New("grace period is over")

// begin makes the journal and the interpreter, and opens the collector's own session.
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
	c := journal.Config{Tenant: r.config.Tenant, CollectorID: r.config.CollectorID, Epoch: r.config.Epoch, Clock: r.config.Clock,
		AllControl: r.config.Strict, Now: r.now}
	if r.config.Seal != nil {
		if c.Sealer, err = r.config.Seal(r.config.Epoch, r.now()); err != nil {
			return fmt.Errorf("beginning to seal: %w", err)
		}
	}
	r.journal = journal.New(c, redactor, &r.stats.Stats)
	r.interpreter = interpret.New(interpret.Config{Key: r.config.Key, Keys: r.config.Keys, Idle: r.config.Idle, Clock: r.config.Clock,
		Handover: r.handover}, r.journal)
	if r.config.Self != nil {
		r.journal.Start(r.config.self(), r.now())
	}
	return nil
}

// record turns observations into records until ctx ends.
func (r *Recorder) record(ctx context.Context) {
	expire := time.NewTicker(r.config.Idle/10 + time.Second)
	defer expire.Stop()
	housekeeping := time.NewTicker(tick)
	defer housekeeping.Stop()
	var buf []observe.Observation
	last := r.now()
	for ctx.Err() == nil {
		var poll <-chan time.Time
		if r.queue.Paused() {
			poll = time.After(resumePoll)
		}
		select {
		case <-poll:
			r.resume(r.now())
			r.send(none)
		case <-r.queue.Wake():
			if !r.queue.Holds(batchRecords/4, batchBytes/4) {
				r.linger(ctx)
			}
			buf = r.drain(buf)
		case <-expire.C:
			r.interpreter.Expire(r.now())
			r.send(none)
		case <-housekeeping.C:
			now := r.now()
			r.stateStall(now.Sub(last), now)
			last = now
			r.resume(now)
			if r.journal.SealDue(now) {
				r.journal.Seal(false)
			}
			r.send(none)
		case <-ctx.Done():
		}
	}
}

// linger waits a moment for more observations, unless a message waits for the disk.
func (r *Recorder) linger(ctx context.Context) {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.queue.Urgent():
	case <-ctx.Done():
	}
}

// end closes all sessions. What the next stage refused meanwhile becomes gaps before
// the last seal, after which there is nothing.
func (r *Recorder) end() {
	r.queue.Close()
	r.drain(nil)
	r.interpreter.CloseAll("shutdown", r.now())
	published := make(chan bool, 1)
	r.send(load{waiting: []chan<- bool{published}})
	<-published
	deferred, messages := r.out.takeDeferred()
	r.journal.FlushDeferred(deferred, r.now())
	r.journal.Stop(r.now())
	r.journal.Seal(true)
	r.send(load{messages: messages, lost: messages})
	close(r.out.batches)
}

// drain records everything that waits. Losses happened while the queue was full,
// so their gaps come after what was in it, but not after the end of their process.
func (r *Recorder) drain(buf []observe.Observation) []observe.Observation {
	items, losses := r.queue.Take(buf)
	var load load
	for i := range items {
		o := &items[i]
		load.add(o)
		o.Taken()
		if o.Kind == observe.KindEnd {
			losses = slices.DeleteFunc(losses, func(l *observe.Loss) bool {
				if l.Exchange != o.Exchange {
					return false
				}
				load.addLoss(l)
				r.interpreter.Loss(l, o.At)
				return true
			})
		}
		r.interpreter.Dispatch(o)
		items[i] = observe.Observation{} // its bytes are in a record now
		if r.journal.Pending() >= batchRecords || load.bytes >= batchBytes {
			r.send(load)
			load = none
		}
	}
	for _, l := range losses {
		load.addLoss(l)
		r.interpreter.Loss(l, r.now())
	}
	r.send(load)
	return items
}

// handover hands over records in the middle of an observation that makes very many.
func (r *Recorder) handover() {
	if r.journal.Pending() >= batchRecords {
		r.send(none)
	}
}

// send hands over what was made from a load of observations.
func (r *Recorder) send(from load) {
	made := r.journal.Take()
	if len(made.Records) > 0 || from.bytes > 0 || from.waiting != nil || from.messages > 0 {
		r.out.batches <- batch{made, from}
	}
}

// stateStall states that the process did not run: it was stopped, or the host was.
func (r *Recorder) stateStall(between time.Duration, now time.Time) {
	if between > tick+maxStall {
		r.journal.State(journal.Statement{What: "paused", Reason: "not_running", Nanoseconds: int64(between - tick)}, now)
	}
}

// pause makes the queue refuse messages until resume finds capacity for them. Any
// goroutine may call it.
func (r *Recorder) pause() {
	if r.queue.Pause() {
		r.do(func() { r.journal.State(journal.Statement{What: "paused", Reason: journal.SpoolFull}, r.now()) }, nil)
	}
}

// resume makes the queue accept messages again once the next stage has capacity.
func (r *Recorder) resume(now time.Time) {
	if !r.queue.Paused() {
		return
	}
	if !r.config.hasCapacity() {
		r.nameSoFar(now)
		return
	}
	r.interim = interim{}
	deferred, messages := r.out.takeDeferred()
	r.journal.FlushDeferred(deferred, now)
	r.journal.State(journal.Statement{What: "resumed", Refused: r.queue.Resume()}, now)
	r.send(load{messages: messages, lost: messages})
}
