// Package soak says how much of each fault the tests make: a few in `make test`,
// many in `make soak`.
package soak

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Long reports whether the tests run at length, as MCPTRAIL_SOAK=1 has them do.
func Long() bool { return os.Getenv("MCPTRAIL_SOAK") != "" }

// Count is how often a fault is made.
func Count(usual, long int) int {
	if Long() {
		return long
	}
	return usual
}

// Seed is where the luck of a test starts. It is printed, and MCPTRAIL_SEED sets it.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("MCPTRAIL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("MCPTRAIL_SEED: %v", err)
		}
	}
	t.Logf("MCPTRAIL_SEED=%d", seed)
	return seed
}
