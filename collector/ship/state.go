package ship

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
)

// State is a collector's own account of itself, a file in its set of the spool: whoever looks
// at the host needs neither its log nor a port.
type State struct {
	// Recording says what: "stdio npx -y server", "http", "import FILE".
	Recording string    `json:"recording"`
	Started   time.Time `json:"started"`
	At        time.Time `json:"at"`
	// Recorded events; Published and Stored are records, seals included.
	Recorded  uint64 `json:"recorded"`
	Published uint64 `json:"published"`
	Stored    uint64 `json:"stored"`
	// Lost messages, each named by a gap.
	Lost uint64 `json:"lost"`
	// Replaced is how often the spool's directory was removed or replaced under the collector.
	Replaced uint64 `json:"spool_replaced,omitempty"`
	// Full says that the spool takes no messages now.
	Full bool `json:"full,omitempty"`
	// NoReceipts says that the query service does not answer what is stored.
	NoReceipts bool `json:"no_receipts,omitempty"`
	// Resending is why everything that is not stored is being published again; empty if it
	// is not.
	Resending string `json:"resending,omitempty"`
}

const stateName = "state"

// WriteState writes s into the spool of an epoch, if that has one.
func WriteState(spool string, epoch uuid.UUID, s State) error {
	dir := filepath.Join(spool, epoch.String())
	if _, err := os.Stat(dir); err != nil {
		return nil // nothing was recorded yet, or all of it is gone
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, stateName)
	if err := os.WriteFile(name+".new", data, 0o600); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	return os.Rename(name+".new", name)
}

// ReadState reads what a collector wrote last.
func ReadState(spool string, epoch uuid.UUID) (s State, err error) {
	data, err := os.ReadFile(filepath.Join(spool, epoch.String(), stateName))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}
