package ingest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Why a block was cut.
const (
	cutOffset = "offset"
	cutBytes  = "bytes"
	cutTime   = "time"
)

// Metrics is everything that ingest counts, in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry

	records      prometheus.Counter
	events       prometheus.Counter
	seals        prometheus.Counter
	rejected     prometheus.Counter
	known        prometheus.Counter
	missed       prometheus.Counter
	storeLost    prometheus.Counter
	logsReplaced prometheus.Counter
	blocks       *prometheus.CounterVec
	retries      prometheus.Counter
	commitErrors prometheus.Counter
	store        prometheus.Histogram
	assigned     prometheus.Gauge
	lag          *prometheus.GaugeVec

	// mu guards troubles, for the time of a map access.
	mu sync.Mutex
	// troubles holds, by partition, the cause of the failure that is being
	// retried; empty when all is well.
	troubles map[string]string
}

// NewMetrics makes a set of counters at zero.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), troubles: map[string]string{}}
	f := promauto.With(m.registry)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "mcptrail_ingest_" + name, Help: help})
	}
	m.records = counter("records_total", "Records read from Kafka. Flat while producers are busy means that ingest does not get at them: see paused_partitions and the log.")
	m.events = counter("events_stored_total", "Events stored in ClickHouse and acknowledged by it.")
	m.seals = counter("seals_stored_total", "Seals stored in ClickHouse and acknowledged by it. Flat for a minute while collectors run means that nothing new can be proven: look at the collectors.")
	m.rejected = counter("rejected_total", "Records that are no valid event or seal; kept in table and topic rejected. Any growth means a broken or forged producer: look at the reasons in the table.")
	m.known = counter("already_stored_total", "Records read again that were stored before. Some after a restart or rebalance are normal.")
	m.missed = counter("missed_offsets_total", "Offsets that Kafka no longer had when they were due. Must stay 0: retention is too short for the lag, or a topic was tampered with.")
	m.storeLost = counter("store_behind_total", "Times that ClickHouse held less than had been stored. Must stay 0: rows or a whole table vanished.")
	m.logsReplaced = counter("logs_replaced_total", "Times that a topic had another log than before: made anew, cut short, or replaced by an older copy. Nothing is lost by it as long as the collectors' spools are there; find out who did it.")
	m.retries = counter("retries_total", "Failed steps that are tried again. A steady rise goes with paused_partitions.")
	m.commitErrors = counter("commit_errors_total", "Offset commits that Kafka refused. Some at a rebalance are normal; nothing is lost by them.")
	m.blocks = f.NewCounterVec(prometheus.CounterOpts{Name: "mcptrail_ingest_blocks_total",
		Help: "Inserts, by what ended the block: offset (full, the normal case under load), time (slow traffic) or bytes (large messages)."}, []string{"cut"})
	m.store = f.NewHistogram(prometheus.HistogramOpts{Name: "mcptrail_ingest_store_seconds",
		Help: "Time to store a block, retries included. Above a second ClickHouse is the bottleneck or away.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 14)})
	m.assigned = f.NewGauge(prometheus.GaugeOpts{Name: "mcptrail_ingest_assigned_partitions",
		Help: "Partitions that this process moves. The sum over all processes must be the topics' partition count."})
	m.lag = f.NewGaugeVec(prometheus.GaugeOpts{Name: "mcptrail_ingest_lag_records",
		Help: "Records in Kafka that are not yet read, by partition. Rising without end: add processes or partitions."}, []string{"topic", "partition"})
	f.NewGaugeFunc(prometheus.GaugeOpts{Name: "mcptrail_ingest_paused_partitions",
		Help: "Partitions that stand still because ClickHouse or Kafka does not answer. Above 0 for a minute: bring the server back; nothing else is to be done."},
		func() float64 { return float64(len(m.Troubles())) })
	return m
}

func (m *Metrics) stored(b *Block, cut string, took time.Duration) {
	m.events.Add(float64(len(b.Events)))
	m.seals.Add(float64(len(b.Seals)))
	m.blocks.WithLabelValues(cut).Inc()
	m.store.Observe(took.Seconds())
}

// trouble notes why a partition stands still; nil is that it moves.
func (m *Metrics) trouble(topic string, partition int, cause error) {
	key := fmt.Sprintf("%s/%d", topic, partition)
	m.mu.Lock()
	defer m.mu.Unlock()
	if cause == nil {
		delete(m.troubles, key)
		return
	}
	m.troubles[key] = cause.Error()
}

// Troubles lists the partitions that stand still, each with the cause.
func (m *Metrics) Troubles() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for partition, cause := range m.troubles {
		all = append(all, partition+": "+cause)
	}
	slices.Sort(all)
	return all
}

// partitionMetrics are what is counted for one partition while it is assigned.
type partitionMetrics struct {
	*Metrics
	labels []string
}

func (m *Metrics) partition(topic string, id int) partitionMetrics {
	m.assigned.Inc()
	return partitionMetrics{m, []string{topic, strconv.Itoa(id)}}
}

func (p partitionMetrics) behind(n int64) {
	p.lag.WithLabelValues(p.labels...).Set(float64(max(n, 0)))
}

func (p partitionMetrics) lost() {
	p.assigned.Dec()
	p.lag.DeleteLabelValues(p.labels...)
}

// ServeHTTP answers /metrics, and /healthz with 503 while a partition stands still.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/metrics":
		promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	case "/healthz":
		troubles := m.Troubles()
		if len(troubles) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		for _, t := range troubles {
			fmt.Fprintln(w, t)
		}
		if len(troubles) == 0 {
			fmt.Fprintln(w, "ok")
		}
	default:
		http.NotFound(w, r)
	}
}
