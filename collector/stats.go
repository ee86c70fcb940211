package collector

import (
	"fmt"
	"net/http"
	"sync/atomic"
)

// Stats counts what moves through a Recorder, since its start. It is an HTTP handler
// that answers in the text format of Prometheus, so that a collector needs no
// client library for eight numbers.
type Stats struct {
	// Recorded events, and what became of them.
	Recorded, Published, Refused, Unpublished, Sealed atomic.Uint64
	// Lost messages, each of them in a gap, and their bytes.
	Lost, LostBytes atomic.Uint64
	// Sessions opened and closed.
	Opened, Closed atomic.Uint64
}

// ServeHTTP writes all counters.
func (s *Stats) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for _, c := range []struct {
		name, help string
		value      *atomic.Uint64
	}{
		{"events_recorded", "Events made from what passed. It stands still while traffic flows: the recorder is stuck.", &s.Recorded},
		{"events_published", "Events that Kafka acknowledged. Falls behind events_recorded: the broker is slow or away.", &s.Published},
		{"events_refused", "Events larger than the broker takes, each named by a gap: raise max.message.bytes of the topic.", &s.Refused},
		{"events_unpublished", "Events given up at the end, in no gap: the broker was away for longer than the grace.", &s.Unpublished},
		{"messages_lost", "Messages named by gaps. Rises: the queue is full, so the broker or this host is too slow.", &s.Lost},
		{"message_bytes_lost", "Bytes of the messages named by gaps.", &s.LostBytes},
		{"sessions_opened", "Sessions that began.", &s.Opened},
		{"sessions_closed", "Sessions that ended.", &s.Closed},
	} {
		fmt.Fprintf(w, "# HELP mcptrail_collector_%s_total %s\n# TYPE mcptrail_collector_%[1]s_total counter\nmcptrail_collector_%[1]s_total %[3]d\n",
			c.name, c.help, c.value.Load())
	}
}
