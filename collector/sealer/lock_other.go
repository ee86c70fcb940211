//go:build !unix

package sealer

import "os"

// lockFile opens a file, or makes it. Processes that start at the same instant may
// take the same number here.
func lockFile(name string) (*os.File, error) { return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) }
