package recording

import (
	"fmt"
	"net/http"

	"github.com/mcptrail/mcptrail/collector"
)

// ServeHTTP writes all counters in the text format of Prometheus.
// It may be called from any goroutine and before Run: what needs the spool is missing until
// the spool is open.
func (r *Recording) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.Recorder.Stats().ServeHTTP(w, request)
	s := &r.shipper.Stats
	for _, c := range []collector.Counter{
		{Name: "records_published", Help: "Events and seals that Kafka acknowledged, repeats included. Falls behind events_recorded: the broker is slow or away.", Value: &s.Published},
		{Name: "records_stored", Help: "Events and seals freed because the store has them. Stands still while records_published grows: no receipts, look at --receipts and at ingest.", Value: &s.Stored},
		{Name: "records_damaged", Help: "Events and seals that the spool or the broker lost, each named in the record. Must stay 0: look at the disk.", Value: &s.Lost},
		{Name: "torn_ends", Help: "Ends of dead collectors' spools that a crash cut off. Nothing that was promised is lost by them.", Value: &s.Torn},
		{Name: "rewinds", Help: "Times that everything unfreed was published again: the broker forgot what it had acknowledged.", Value: &s.Rewinds},
	} {
		c.Write(w)
	}
	fmt.Fprintf(w, "# HELP mcptrail_collector_messages_unrecorded Messages that passed and are neither recorded nor in a gap on disk yet. Not 0 for long: the spool is full or its disk is.\n"+
		"# TYPE mcptrail_collector_messages_unrecorded gauge\nmcptrail_collector_messages_unrecorded %d\n", r.config.Collector.Unsynced.Lost())
	if opened := r.spool.Spool(); opened != nil {
		collector.Counter{Name: "spool_replaced", Help: "Times that the spool's directory was removed or replaced under the collector, and made again. Must stay 0: find out who removes it.",
			Value: &opened.Stats().Replaced}.Write(w)
	}
}
