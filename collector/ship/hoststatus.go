package ship

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/mcptrail/mcptrail/collector/spool"
)

// Collector is one collector of a host that runs, or that ended with records in the spool.
type Collector struct {
	spool.SetStatus
	State *State `json:"state,omitempty"`
	// Troubles are sentences that say what to do.
	Troubles []string `json:"troubles,omitempty"`
}

// HostStatus lists the collectors of a spool, oldest first, and what needs somebody. A spool
// that is not there is empty.
func HostStatus(dir string) ([]Collector, error) {
	sets, err := spool.Status(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]Collector, len(sets))
	for i := range sets {
		list[i] = statusOf(dir, sets[i])
	}
	return list, nil
}

// statusOf reads what is wrong from the state file. The file of a dead collector shows its
// last moment, so what can only be wrong with a living one needs Held; what was lost or
// replaced stays true.
func statusOf(dir string, set spool.SetStatus) Collector {
	c := Collector{SetStatus: set}
	if state, err := ReadState(dir, set.Epoch); err == nil {
		c.State = &state
	}
	trouble := func(format string, args ...any) { c.Troubles = append(c.Troubles, fmt.Sprintf(format, args...)) }
	if c.State != nil {
		switch {
		case c.State.NoReserve && set.Held:
			trouble("the disk has too little free space: messages pass unrecorded or are refused until there is some")
		case c.State.Full && set.Held:
			trouble("the spool is full: messages pass unrecorded or are refused; bring the broker, ingest and the store back, or give more --spool-bytes")
		}
		if c.State.Unrecorded > 0 {
			trouble("%d messages passed and are neither recorded nor in a gap yet; gaps will name them, or the collector that takes over what this one leaves", c.State.Unrecorded)
		}
		if c.State.NoReceipts && set.Waiting > 0 {
			trouble("nobody says what is stored, so nothing is freed: is --receipts the query service?")
		}
		if c.State.Resending != "" && set.Held {
			trouble("the broker has lost what it had acknowledged (%s): everything that is not stored is sent again, nothing is lost as long as the spool is there", c.State.Resending)
		}
		if c.State.Replaced > 0 {
			trouble("the spool's directory was removed or replaced under the collector (%d times): what waited was written again to a new one; find out who removes %s", c.State.Replaced, dir)
		}
		if c.State.IdentityMoved != "" && set.Held {
			trouble("identity.key was made on another machine and would be used on two hosts: this one has a new key, which whoever verifies must trust; the old one is in %s", c.State.IdentityMoved)
		}
		if c.State.Lost > 0 {
			trouble("%d messages were lost, each is named by a gap in its session", c.State.Lost)
		}
	}
	// A living collector adopts every adoptInterval, so what waits a minute has none.
	if !set.Held && set.Waiting > 0 && time.Since(set.Oldest) > time.Minute {
		trouble("its records wait for a collector on this host, or run mcptrail-collector ship")
	}
	return c
}
