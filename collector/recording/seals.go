package recording

import (
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/sealer"
)

// beginSeals certifies the epoch. Recording goes before proof: without a usable identity
// file the epoch is certified by an identity that exists for this run only.
//
// The recorder calls it once, from its own goroutine, when Run has begun: it reads files and
// may wait for the lock of another collector's start.
func (r *Recording) beginSeals(epoch uuid.UUID, now time.Time) (*sealer.Sealer, error) {
	c := &r.config.Collector
	begin := func() (*sealer.Sealer, error) {
		identity, err := sealer.LoadIdentity(r.config.Identity, c.CollectorID, sealer.Machine())
		if err != nil {
			return nil, err
		}
		if identity.Aside != "" {
			r.cloned.Store(&identity.Aside)
			r.config.Log.Warn("the identity was made on another machine, so this one has a new key, which whoever verifies must trust; if this machine replaces the other, stop its collectors and put the old key back",
				"file", r.config.Identity, "old", identity.Aside, "key", identity.Public())
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
	// err is now why there is no usable file, or nil where none was configured.
	identity, failed := sealer.EphemeralIdentity(c.CollectorID)
	if failed != nil {
		return nil, failed
	}
	r.config.Log.Warn("no place for an identity, give --identity: nobody can trust the seals of this run", "key", identity.Public(), "cause", err)
	return sealer.Begin(identity, c.Tenant, c.CollectorID, epoch, now)
}
