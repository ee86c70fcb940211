// Package recording puts together what every collector runs: recorder, seals, spool
// and the way to Kafka.
//
// The one rule: traffic begins at once, and waits for none of this. What is not available
// yet, a spool's directory or a broker, is retried until it is.
package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/ship"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/collector/unsynced"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// Config is what to record and where it goes.
type Config struct {
	Collector collector.Config
	Kafka     kafkaconn.Options
	// SpoolDir is the spool of the host, shared by all its collectors, and SpoolBytes the
	// bound of all of it.
	SpoolDir   string
	SpoolBytes int64
	// Receipts is the URL of the query service, which reports what is stored; without
	// receipts the spool keeps everything up to its bound.
	Receipts string
	// Identity is the file of the key that certifies the seals; empty makes one for
	// this run.
	Identity string
	// Version of the program, for the record; What it records, for people on this host.
	Version, What string
	// Grace bounds each step of the shutdown: publishing what the queue holds, and shipping
	// what the spool holds.
	Grace time.Duration
	// Spooled, if set, is called with records that are durable in the spool, in their order,
	// from one goroutine, and delays it.
	Spooled func([]durable.Record)
	Log     *slog.Logger
}

// Recording is a collector without its transport. Make it with New, give the transport
// the Queue of Recorder, and Run it.
type Recording struct {
	Recorder *collector.Recorder

	config  Config
	spool   *ship.SpoolWriter
	shipper *ship.Shipper
	// shipping is closed once the shipper has its spool, which is opened in the background.
	shipping chan struct{}
	// cloned is where the identity of another machine was moved to; nil if there was none.
	cloned atomic.Pointer[string]
}

// resumeBytes of free space in the spool make it accept messages again: with less it
// would be full again at once, and each change is an event.
const resumeBytes = 256 << 10

// spoolGrace is how long the end waits at least for the spool's disk. --grace is the time for
// the broker and the store: without any, the last events are in the spool all the same.
const spoolGrace = 5 * time.Second

// New builds a Recording. Nothing is opened, connected or read yet.
func New(config Config) (*Recording, error) {
	c := &config.Collector
	c.Epoch, c.Unsynced = uuid.Must(uuid.NewV7()), &unsynced.Page{}
	options := spool.Options{Dir: config.SpoolDir, Epoch: c.Epoch, MaxBytes: config.SpoolBytes}
	if c.Strict {
		// What the queue has accepted was passed on: it must find space, also on a disk that is
		// full, and so must what encoding adds to it.
		options.Reserve = 2 * int64(c.QueueBytes)
	}
	writer, err := ship.NewSpoolWriter(options, resumeBytes, config.Log)
	if err != nil {
		return nil, err
	}
	sink, err := kafkasink.New(config.Kafka, config.Log)
	if err != nil {
		return nil, err
	}
	r := &Recording{config: config, spool: writer, shipping: make(chan struct{})}
	c.HasCapacity, c.Seal = writer.HasCapacity, r.beginSeals
	host, _ := os.Hostname() // the record can do without it
	c.Self = &journal.Self{What: "start", Version: config.Version, PID: os.Getpid(), Host: host,
		OnFull: onFull(c), MaxWait: int64(c.MaxWait)}
	r.Recorder = collector.New(*c, r.publish)
	r.shipper = &ship.Shipper{Sink: sink, Stored: ship.FromQuery(config.Receipts), Damaged: r.Recorder.Damaged,
		Adopted: r.Recorder.Adopted, Log: config.Log}
	return r, nil
}

// onFull is what happens to messages that cannot be recorded, in the word of the flag.
func onFull(c *collector.Config) string {
	switch {
	case c.Strict:
		return "block"
	case c.MaxWait > 0:
		return "wait"
	}
	return "pass"
}

// publish writes records to the spool and reports those that it accepted to Spooled.
// The recorder's goroutine calls it, so Spooled is never called twice at once.
func (r *Recording) publish(ctx context.Context, records []durable.Record) ([]int, error) {
	refused, err := r.spool.Publish(ctx, records)
	if err != nil || r.config.Spooled == nil {
		return refused, err
	}
	spooled := records
	if len(refused) > 0 {
		// spool.FullError promises that refused ascends; records stays whole, since the
		// recorder still needs those that were refused.
		spooled = make([]durable.Record, 0, len(records))
		for i := range records {
			if _, no := slices.BinarySearch(refused, i); !no {
				spooled = append(spooled, records[i])
			}
		}
	}
	r.config.Spooled(spooled)
	return refused, nil
}

// Run records until work returns, which it must when ctx ends, and then until the
// store has everything or the grace is over; what is left stays in the spool for the
// next collector. Recording begins after delay: what is observed until then waits in
// the queue.
//
// The shutdown outlives ctx on purpose, in the order of the data: transport, recorder,
// shipper, sink, spool. Each stage ends when the one before it has nothing more for it.
func (r *Recording) Run(ctx context.Context, delay time.Duration, work func(context.Context) error) error {
	recording, stopRecording := context.WithCancel(context.WithoutCancel(ctx))
	shipping, stopShipping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRecording()
	defer stopShipping()
	recorded := make(chan error, 1)
	var background sync.WaitGroup
	go func() {
		select {
		case <-time.After(delay):
		case <-recording.Done():
		}
		// This precedes the value of recorded, so that Wait below cannot come before Go.
		background.Go(func() { r.ship(shipping) })
		recorded <- r.Recorder.Run(recording, max(r.config.Grace, spoolGrace))
	}()
	// Before work: a message is counted before it passes.
	r.attach()
	err := work(ctx)
	stopRecording()
	// The recorder has emptied the queue into the spool when this returns; only then does
	// drain know what the store must have.
	err = errors.Join(err, <-recorded)
	err = errors.Join(err, r.drain(context.WithoutCancel(ctx)))
	stopShipping()
	background.Wait()
	// Closing the page removes it if all is recorded; otherwise the next collector finds it in
	// the spool's directory. Closing the spool lets others adopt what is left.
	err = errors.Join(err, r.shipper.Sink.Close(), r.config.Collector.Unsynced.Close())
	if s := r.spool.Spool(); s != nil {
		err = errors.Join(err, s.Close())
	}
	return err
}

// ship opens the spool, as soon as that can be done, and ships from it until ctx ends.
func (r *Recording) ship(ctx context.Context) {
	s, err := r.spool.Open(ctx)
	if err != nil {
		return // ctx has ended; what failed is logged
	}
	r.shipper.Spool = s
	close(r.shipping)
	var state sync.WaitGroup
	state.Go(func() { r.reportState(ctx) })
	state.Go(func() { r.reportKilled(ctx) })
	r.shipper.Run(ctx)
	state.Wait()
}

// ErrUnshipped means that some of the record is in the spool only. Nothing is lost: the
// next collector on this host ships it.
var ErrUnshipped = errors.New("not all of the record has reached Kafka yet")

// drain waits until everything is stored, or the grace is over.
func (r *Recording) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.Grace)
	defer cancel()
	select {
	case <-r.shipping:
	default: // with no grace both are over
		select {
		case <-r.shipping:
		case <-ctx.Done():
			return nil // the recorder has reported what it could not publish
		}
	}
	// The wait for the spool was part of the same grace.
	left, unpublished := r.shipper.Drain(ctx)
	switch {
	case unpublished > 0:
		return fmt.Errorf("%w: %d records stay in %s, the next collector or mcptrail-collector ship sends them", ErrUnshipped, unpublished, r.config.SpoolDir)
	case left > 0:
		r.config.Log.Warn("Kafka has everything and nobody said that it is stored, so it stays in the spool and may be sent again", "records", left, "dir", r.config.SpoolDir)
	}
	return nil
}

// Epoch names this run of the collector.
func (r *Recording) Epoch() uuid.UUID { return r.config.Collector.Epoch }

// Stats are the counters of the stages behind the spool.
func (r *Recording) Stats() *ship.Stats { return &r.shipper.Stats }
