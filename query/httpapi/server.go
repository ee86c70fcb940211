package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/web"
)

// server is what the routes share.
type server struct {
	store   *clickhouse.Store
	stored  *clickhouse.Progress
	trust   string
	access  *accessLog
	metrics *metrics
	stalled func() int
	log     *slog.Logger
	// streams has a place for each stream that may be open.
	streams chan struct{}
	// stopping is closed when a stop began: tails end then, answers go on.
	stopping chan struct{}
}

// Run serves until the context ends and then stops within a bounded time. What is
// not finished by then is cut.
func Run(ctx context.Context, cfg Config) error {
	conn, err := clickhouse.Open(cfg.ClickHouse, maxStreams+32)
	if err != nil {
		return err
	}
	defer conn.Close()
	registry := prometheus.NewRegistry()
	s := &server{
		store:    clickhouse.New(conn, cfg.Tenant),
		stored:   clickhouse.NewProgress(conn),
		trust:    cfg.Trust,
		access:   newAccessLog(conn, cfg.Tenant),
		metrics:  newMetrics(registry),
		stalled:  cfg.Stalled,
		log:      cfg.Log,
		streams:  make(chan struct{}, maxStreams),
		stopping: make(chan struct{}),
	}
	logging, stopLogging := context.WithCancel(context.WithoutCancel(ctx))
	logged := make(chan struct{})
	go func() { defer close(logged); s.access.run(logging) }()
	defer func() { stopLogging(); <-logged }()

	// Answers under way outlive ctx, but not the stop.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s.register(mux)
	mux.Handle("GET /api/", http.NotFoundHandler())
	mux.Handle("GET /", web.New())
	web := &http.Server{
		Handler:           s.measured(mux, guarded(mux, cfg.AllowedHosts)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
		BaseContext:       baseContext(base),
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(cfg.Listener) }()
	cfg.Log.Info("query service listens", "address", cfg.Listener.Addr().String(), "tenant", cfg.Tenant)
	select {
	case err := <-served:
		return fmt.Errorf("serving the query API: %w", err)
	case <-ctx.Done():
	}
	close(s.stopping)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := web.Shutdown(grace); err != nil {
		cfg.Log.Warn("query service stops with answers under way")
		cut()
		return web.Close()
	}
	return nil
}

// Description is the OpenAPI document of the service.
func Description() []byte { return new(server).register(http.NewServeMux()) }

// register makes the routes and returns their description.
func (s *server) register(mux *http.ServeMux) []byte {
	api := humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "mcptrail", Version: "1",
				Description: "The record of what AI agents did over MCP. Times are UTC. Errors are application/problem+json with a sentence in `detail`."},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)},
		},
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{sentence},
	})
	words := api.OpenAPI().Components.Schemas
	describeWords(words)
	s.routes(api)
	describeFlags(words)
	// Made once, here: huma would make it at the first request, unguarded.
	description, err := json.Marshal(api.OpenAPI())
	if err != nil {
		panic(fmt.Sprintf("describing the API: %v", err)) // a mistake in the routes' types
	}
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(description)
	})
	return description
}
