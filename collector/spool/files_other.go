//go:build !unix

package spool

import (
	"errors"
	"os"
)

// Without a lock that ends with its process nobody could adopt a set safely, so there
// is no spool here.
func lock(string, int) (*os.File, error) { return nil, errors.ErrUnsupported }

const lockExclusive, lockShared = 0, 1

func writePID(*os.File) {}

func readPID(string) int { return 0 }

func diskFull(error) bool { return false }

func fileTooLarge(error) bool { return false }

func freeOnDisk(string) (int64, bool) { return 0, false }

func unlinked(*os.File) bool { return false }

func syncDir(string) error { return errors.ErrUnsupported }
