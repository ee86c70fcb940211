package collector

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
)

// Stats counts what moves through a Recorder, since its start. It is an HTTP handler
// that answers in the text format of Prometheus, so that a collector needs no
// client library for ten numbers.
type Stats struct {
	journal.Stats
	// Published, Refused and Unpublished are what became of the records.
	Published, Refused, Unpublished atomic.Uint64
	// traffic is what it waited for capacity, at most maxWait a message.
	traffic *observe.Stats
	maxWait time.Duration
}

// Counter is one line of metrics.
type Counter struct {
	// Name without what all have in common, Help for the person on call.
	Name, Help string
	Value      *atomic.Uint64
	// Seconds is set where Value counts nanoseconds; it is written in seconds.
	Seconds bool
}

// Write writes the counter in the text format of Prometheus.
func (c Counter) Write(w io.Writer) {
	value := fmt.Sprint(c.Value.Load())
	if c.Seconds {
		value = seconds(time.Duration(c.Value.Load()))
	}
	fmt.Fprintf(w, "# HELP mcptrail_collector_%s_total %s\n# TYPE mcptrail_collector_%[1]s_total counter\nmcptrail_collector_%[1]s_total %[3]s\n",
		c.Name, c.Help, value)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// ServeHTTP writes all counters.
func (s *Stats) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for _, c := range []Counter{
		{Name: "events_recorded", Help: "Events made from what passed. It stands still while traffic flows: the recorder is stuck.", Value: &s.Recorded},
		{Name: "seals", Help: "Seals made. Fewer than one a minute: the recorder is stuck.", Value: &s.Sealed},
		{Name: "records_spooled", Help: "Events and seals that are on disk. Falls behind events_recorded: the disk is slow or full.", Value: &s.Published},
		{Name: "records_refused", Help: "Events and seals for which the spool had no capacity, each named by a gap: the store, the broker or the receipts are away, or --spool-bytes is small.", Value: &s.Refused},
		{Name: "events_unpublished", Help: "Events given up at the end, in no gap: the spool could not be written for longer than the grace.", Value: &s.Unpublished},
		{Name: "messages_lost", Help: "Messages named by gaps. Rises: the queue or the spool is full, so the broker, the store or this host is too slow.", Value: &s.Lost},
		{Name: "message_bytes_lost", Help: "Bytes of the messages named by gaps.", Value: &s.LostBytes},
		{Name: "messages_left_out", Help: "Messages of which the capture policy allows no event (level none).", Value: &s.Excluded},
		{Name: "messages_waited", Help: "Messages that waited for the record: for capacity, or with --on-full=block for the disk. Rises with --on-full=wait: the disk or this host is slower than the traffic, which is slowed down.", Value: &s.traffic.Waits},
		{Name: "message_wait_seconds", Help: "Time that messages waited for the record, in sum. Divided by messages_waited it is what each was delayed.", Value: &s.traffic.Waited, Seconds: true},
		{Name: "message_waits_expired", Help: "Messages that waited for all of --max-wait. They are recorded while half of the queue is free for them. Rises: the disk stalls; what finds no capacity then is in messages_lost.", Value: &s.traffic.Expired},
		{Name: "sessions_opened", Help: "Sessions that began.", Value: &s.Opened},
		{Name: "sessions_closed", Help: "Sessions that ended.", Value: &s.Closed},
	} {
		c.Write(w)
	}
	fmt.Fprintf(w, "# HELP mcptrail_collector_max_wait_seconds How long a message waits for capacity at most (--max-wait).\n"+
		"# TYPE mcptrail_collector_max_wait_seconds gauge\nmcptrail_collector_max_wait_seconds %s\n", seconds(s.maxWait))
}
