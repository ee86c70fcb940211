//go:build !unix

package rewrite

import (
	"io/fs"
	"os"
)

func linkCount(fs.FileInfo) uint64 { return 1 }

// copyModeAndOwner has nothing to do: a new file inherits what its folder grants.
func copyModeAndOwner(*os.File, fs.FileInfo) error { return nil }

// syncDir has nothing to do: only Unix has folders that can be synced.
func syncDir(string) error { return nil }
