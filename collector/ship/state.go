package ship

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector/spool"
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
	// Lost messages, each named by a gap. Unrecorded messages passed too, and are in no gap on
	// disk yet.
	Lost       uint64 `json:"lost"`
	Unrecorded uint64 `json:"unrecorded,omitempty"`
	// Replaced is how often the spool's directory was removed or replaced under the collector.
	Replaced uint64 `json:"spool_replaced,omitempty"`
	// IdentityMoved is where the identity of another machine was moved, which came here with an
	// image or a backup; empty if there was none.
	IdentityMoved string `json:"identity_moved,omitempty"`
	// Full says that the spool takes no messages now, NoReserve that this is because the disk
	// has no space to keep back for what a timeline cannot do without.
	Full      bool `json:"full,omitempty"`
	NoReserve bool `json:"no_reserve,omitempty"`
	// NoReceipts says that the query service does not answer what is stored.
	NoReceipts bool `json:"no_receipts,omitempty"`
	// Resending is why everything that is not stored is being published again; empty if it
	// is not.
	Resending string `json:"resending,omitempty"`
}

// WriteState writes s into the spool of an epoch, if that has one. It writes over the one block
// of the file, which a full disk takes; a reader may see a part of it.
//
// It is not fsynced: a crash of the host may show an older state, and only people read it.
func WriteState(spoolDir string, epoch uuid.UUID, s State) error {
	dir := filepath.Join(spoolDir, epoch.String())
	if _, err := os.Stat(dir); err != nil {
		return nil // nothing was recorded yet, or all of it is gone
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	// JSON ignores the spaces at the end, and they cover what is left of a longer text.
	data = append(data, bytes.Repeat([]byte{' '}, max(0, spool.StateBytes-len(data)))...)
	f, err := os.OpenFile(filepath.Join(dir, spool.StateName), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	_, err = f.WriteAt(data, 0)
	if err == nil && len(data) > spool.StateBytes {
		err = f.Truncate(int64(len(data)))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	return nil
}

// ReadState reads what a collector wrote last. One that is being written is read again.
func ReadState(spoolDir string, epoch uuid.UUID) (s State, err error) {
	for range 3 {
		var data []byte
		if data, err = os.ReadFile(filepath.Join(spoolDir, epoch.String(), spool.StateName)); err != nil {
			return s, err
		}
		if err = json.Unmarshal(data, &s); err == nil {
			return s, nil
		}
		s = State{}
	}
	return s, fmt.Errorf("reading the state: %w", err)
}
