package collector

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/mcptrail/mcptrail/collector/journal"
)

// Stats counts what moves through a Recorder, since its start. It is an HTTP handler
// that answers in the text format of Prometheus, so that a collector needs no
// client library for ten numbers.
type Stats struct {
	journal.Stats
	// Published, Refused and Unpublished are what became of the records.
	Published, Refused, Unpublished atomic.Uint64
}

// Counter is one line of metrics.
type Counter struct {
	// Name without what all have in common, Help for the person on call.
	Name, Help string
	Value      *atomic.Uint64
}

// Write writes the counter in the text format of Prometheus.
func (c Counter) Write(w io.Writer) {
	fmt.Fprintf(w, "# HELP mcptrail_collector_%s_total %s\n# TYPE mcptrail_collector_%[1]s_total counter\nmcptrail_collector_%[1]s_total %[3]d\n",
		c.Name, c.Help, c.Value.Load())
}

// ServeHTTP writes all counters.
func (s *Stats) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for _, c := range []Counter{
		{"events_recorded", "Events made from what passed. It stands still while traffic flows: the recorder is stuck.", &s.Recorded},
		{"seals", "Seals made. Fewer than one a minute: the recorder is stuck.", &s.Sealed},
		{"records_spooled", "Events and seals that are on disk. Falls behind events_recorded: the disk is slow or full.", &s.Published},
		{"records_refused", "Events and seals for which the spool had no capacity, each named by a gap: the store, the broker or the receipts are away, or --spool-bytes is small.", &s.Refused},
		{"events_unpublished", "Events given up at the end, in no gap: the spool could not be written for longer than the grace.", &s.Unpublished},
		{"messages_lost", "Messages named by gaps. Rises: the queue or the spool is full, so the broker, the store or this host is too slow.", &s.Lost},
		{"message_bytes_lost", "Bytes of the messages named by gaps.", &s.LostBytes},
		{"messages_left_out", "Messages of which the capture policy allows no event (level none).", &s.Excluded},
		{"sessions_opened", "Sessions that began.", &s.Opened},
		{"sessions_closed", "Sessions that ended.", &s.Closed},
	} {
		c.Write(w)
	}
}
