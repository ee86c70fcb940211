package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/web"
)

// parts are what resources are made of. Description makes them of nothing: routes are
// described without a database.
type parts struct {
	*streams
	store    *clickhouse.Store
	progress *clickhouse.Progress
	// trust and stalled are those of [Config].
	trust   string
	stalled func() int
	// stopping is closed when the service begins to stop.
	stopping <-chan struct{}
}

// resources of the service, in the order in which their routes are registered. A new
// one is a file with a type and a line here.
func (p *parts) resources() []resource {
	// Each resource gets the readers that it needs and no more: what is not handed to it here it
	// cannot read.
	r, store := p.replies, p.store
	sealed := &sealedTimelines{store.Evidence, p.trust}
	return []resource{
		&sessions{r, store.Sessions, store.Facets},
		&timelines{p.streams, store.Sessions, store.Timelines, sealed},
		&events{p.streams, store.Sessions, store.Events},
		&tail{p.streams, store.Tail, p.stopping},
		&search{r, store.Search},
		&health{store.Health, p.stalled},
		&cases{r, store.Cases, store.Sessions, store.Events},
		&trails{r, store.Trails, store.TrailTimeline, sealed},
		&trailEdits{r, store.TrailEdits, store.Trails},
		&definitions{r, store.Definitions},
		&comparisons{r, store.Comparisons},
		&flows{r, store.Sessions, store.Trails, store.Flows},
		&evidence{p.streams, store.Evidence},
		&progress{r, p.progress},
		&aggregates{r, store.Aggregates},
	}
}

// Run serves until the context ends and then stops within a bounded time. What is
// not finished by then is cut.
//
// It returns nil after an orderly stop, and an error where it could not serve. It does not
// wait for ClickHouse at the start: until that answers, reads say so.
func Run(ctx context.Context, cfg Config) error {
	// One connection for each stream, which holds it to its end, and some for what is short:
	// streams alone must not leave answers without one.
	conn, err := clickhouse.Open(cfg.ClickHouse, maxStreams+32)
	if err != nil {
		return err
	}
	// Closed last, after the access log has stopped: deferred calls run in reverse.
	defer conn.Close()
	registry := prometheus.NewRegistry()
	metrics := newMetrics(registry)
	access := newAccessLog(conn, cfg.Tenant)
	stopping := make(chan struct{})
	p := &parts{
		streams: &streams{
			replies: &replies{access: access, log: cfg.Log},
			metrics: metrics,
			slots:   make(chan struct{}, maxStreams),
		},
		store:    clickhouse.New(conn, cfg.Tenant),
		progress: clickhouse.NewProgress(conn),
		trust:    cfg.Trust,
		stalled:  cfg.Stalled,
		stopping: stopping,
	}
	// The access log outlives the answers, which wait for it.
	logging, stopLogging := context.WithCancel(context.WithoutCancel(ctx))
	logged := make(chan struct{})
	go func() { defer close(logged); access.run(logging) }()
	defer func() { stopLogging(); <-logged }()

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	register(mux, p.resources())
	// Without it an unknown address of the API would be answered with the web UI's page and 200.
	mux.Handle("GET /api/", http.NotFoundHandler())
	mux.Handle("GET /", web.New())
	// Measured on the outside: what the guard refuses is counted too.
	return serve(ctx, cfg, metrics.measured(mux, guarded(mux, cfg.AllowedHosts)), stopping)
}

// serve answers until the context ends, then closes stopping, and gives the answers
// under way stopTimeout to finish.
//
// Shutdown and Close close both listeners, so the goroutines of Serve end with it. After one
// listener failed neither is called: the other stays open until the process ends.
func serve(ctx context.Context, cfg Config, handler http.Handler, stopping chan<- struct{}) error {
	// Answers under way outlive ctx, but not the stop.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	programs := handler
	if cfg.Local != nil {
		handler, programs = cfg.Local.browsers(handler), cfg.Local.programs(handler)
	}
	server := &http.Server{
		Handler: bySocket(handler, programs),
		// No WriteTimeout: a stream may last for days, see limited. No ReadTimeout either: huma
		// bounds the time of reading a body, for each route.
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	// Capacity for both, so that neither goroutine waits for a reader that has returned.
	served := make(chan error, 2)
	go func() { served <- server.Serve(cfg.Listener) }()
	if cfg.Local != nil {
		go func() { served <- server.Serve(cfg.Local.socket) }()
	}
	cfg.Log.Info("query service listens", "address", cfg.Listener.Addr().String(), "tenant", cfg.Tenant)
	select {
	// One listener that fails ends the service: half of it would look like a fault of the client.
	case err := <-served:
		return fmt.Errorf("serving the query API: %w", err)
	case <-ctx.Done():
	}
	// Before Shutdown, which would otherwise wait for tails until its time is over.
	close(stopping)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		cfg.Log.Warn("query service stops with answers under way")
		cut()
		return server.Close()
	}
	return nil
}
