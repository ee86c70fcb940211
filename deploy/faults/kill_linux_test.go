package faults

import (
	"syscall"
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
	for range soak.Count(15, 500) {
		s.more(o, 1+s.luck.IntN(150))
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

// series makes one fault again and again under one collector that goes on, waits each
// time until everything is visible, and checks the store at the end.
func (s *stack) series(what string, count int, make func()) tally {
	s.t.Helper()
	var times sum
	o := s.startOracle(nil)
	s.more(o, 10)
	s.visible()
	for range count {
		s.more(o, 1+s.luck.IntN(100))
		make()
		times.add(s.visible())
	}
	s.finish(o)
	c := s.check()
	times.log(s.t, what)
	if c.named > 0 || c.lost > 0 {
		s.t.Errorf("something was lost: %+v", c)
	}
	return c
}

func TestKilledIngests(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	n := soak.Count(6, 200)
	s.series("ingest was killed", n, func() {
		s.ingest.kill()
		s.ingest = s.startIngest("ingest")
	})
	if joined := s.said("ingest", "joined the consumer group"); joined <= n {
		t.Errorf("the group was joined %d times by %d processes", joined, n+1)
	}
}

func TestKilledBrokers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.series("the broker was killed", soak.Count(6, 200), func() {
		s.broker.kill()
		s.startBroker()
	})
	if s.said("oracle", "cannot publish") == 0 {
		t.Error("the collector never noticed")
	}
}

func TestKilledEngines(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.series("the engine was killed", soak.Count(6, 200), s.killEngine)
	if s.said("ingest", "trying again") == 0 {
		t.Error("ingest never noticed")
	}
}

func TestABrokerThatIsAwayForAMinute(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.series("the broker was away for 60 s", soak.Count(1, 20), func() {
		s.broker.kill()
		s.pass(time.Minute)
		s.startBroker()
	})
}

// pass lets time pass while a fault lasts.
func (s *stack) pass(d time.Duration) {
	end := time.Now().Add(d)
	s.await("the end of the fault", d+time.Minute, func() bool { return time.Now().After(end) })
}

func TestStoppedProcesses(t *testing.T) {
	t.Parallel()
	for name, which := range map[string]func(*stack) int{
		"collector": func(s *stack) int { return s.oracles[0].pid() },
		"broker":    func(s *stack) int { return s.broker.pid() },
		"ingest":    func(s *stack) int { return s.ingest.pid() },
		"engine":    func(s *stack) int { return s.engine.Pid() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.startIngest("ingest-2") // takes over from one that is stopped, which wakes up as a zombie
			c := s.series(name+" was stopped for 30 s", soak.Count(1, 5), func() {
				pid := which(s)
				sig(t, pid, syscall.SIGSTOP)
				s.pass(30 * time.Second)
				sig(t, pid, syscall.SIGCONT)
			})
			if name == "collector" && c.pauses == 0 {
				t.Error("the collector did not say that it had not been running")
			}
		})
	}
}

func sig(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	n := 0
	s.series("the network was parted", soak.Count(4, 40), func() {
		// Each of the two ways meets every kind of fault in turn.
		kind := []fault{stall, cut, oneWay, slow}[n/2%4]
		p, victim := s.toBroker, s.oracles[0].pid()
		if n++; n%2 == 0 {
			p, victim = s.toEngine, 0
		}
		before := p.happened()
		p.set(kind, victim)
		s.pass(12 * time.Second)
		p.set(passing, 0)
		if p.happened() == before {
			t.Errorf("no connection met the fault %q", kind)
		}
	})
}
