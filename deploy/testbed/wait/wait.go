// Package wait is how tests wait: for a condition, by its name.
//
// The one rule: no test decides by a clock. Limit ends a test that would hang, and is
// so long that a machine with many busy loops on it does not reach it; how fast
// something is, benchmarks measure.
package wait

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// Limit is how long a test waits for one condition before it fails.
const Limit = 3 * time.Minute

// The pause between two looks at a condition grows from shortPause to longPause: some
// conditions cost a process each.
const shortPause, longPause = time.Millisecond, 100 * time.Millisecond

// For returns when a condition is met, and fails the test after Limit. It calls met
// from the test's goroutine only.
func For(t testing.TB, what string, met func() bool) {
	t.Helper()
	pause := shortPause
	for deadline := time.Now().Add(Limit); !met(); pause = min(2*pause, longPause) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain for %s", Limit, what)
		}
		<-time.After(pause)
	}
}

// Receive returns the next value of a channel, or the zero value of one that is
// closed, and fails the test after Limit. Only the test's goroutine may call it.
func Receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	select {
	case v := <-from:
		return v
	case <-limit.C:
		t.Fatalf("waited %v in vain for %s", Limit, what)
		panic("unreachable")
	}
}

// OrEnd returns when a channel gives something or is closed, or when the test ends: for
// the other goroutines of a test, which must not outlast it and cannot fail it.
func OrEnd[T any](t testing.TB, from <-chan T) {
	select {
	case <-from:
	case <-t.Context().Done():
	}
}

// Context ends with the test, and after Limit.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Limit)
	t.Cleanup(cancel)
	return ctx
}

// Deadline is when something that begins now has taken Limit, for connections and
// pipes.
func Deadline() time.Time { return time.Now().Add(Limit) }

// Within is how long something may take that is promised to take less than limit: limit
// itself, or Limit on a machine that has twice as much to do as it has cores, where the
// promise cannot be measured.
func Within(limit time.Duration) time.Duration {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return limit // this system keeps no such file
	}
	var load float64
	if _, err := fmt.Sscan(string(text), &load); err == nil && load > 2*float64(runtime.NumCPU()) {
		return max(limit, Limit)
	}
	return limit
}
