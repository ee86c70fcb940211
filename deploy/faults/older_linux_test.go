package faults

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/schema"
)

// An older copy of a part lacks what came since. Each test puts one back and expects
// everything that another part still has.

// copyAll copies a directory whatever lies in it, as a backup does.
func (s *stack) copyAll(from, to string) {
	s.t.Helper()
	if out, err := exec.CommandContext(s.t.Context(), "cp", "-a", from, to).CombinedOutput(); err != nil {
		s.t.Fatalf("copying %s: %v: %s", from, err, out)
	}
}

// putBack replaces a directory by a copy of it.
func (s *stack) putBack(dir, from string) {
	s.t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		s.t.Fatal(err)
	}
	s.copyAll(from, dir)
}

// stopEngine ends the engine as kill -9 does.
func (s *stack) stopEngine() {
	s.t.Helper()
	if err := syscall.Kill(s.engine.Pid(), syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	<-s.engine.Done()
}

// TestAnOlderCopyOfTheStore is put back under an ingest that goes on: the spools are empty
// by then, Kafka has what is missing. Then under one that is away.
func TestAnOlderCopyOfTheStore(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	data, n := s.dir+"/engine", 0
	older := func(meanwhile func()) {
		n++
		backup := s.dir + "/store-" + strings.Repeat("i", n)
		s.stopEngine()
		s.copyAll(data, backup)
		s.startEngine()
		o := s.oracles[len(s.oracles)-1]
		s.more(o, 300)
		s.visible()
		meanwhile()
		s.stopEngine()
		s.putBack(data, backup)
		s.startEngine()
	}
	s.series("an older copy of the store was put back", soak.Count(1, 20), func() { older(func() {}) })
	o := s.startOracle(nil)
	s.more(o, 100)
	older(func() { s.ingest.kill() })
	s.ingest = s.startIngest("ingest")
	s.await("doctor to say what happened", recovery, func() bool {
		return strings.Contains(s.doctorSays(), "were missing in the tables")
	})
	took := s.visible()
	s.finish(o)
	if c := s.check(); c.named > 0 || c.lost > 0 {
		t.Errorf("something was lost: %+v", c)
	}
	t.Logf("while ingest was away: everything visible after %v", took.Round(time.Millisecond))
}

// TestAnOlderCopyOfTheSpool is put back under the next collector: what it holds is stored
// already, and what it lacks had been published.
func TestAnOlderCopyOfTheSpool(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	var times sum
	n := 0
	for range soak.Count(1, 20) {
		n++
		backup := s.dir + "/spool-" + strings.Repeat("i", n)
		o := s.startOracle(nil)
		s.more(o, 100)
		s.ingest.kill() // so that the spool keeps everything
		s.more(o, 100)
		s.copyAll(s.spool, backup)
		had := s.logEnd()
		s.more(o, 100)
		s.await("the broker to have what comes next", recovery, func() bool { return s.logEnd() >= had+100 })
		o.die()
		s.ingest = s.startIngest("ingest")
		s.finish(s.startOracle(nil)) // sends what the dead one left
		s.putBack(s.spool, backup)
		next := s.startOracle(nil)
		s.more(next, 50)
		times.add(s.visible())
		s.finish(next)
	}
	times.log(t, "an older copy of the spool was put back")
	if c := s.check(); c.named > 0 || c.lost > 0 {
		t.Errorf("something was lost: %+v", c)
	} else {
		t.Logf("%d rows are there again, as a reader never sees them", c.repeated)
	}
}

// TestRetentionThatTakesWhatWasNotRead has the broker delete records while ingest is away.
func TestRetentionThatTakesWhatWasNotRead(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.series("retention took unread records", soak.Count(1, 20), func() {
		s.ingest.kill()
		had := s.logEnd()
		s.more(s.oracles[len(s.oracles)-1], 200)
		s.await("the broker to have them", recovery, func() bool { return s.logEnd() >= had+100 })
		s.deleteRecords()
		s.ingest = s.startIngest("ingest")
	})
	if says := s.doctorSays(); !strings.Contains(says, "were gone before they were read") {
		t.Errorf("doctor says nothing of it:\n%s", says)
	}
	s.await("status to say that all is well", recovery, func() bool {
		return !strings.Contains(s.statusSays(), "lost what it had acknowledged")
	})
}

// deleteRecords takes everything from the topic of events, as retention does.
func (s *stack) deleteRecords() {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokerAt))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	request := kmsg.NewPtrDeleteRecordsRequest()
	request.TimeoutMillis = 10_000
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic = schema.TopicEvents
	for id := range int32(partitions) {
		p := kmsg.NewDeleteRecordsRequestTopicPartition()
		p.Partition, p.Offset = id, -1 // up to the end
		topic.Partitions = append(topic.Partitions, p)
	}
	request.Topics = append(request.Topics, topic)
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	if _, err := request.RequestWith(ctx, client); err != nil {
		s.t.Fatalf("deleting records: %v", err)
	}
}
