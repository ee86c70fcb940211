package seal

import (
	"fmt"
	"os"
	"path/filepath"
)

// TrustFile reads public keys from a file, one a line, see [Trust].
func TrustFile(name string) (*Trusted, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the keys to trust: %w", err)
	}
	t, err := Trust(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading the keys to trust from %s: %w", name, err)
	}
	return t, nil
}

// LocalKey is where a collector that this user runs leaves its public key.
func LocalKey() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "mcptrail", "identity.pub"), nil
}
