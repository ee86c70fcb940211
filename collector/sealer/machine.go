package sealer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// machineFiles name the installation of a host, the first that is there.
var machineFiles = []string{"/etc/machine-id", "/var/lib/dbus/machine-id"}

// Machine is what an identity is bound to: a hash that names this installation of the host,
// as systemd advises to derive one from the machine id. It is empty where nothing names it,
// as in most containers, whose host name changes with each start.
//
// An image that was not started yet has "uninitialized" for an id, or nothing: a machine id
// has 32 digits (machine-id(5)), and what is shorter names none.
func Machine() string {
	for _, name := range machineFiles {
		if id, err := os.ReadFile(name); err == nil && len(strings.TrimSpace(string(id))) >= 32 {
			return digest(strings.TrimSpace(string(id)))
		}
	}
	return ""
}

// digest keeps the machine id itself out of files that are copied, as machine-id(5) asks.
// The prefix makes the result useless for comparing it with what other programs derive.
func digest(id string) string {
	sum := sha256.Sum256([]byte("mcptrail identity\x00" + id))
	return hex.EncodeToString(sum[:16])
}

// bind compares the machine that the identity was made on, a file beside it, with this one.
// Where they differ, the identity came with an image or a backup: it is moved aside under the
// name that bind returns, with what is beside it, so that this host gets one of its own. Two
// hosts with one key would number their runs alike, which looks like a forgery. An identity
// without such a file, and a machine without a name, are bound to nothing.
func bind(file, machine string) (aside string, err error) {
	if machine == "" {
		return "", nil
	}
	base := strings.TrimSuffix(file, filepath.Ext(file))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	f, err := lockFile(base + ".machine") // of several processes one compares at a time
	if err != nil {
		return "", nil // a place that cannot be written to: nothing there can be moved either
	}
	defer f.Close()
	digits := make([]byte, 2*sha256.Size)
	n, _ := f.ReadAt(digits, 0)
	have := strings.TrimSpace(string(digits[:n]))
	if have == machine {
		return "", nil
	}
	if have != "" {
		if aside, err = moveAside(file, have); err != nil {
			return "", fmt.Errorf("moving the identity of another machine aside: %w", err)
		}
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(machine+"\n"), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return aside, fmt.Errorf("binding the identity to this machine: %w", err)
	}
	return aside, nil
}

// moveAside renames the key, its public half and the number of its last epoch. The key is
// moved last: until then the next process does all of it again.
func moveAside(file, machine string) (aside string, err error) {
	ext := filepath.Ext(file)
	base := strings.TrimSuffix(file, ext)
	to := base + "-of-" + machine[:min(8, len(machine))]
	for _, end := range []string{".pub", ".epochs", ext} {
		if err := os.Rename(base+end, to+end); err != nil && !os.IsNotExist(err) {
			return "", err
		}
	}
	if _, err := os.Stat(to + ext); err != nil {
		return "", nil // there was no key
	}
	return to + ext, nil
}
