// Package recording puts together what every collector runs: recorder, seals, spool
// and the way to Kafka.
//
// The one rule: traffic begins at once, and waits for none of this. What cannot be
// had yet, a spool's directory or a broker, is tried until it can.
package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/collector/ship"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// Config says what to record and where it goes.
type Config struct {
	Collector collector.Config
	Kafka     kafkaconn.Options
	// SpoolDir and SpoolBytes are the host's spool.
	SpoolDir   string
	SpoolBytes int64
	// Receipts is the URL of the query service, which says what is stored.
	Receipts string
	// Identity is the file of the key that certifies the seals; empty makes one for
	// this run.
	Identity string
	// Version of the program, for the record; What it records, for the host.
	Version, What string
	// Grace is how long Run goes on after the end of what is recorded.
	Grace time.Duration
	// Kept, if set, sees the records that are safe in the spool.
	Kept func([]durable.Record)
	Log  *slog.Logger
}

// Recording is a collector without its transport. Make it with New, let the transport
// use Recorder, and Run it.
type Recording struct {
	Recorder *collector.Recorder

	config  Config
	keeper  *ship.SpoolWriter
	shipper *ship.Shipper
	// shipping is closed once the shipper has its spool.
	shipping chan struct{}
}

// enough is how much room in the spool lets messages in again.
const enough = 256 << 10

// New builds a Recording. Nothing is opened, connected or read yet.
func New(config Config) (*Recording, error) {
	c := &config.Collector
	c.Epoch = uuid.Must(uuid.NewV7())
	options := spool.Options{Dir: config.SpoolDir, Epoch: c.Epoch, MaxBytes: config.SpoolBytes}
	if c.Strict {
		// Whatever was let into the queue finds room, also on a disk that is full.
		options.Reserve = 2 * int64(c.QueueBytes)
	}
	keeper, err := ship.NewSpoolWriter(options, enough, config.Log)
	if err != nil {
		return nil, err
	}
	sink, err := kafkasink.New(config.Kafka, config.Log)
	if err != nil {
		return nil, err
	}
	r := &Recording{config: config, keeper: keeper, shipping: make(chan struct{})}
	c.HasCapacity, c.Seal = keeper.HasCapacity, r.beginSeals
	onFull := "pass"
	if c.Strict {
		onFull = "block"
	}
	host, _ := os.Hostname() // the record can do without it
	c.Self = &journal.Self{What: "start", Version: config.Version, PID: os.Getpid(), Host: host, OnFull: onFull}
	r.Recorder = collector.New(*c, r.publish)
	r.shipper = &ship.Shipper{Sink: sink, Stored: ship.FromQuery(config.Receipts), Damaged: r.Recorder.Damaged,
		Adopted: r.Recorder.Adopted, Log: config.Log}
	return r, nil
}

func (r *Recording) publish(ctx context.Context, records []durable.Record) ([]int, error) {
	refused, err := r.keeper.Publish(ctx, records)
	if err != nil || r.config.Kept == nil {
		return refused, err
	}
	kept := records
	if len(refused) > 0 {
		kept = make([]durable.Record, 0, len(records))
		for i := range records {
			if _, no := slices.BinarySearch(refused, i); !no {
				kept = append(kept, records[i])
			}
		}
	}
	r.config.Kept(kept)
	return refused, nil
}

// beginSeals certifies the epoch. Recording goes before proof: without a place for an
// identity, one that nobody knows must do.
func (r *Recording) beginSeals(epoch uuid.UUID, now time.Time) (*sealer.Sealer, error) {
	c := &r.config.Collector
	begin := func() (*sealer.Sealer, error) {
		identity, err := sealer.LoadIdentity(r.config.Identity, c.CollectorID)
		if err != nil {
			return nil, err
		}
		return sealer.Begin(identity, c.Tenant, c.CollectorID, epoch, now)
	}
	var err error
	if r.config.Identity != "" {
		var s *sealer.Sealer
		if s, err = begin(); err == nil {
			return s, nil
		}
	}
	identity, failed := sealer.PassingIdentity(c.CollectorID)
	if failed != nil {
		return nil, failed
	}
	r.config.Log.Warn("no place for an identity, give --identity: nobody can trust the seals of this run", "key", identity.Public(), "cause", err)
	return sealer.Begin(identity, c.Tenant, c.CollectorID, epoch, now)
}

// Run records until work returns, or its ctx ends and it returns, and then until the
// store has everything or the grace is over; what is left stays in the spool for the
// next collector. Recording begins after delay: what was seen until then waits.
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
		background.Go(func() { r.ship(shipping) })
		recorded <- r.Recorder.Run(recording, r.config.Grace)
	}()
	err := work(ctx)
	stopRecording()
	err = errors.Join(err, <-recorded)
	err = errors.Join(err, r.drain(context.WithoutCancel(ctx)))
	stopShipping()
	background.Wait()
	err = errors.Join(err, r.shipper.Sink.Close())
	if s := r.keeper.Spool(); s != nil {
		err = errors.Join(err, s.Close())
	}
	return err
}

func (r *Recording) ship(ctx context.Context) {
	s, err := r.keeper.Open(ctx)
	if err != nil {
		return // it has said so, and was told to end
	}
	r.shipper.Spool = s
	close(r.shipping)
	var state sync.WaitGroup
	state.Go(func() { r.tellState(ctx) })
	r.shipper.Run(ctx)
	state.Wait()
}

// ErrLeft says that some of the record is in the spool only, whence the next
// collector on this host ships it.
var ErrLeft = errors.New("not all of the record has reached Kafka yet")

func (r *Recording) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.Grace)
	defer cancel()
	select {
	case <-r.shipping:
	case <-ctx.Done():
		return nil // the recorder says what it could not publish
	}
	left, unpublished := r.shipper.Drain(ctx)
	switch {
	case unpublished > 0:
		return fmt.Errorf("%w: %d records stay in %s, the next collector or mcptrail-collector ship sends them", ErrLeft, unpublished, r.config.SpoolDir)
	case left > 0:
		r.config.Log.Warn("Kafka has everything and nobody said that it is stored, so it stays in the spool and may be sent again", "records", left, "dir", r.config.SpoolDir)
	}
	return nil
}

// Epoch names this run.
func (r *Recording) Epoch() uuid.UUID { return r.config.Collector.Epoch }

// Stats are the counters of the way behind the recorder.
func (r *Recording) Stats() *ship.Stats { return &r.shipper.Stats }

// stateEvery is how often the collector says how it is.
const stateEvery = 2 * time.Second

// tellState writes what `mcptrail-collector status` shows, until ctx ends.
func (r *Recording) tellState(ctx context.Context) {
	stats, way := r.Recorder.Stats(), &r.shipper.Stats
	state := ship.State{Recording: r.config.What, Started: time.Now().UTC()}
	for told := (ship.State{}); ; {
		state.Recorded, state.Lost = stats.Recorded.Load(), stats.Lost.Load()
		state.Published, state.Stored = way.Published.Load(), way.Stored.Load()
		state.Full, state.NoReceipts = !r.keeper.HasCapacity(), r.shipper.NoReceipts()
		state.Resending = r.shipper.Resending()
		if state != told {
			told = state
			state.At = time.Now().UTC()
			// It is for people only, who see from its time that it is old.
			_ = ship.WriteState(r.config.SpoolDir, r.config.Collector.Epoch, state)
			state.At = time.Time{}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(stateEvery):
		}
	}
}
