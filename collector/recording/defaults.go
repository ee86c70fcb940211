package recording

import (
	"os"
	"path/filepath"
)

// DefaultSpool is where all collectors of a user keep their spool, by the XDG base
// directories.
//
// It is state and no cache: until the store has it, this is the only copy of the record.
func DefaultSpool() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "mcptrail", "spool"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "mcptrail", "spool"), err
}

// DefaultFile is a file of that name in the user's configuration of mcptrail.
func DefaultFile(name string) (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "mcptrail", name), err
}
