package faults

import (
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
)

// sum tells how long recovery took.
type sum struct {
	n            int
	total, worst time.Duration
}

func (s *sum) add(d time.Duration) {
	s.n++
	s.total += d
	s.worst = max(s.worst, d)
}

func (s *sum) log(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s %d times: everything visible after %v on average, %v at worst", what, s.n, (s.total / time.Duration(max(s.n, 1))).Round(time.Millisecond), s.worst.Round(time.Millisecond))
}

func TestKilledCollectors(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	var times sum
	o := s.startOracle(nil)
	for range soak.Count(25, 500) {
		s.more(o, 1+s.luck.IntN(400))
		o.die()
		next := s.startOracle(nil) // adopts what is left
		times.add(s.visible())
		o = next
	}
	s.finish(o)
	c := s.check()
	times.log(t, "a collector was killed")
	if c.named > 0 || c.lost > 0 {
		t.Errorf("a killed collector lost something: %+v", c)
	}
}
