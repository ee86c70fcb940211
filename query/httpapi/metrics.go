package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of a query service.
// Prometheus's own types are safe for concurrent use; nothing else is in here.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  prometheus.Gauge
	events   prometheus.Counter
}

// The registry is the caller's, one for each service: a global one would refuse the second
// service of a process.
func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcptrail_query_requests_total",
			Help: "Requests answered, by route and HTTP status. 5xx means people cannot read the record; 499 that an answer was cut short, by its reader or by a failure that the log has."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "mcptrail_query_request_seconds",
			Help:    "Time until the answer was complete, by route. Tails last as long as somebody watches.",
			Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"route"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "mcptrail_query_streams",
			Help: "Event streams and tails open now. New ones are refused when all places are taken."}),
		events: prometheus.NewCounter(prometheus.CounterOpts{Name: "mcptrail_query_events_sent_total",
			Help: "Events sent in streams and tails."}),
	}
	registry.MustRegister(m.requests, m.seconds, m.streams, m.events)
	return m
}

// measured counts every request under the pattern that the mux has for it.
func (m *metrics) measured(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := mux.Handler(r)
		// The pattern and never the path: ids in a label would make series without end.
		if route == "" {
			route = "none"
		}
		// 200 is what net/http sends where a handler writes no status.
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		began := time.Now()
		defer func() {
			// What was cut short ends in a panic, here to cut the connection too.
			broken := recover()
			if broken != nil {
				status.status = statusGone
			}
			m.requests.WithLabelValues(route, strconv.Itoa(status.status)).Inc()
			m.seconds.WithLabelValues(route).Observe(time.Since(began).Seconds())
			if broken != nil && r.Context().Err() != nil {
				broken = http.ErrAbortHandler // the reader left, nobody need read why
			}
			if broken != nil {
				panic(broken)
			}
		}()
		// Here and not in a handler: every route then has a reader for the access log.
		by := reader{route: route, who: who(r), uri: r.RequestURI}
		next.ServeHTTP(status, r.WithContext(context.WithValue(r.Context(), requestKey{}, by)))
	})
}

// who is the reader's name in the access log. There is no login yet. Grafana names the
// viewer of a panel in a header; anybody can send that header, so the name has its source
// in front and the address behind it.
func who(r *http.Request) string {
	name := "anonymous"
	// Bounded and made valid here, since it goes into a table as it is.
	if viewer := r.Header.Get("X-Grafana-User"); viewer != "" {
		name = "grafana:" + strings.ToValidUTF8(viewer[:min(len(viewer), maxViewer)], "")
	}
	from := hostname(r.RemoteAddr)
	if from == "" || strings.HasPrefix(from, "@") {
		from = "local" // a unix socket's other side has no name
	}
	return name + "@" + from
}

// maxViewer bounds a viewer's name in the access log, in bytes.
const maxViewer = 200

// statusWriter remembers the status of an answer.
// One goroutine uses it, that of its request.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader keeps the status for the metrics.
func (w *statusWriter) WriteHeader(status int) {
	// The last one counts; an interim status comes before it.
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// requestKey is the context key of the reader.
type requestKey struct{}

// reader is who reads what: the pattern of the route, the name for the access log, and the
// URI as it was sent.
type reader struct{ route, who, uri string }

// readerOf is the reader of a request, empty outside of one.
func readerOf(ctx context.Context) reader {
	r, _ := ctx.Value(requestKey{}).(reader)
	return r
}

func routeOf(ctx context.Context) string { return readerOf(ctx).route }
