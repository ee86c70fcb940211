package collector

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/collector/unsynced"
	"github.com/mcptrail/mcptrail/schema"
)

// Config is who records and within which bounds.
type Config struct {
	Tenant      string
	CollectorID string
	// Key hashes session ids, tokens and other secrets that must be joinable.
	Key identity.Key
	// Keys are the correlation keys to look for; nil means interpret.DefaultKeys.
	Keys []interpret.KeyRule
	// Policy decides what is stored of a message; nil means redact.Default.
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
	// Self is what the collector states about itself, in a session of its own that
	// shows when it started, paused and stopped; nil for no such session.
	Self *journal.Self
	// HasCapacity reports whether the next stage would accept messages now; nil is always.
	HasCapacity func() bool
	// MaxWait is how long a message waits for capacity of the record before it passes; 0 for
	// not at all.
	MaxWait time.Duration
	// Unsynced counts what is not durable yet; nil for nobody.
	Unsynced *unsynced.Page
	// Strict means that messages which cannot be recorded must not be passed on. MaxWait has
	// no meaning then.
	// Then the next stage must reserve capacity for all that the queue can hold.
	Strict bool
}

// Defaults fills what is not set.
func (c Config) Defaults() Config {
	if c.Tenant == "" {
		c.Tenant = "default"
	}
	if c.Keys == nil {
		c.Keys = interpret.DefaultKeys()
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
	if c.Unsynced == nil {
		c.Unsynced = &unsynced.Page{}
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

// EnvKeys returns the correlation keys among NAME=VALUE pairs.
func (c Config) EnvKeys(environ []string) []schema.Key {
	return interpret.EnvKeys(c.Keys, c.Key, environ)
}

// hasCapacity reports whether the next stage would accept messages now.
func (c Config) hasCapacity() bool { return c.HasCapacity == nil || c.HasCapacity() }

// selfDigits are enough of the key's identifier to tell it from another one.
const selfDigits = 16

// self is the first statement of the collector about itself.
func (c Config) self() journal.Self {
	self := *c.Self
	self.Key = c.Key.Text("key id", c.Tenant)[:selfDigits]
	return self
}
