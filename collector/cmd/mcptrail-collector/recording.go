package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/keyfile"
	"github.com/mcptrail/mcptrail/collector/recording"
	"github.com/mcptrail/mcptrail/collector/redact"
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
	QueueBytes  int               `help:"Bytes that may wait to be recorded; what comes on top becomes a gap. Default is 12 MiB, or room for two messages." env:"MCPTRAIL_QUEUE_BYTES"`
	Idle        time.Duration     `help:"Silence after which a session without a better end is over." default:"30m" env:"MCPTRAIL_IDLE"`
	Grace       time.Duration     `help:"How long to wait after the end until the store has everything; what is left stays in the spool." default:"2s" env:"MCPTRAIL_GRACE"`
	Spool       string            `help:"Directory where the record waits until the store has it, one for all collectors of a host; default is mcptrail/spool in your state directory." env:"MCPTRAIL_SPOOL" placeholder:"DIR"`
	SpoolBytes  int64             `help:"Bytes that the spool may take." default:"1073741824" env:"MCPTRAIL_SPOOL_BYTES"`
	OnFull      string            `help:"What happens to messages when the record has no room: pass them and record a gap, or block: refuse them with an error." enum:"pass,block" default:"pass" env:"MCPTRAIL_ON_FULL"`
	Receipts    string            `help:"Query service that says what is stored, so that the spool can free it (default ${default})." default:"http://127.0.0.1:7676" env:"MCPTRAIL_RECEIPTS" placeholder:"URL"`
	// kept sees what is safe in the spool.
	kept func([]durable.Record)

	Identity string `help:"File with the key that certifies this collector's seals; made if it is missing. The public key to trust is beside it." env:"MCPTRAIL_IDENTITY" placeholder:"FILE"`
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
		if c.Keys, err = interpret.LoadKeys(r.Keys); err != nil {
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
	data, err := keyfile.ReadOrMake(name, func() ([]byte, error) {
		_, _ = rand.Read(key[:]) // never fails
		return key[:], nil
	})
	if err != nil && r.KeyFile == "" && !errors.Is(err, keyfile.ErrOpen) {
		return passingKey(err), nil
	}
	return keyOf(name, data, err)
}

// keyFile is the name of the key file, given or usual.
func (r *Recording) keyFile() (string, error) {
	if r.KeyFile != "" {
		return r.KeyFile, nil
	}
	return recording.DefaultFile("collector.key")
}

// readKey reads a key file that must be there.
func readKey(name string) (identity.Key, error) {
	data, err := keyfile.Read(name)
	return keyOf(name, data, err)
}

func keyOf(name string, data []byte, err error) (key identity.Key, _ error) {
	if err != nil {
		return key, badInput{fmt.Errorf("reading the key file: %w", err)}
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

// build puts the recording together. Nothing connects yet. What it records is for
// people who look at this host.
func (r *Recording) build(c collector.Config, what string) (*recording.Recording, error) {
	dir, err := r.spoolDir()
	if err != nil {
		return nil, err
	}
	file := r.Identity
	if file == "" {
		file, _ = recording.DefaultFile("identity.key") // without a place, the seals say so
	}
	c.Strict = r.OnFull == "block"
	made, err := recording.New(recording.Config{Collector: c, Kafka: r.Kafka, SpoolDir: dir, SpoolBytes: r.SpoolBytes,
		Receipts: r.Receipts, Identity: file, Version: version(), What: what, Grace: r.Grace, Kept: r.kept, Log: logger()})
	if err != nil {
		return nil, badInput{err}
	}
	return made, nil
}

func (r *Recording) spoolDir() (string, error) {
	if r.Spool != "" {
		return r.Spool, nil
	}
	dir, err := recording.DefaultSpool()
	if err != nil {
		return "", badInput{fmt.Errorf("no place for the spool, give --spool: %w", err)}
	}
	return dir, nil
}

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }
