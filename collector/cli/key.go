package cli

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/keyfile"
	"github.com/mcptrail/mcptrail/collector/recording"
)

// key reads the key file, or makes one that only its owner can read. A file that was
// named, or that others can read, must be usable; without a usual place for one a key
// for this run must do.
//
// Sessions and tokens are hashed with it: another key in the next run breaks the join with
// what was recorded before, so a file that is there is never replaced.
func (r *RecordingFlags) key() (key identity.Key, err error) {
	name, err := r.keyFile()
	if err != nil {
		return ephemeralKey(err), nil
	}
	data, err := keyfile.ReadOrMake(name, func() ([]byte, error) {
		_, _ = rand.Read(key[:]) // never fails
		return key[:], nil
	})
	// ErrOpen is no lack of a place: others may have read the key, and a person must decide
	// what it is still worth.
	if err != nil && r.KeyFile == "" && !errors.Is(err, keyfile.ErrOpen) {
		return ephemeralKey(err), nil
	}
	return keyOf(name, data, err)
}

// keyFile is the name of the key file, given or usual.
func (r *RecordingFlags) keyFile() (string, error) {
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

// keyOf checks what was read from a key file.
func keyOf(name string, data []byte, err error) (key identity.Key, _ error) {
	if err != nil {
		return key, badInput{fmt.Errorf("reading the key file: %w", err)}
	}
	// The conversion below would panic for fewer bytes and ignore what is more.
	if len(data) != len(key) {
		return key, badInput{fmt.Errorf("key file %s has %d bytes, must have %d; remove it to get a new one", name, len(data), len(key))}
	}
	return identity.Key(data), nil
}

// ephemeralKey is used where no key can be stored: recording goes before joining.
//
// Each run gets another one, so that sessions of two runs cannot be joined.
func ephemeralKey(cause error) (key identity.Key) {
	_, _ = rand.Read(key[:]) // never fails
	logger().Warn("no place for a key file, give --key-file: hashes of this run cannot be joined with others", "cause", cause)
	return key
}
