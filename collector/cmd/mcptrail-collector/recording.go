package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// Recording are the flags that all ways of recording share.
type Recording struct {
	Kafka       kafkaconn.Options `embed:""`
	Tenant      string            `help:"Tenant that owns the record (default ${default})." default:"default" env:"MCPTRAIL_TENANT"`
	CollectorID string            `help:"Name of this collector; default is the host's name." env:"MCPTRAIL_COLLECTOR_ID"`
	KeyFile     string            `help:"File with the 32 byte key that session ids and tokens are hashed with; made if it is missing. Collectors that share it can be joined." env:"MCPTRAIL_KEY_FILE" placeholder:"FILE"`
	Keys        string            `help:"File with the correlation keys to look for, instead of the built-in list." env:"MCPTRAIL_KEYS" placeholder:"FILE"`
	Policy      string            `help:"File that says how much is stored and what is cut; see mcptrail-collector policy. Read again when it changes." env:"MCPTRAIL_POLICY" placeholder:"FILE"`
	MaxBody     int               `help:"Bytes of one message that are recorded." default:"1048576" env:"MCPTRAIL_MAX_BODY"`
	QueueBytes  int               `help:"Bytes that may wait to be recorded; what comes on top becomes a gap." default:"33554432" env:"MCPTRAIL_QUEUE_BYTES"`
	Idle        time.Duration     `help:"Silence after which a session without a better end is over." default:"30m" env:"MCPTRAIL_IDLE"`
	Grace       time.Duration     `help:"How long to go on publishing after the end." default:"2s" env:"MCPTRAIL_GRACE"`
}

// config turns the flags into the recorder's configuration.
func (r *Recording) config() (collector.Config, error) {
	c := collector.Config{Tenant: r.Tenant, CollectorID: r.CollectorID, MaxBody: r.MaxBody, QueueBytes: r.QueueBytes, Idle: r.Idle}
	var err error
	if c.CollectorID == "" {
		if c.CollectorID, err = os.Hostname(); err != nil {
			return c, fmt.Errorf("asking for the host's name, give --collector-id: %w", err)
		}
	}
	if r.Keys != "" {
		if c.Keys, err = collector.LoadKeys(r.Keys); err != nil {
			return c, badInput{err}
		}
	}
	if c.Key, err = r.key(); err != nil {
		return c, err
	}
	if r.Policy != "" {
		policy, err := redact.Load(r.Policy)
		if err != nil {
			return c, badInput{err}
		}
		c.Policy = &policy
	}
	c = c.Defaults()
	if err := c.Validate(); err != nil {
		return c, badInput{err}
	}
	return c, nil
}

// key reads the key file, or makes one that only its owner can read.
func (r *Recording) key() (key identity.Key, err error) {
	name, err := r.keyFile()
	if err != nil {
		return passingKey(err), nil
	}
	if key, err = readKey(name); errors.Is(err, fs.ErrNotExist) {
		if key, err = makeKey(name); err != nil && r.KeyFile == "" {
			return passingKey(err), nil
		}
	}
	return key, err
}

// keyFile is the name of the key file, given or usual.
func (r *Recording) keyFile() (string, error) {
	if r.KeyFile != "" {
		return r.KeyFile, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "mcptrail", "collector.key"), err
}

func readKey(name string) (key identity.Key, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return key, fmt.Errorf("reading the key file: %w", err)
	}
	if len(data) != len(key) {
		return key, badInput{fmt.Errorf("key file %s has %d bytes, must have %d; remove it to get a new one", name, len(data), len(key))}
	}
	return identity.Key(data), nil
}

// passingKey is for where no key can be kept: recording goes before joining.
func passingKey(cause error) (key identity.Key) {
	_, _ = rand.Read(key[:]) // never fails
	logger().Warn("no place for a key file, give --key-file: hashes of this run cannot be joined with others", "cause", cause)
	return key
}

// makeKey writes a new key under another name first, so that of two collectors
// that start at once one wins and both use its key.
func makeKey(name string) (key identity.Key, err error) {
	_, _ = rand.Read(key[:]) // never fails
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return key, fmt.Errorf("making the key file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".key-*")
	if err != nil {
		return key, fmt.Errorf("making the key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(key[:])
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return key, fmt.Errorf("making the key file: %w", err)
	}
	if err := os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		data, err := os.ReadFile(name)
		if err != nil || len(data) != len(key) {
			return key, fmt.Errorf("reading the key file that another collector made: %w", err)
		}
		return identity.Key(data), nil
	} else if err != nil {
		return key, fmt.Errorf("making the key file: %w", err)
	}
	return key, nil
}

// recorder builds the way from sightings to Kafka. Nothing connects yet.
func (r *Recording) recorder(config collector.Config, log *slog.Logger) (*collector.Recorder, *kafkasink.Sink, error) {
	sink, err := kafkasink.New(r.Kafka, schema.TopicEvents, log)
	if err != nil {
		return nil, nil, badInput{err}
	}
	return collector.New(config, sink.Publish), sink, nil
}

// run records until work returns or ctx ends, and then until all is published or
// the grace is over. Recording begins after delay: what was seen until then waits.
func run(ctx context.Context, rec *collector.Recorder, sink *kafkasink.Sink, delay, grace time.Duration, work func(context.Context) error) error {
	recording, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() {
		select {
		case <-time.After(delay):
		case <-recording.Done():
		}
		done <- rec.Run(recording, grace)
	}()
	err := work(ctx)
	stop()
	return errors.Join(err, <-done, sink.Close())
}

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }
