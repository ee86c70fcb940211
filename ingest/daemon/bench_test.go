package daemon_test

import (
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/testbed"
)

// BenchmarkKafkaToClickHouse gives the events that one core of an ingest process
// moves in a second, and the events per second beside broker and engine on the
// same machine. Run it with -benchtime 300000x.
func BenchmarkKafkaToClickHouse(b *testing.B) {
	brokers, topic := testbed.Topic(b, 2)
	bench := newBench(b, brokers, topic)
	bench.config.Blocks.BlockWait = 500 * time.Millisecond
	var all []kafka.Message
	for range (b.N + 999) / 1000 {
		all = append(all, messages(session(1000))...)
	}
	size := 0
	for _, m := range all {
		size += len(m.Value)
	}
	bench.produce(all...)
	b.ResetTimer()
	p := bench.process(bench.dsn(bench.config.ClickHouse.Addr[0]))
	bench.await("all events", 10*time.Minute, func() bool { return bench.number("(SELECT count() FROM events)") == int64(len(all)) })
	b.StopTimer()
	if err := p.stop(); err != nil {
		b.Errorf("stopping ingest: %v", err)
	}
	cpu := p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	b.ReportMetric(float64(len(all))/cpu.Seconds(), "events/cpu-s")
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(size)/float64(len(all)), "B/event")
}
