package sealer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mcptrail/mcptrail/collector/keyfile"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Identity is the key that verifiers know a collector by, over all its epochs.
type Identity struct {
	key *seal.Key
	// epochs is the file with the number of the last epoch; empty for an identity of one
	// epoch.
	epochs string
	// Aside is where the key of another machine was moved, which was in the place of this one;
	// empty if there was none.
	Aside string
}

// LoadIdentity reads the identity from a file that only its owner can read, or
// makes one. Beside it stand, by the same name, the public key (.pub) for whoever
// checks the record, the number of the last epoch (.epochs), and the machine that it is
// bound to (.machine). machine is this one, by Machine; empty binds it to none.
//
// The machine is compared before the key is read, so that a key that is moved aside is
// followed by a new one in the same call.
func LoadIdentity(file, collectorID, machine string) (*Identity, error) {
	aside, err := bind(file, machine)
	if err != nil {
		return nil, err
	}
	data, err := keyfile.ReadOrMake(file, func() ([]byte, error) {
		key, err := seal.NewKey(collectorID)
		if err != nil {
			return nil, err
		}
		return []byte(key.Private()), nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the identity: %w", err)
	}
	key, err := seal.ParseKey(string(data))
	if err != nil {
		return nil, fmt.Errorf("reading the identity from %s: %w", file, err)
	}
	base := strings.TrimSuffix(file, filepath.Ext(file))
	if err := publish(base+".pub", key.Public()+"\n"); err != nil {
		return nil, fmt.Errorf("writing the public key: %w", err)
	}
	return &Identity{key: key, epochs: base + ".epochs", Aside: aside}, nil
}

// EphemeralIdentity makes an identity that exists in memory only. No verifier can trust it
// beforehand; seals by it still show later changes to who notes its key now.
//
// Its epochs are all number 1, since no file counts them.
func EphemeralIdentity(collectorID string) (*Identity, error) {
	key, err := seal.NewKey(collectorID)
	return &Identity{key: key}, err
}

// Public is the key to trust, one line.
func (i *Identity) Public() string { return i.key.Public() }

// publish writes a file with mode 0644, unless it holds that text. A reader sees the old
// text or the new one, never a part.
//
// The rename is not synced: after a crash the next start writes the file again from the key.
func publish(name, text string) error {
	if have, err := os.ReadFile(name); err == nil && string(have) == text {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".pub-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// nextEpoch takes the next number, from 1. It is durable when nextEpoch returns, so that
// no two epochs have one number, also after a crash.
//
// The lock is held over reading, writing and fsync, so that processes that start at once get
// different numbers. A crash before the number is used leaves it unused.
func (i *Identity) nextEpoch() (uint64, error) {
	if i.epochs == "" {
		return 1, nil
	}
	f, err := lockFile(i.epochs)
	if err != nil {
		return 0, fmt.Errorf("numbering the epoch: %w", err)
	}
	defer f.Close()
	// Every uint64 fits 20 digits, and a number of that width replaces the one before it in
	// place: no truncation, which a crash could separate from the write.
	digits := make([]byte, 20)
	n := uint64(0)
	// An empty file was just made: no epoch yet.
	if read, _ := f.ReadAt(digits, 0); read > 0 {
		if n, err = strconv.ParseUint(strings.TrimSpace(string(digits[:read])), 10, 64); err != nil {
			return 0, fmt.Errorf("numbering the epoch: %s does not hold a number: %w", i.epochs, err)
		}
	}
	n++
	if _, err = f.WriteAt(fmt.Appendf(nil, "%020d", n), 0); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return 0, fmt.Errorf("numbering the epoch: %w", err)
	}
	return n, nil
}
