package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPausesDoubleUpToTheLongestAndVary(t *testing.T) {
	b := New(100*time.Millisecond, time.Second)
	differ := false
	for round := range 20 {
		want := 100 * time.Millisecond
		for n := range 8 {
			got := b.Next()
			if got < want/2 || got > want*3/2 {
				t.Fatalf("round %d: pause %d is %v, want %v and half of it more or less", round, n, got, want)
			}
			differ = differ || got != want
			want = min(2*want, time.Second)
		}
		b.Reset()
	}
	if !differ {
		t.Error("no pause varies")
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		if err := New(time.Hour, time.Hour).Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
			t.Errorf("waited %v, %v", time.Since(begun), err)
		}
		if err := New(time.Second, time.Second).Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
