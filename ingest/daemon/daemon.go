// Package daemon runs ingest as one process does: from Kafka topics to ClickHouse,
// with its metrics on a port. The all-in-one calls the same Run.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/ingest/clickhouse"
	"github.com/mcptrail/mcptrail/ingest/kafkasource"
)

// Config of an ingest process.
type Config struct {
	Source kafkasource.Config
	// RejectedTopic gets what is no event or seal; empty leaves it to the table alone.
	RejectedTopic string
	// ClickHouse names the server and, in Auth, the database.
	ClickHouse *driver.Options
	Blocks     ingest.Config
	// Metrics to count with; nil makes some.
	Metrics *ingest.Metrics
	// Listen is where /metrics and /healthz are; empty is nowhere.
	Listen string
}

// minSession is far below what brokers allow by default, which is 6 s.
const minSession = time.Second

// Validate names the first value that cannot work.
// It connects to nothing. A session timeout of zero is the source's default.
func (c Config) Validate() error {
	if t := c.Source.SessionTimeout; t != 0 && t < minSession {
		return fmt.Errorf("session timeout of %v: want at least %v, brokers refuse less", t, minSession)
	}
	// The group waits for the session's timeout until it gives a partition to another process.
	// An insert that goes on for the grace period must have ended before that.
	if t := c.Source.SessionTimeout; t != 0 && c.Blocks.Grace > t/2 {
		return fmt.Errorf("session timeout of %v: want at least twice the %v that an insert under way may take", t, c.Blocks.Grace)
	}
	return c.Blocks.Validate()
}

// Run moves events and seals until ctx ends, and then for at most the grace period of the
// blocks. It returns an error only for what is wrong at the start; after that it
// waits for whatever is away.
//
// Parts are closed in the reverse order, once the source has returned, which is after every
// partition has stopped: nothing is stored or published through a part that is closed.
func Run(ctx context.Context, config Config, log *slog.Logger) error {
	if err := config.Validate(); err != nil {
		return err
	}
	if config.Metrics == nil {
		config.Metrics = ingest.NewMetrics()
	}
	source, err := kafkasource.New(config.Source, log)
	if err != nil {
		return err
	}
	store, err := clickhouse.New(config.ClickHouse)
	if err != nil {
		return err
	}
	defer store.Close()
	consumer := &ingest.Consumer{Config: config.Blocks, Store: store, Metrics: config.Metrics, Log: log}
	if config.RejectedTopic != "" {
		rejections, err := kafkasource.NewRejections(config.Source.Kafka, config.RejectedTopic)
		if err != nil {
			return err
		}
		defer rejections.Close()
		consumer.Publish = rejections.Publish
	}
	if err := store.Check(ctx); err != nil {
		return err
	}
	// The port answers before the first partition is assigned: /healthz is then good.
	if config.Listen != "" {
		stop, err := serve(config.Listen, consumer.Metrics, log)
		if err != nil {
			return err
		}
		defer stop()
	}
	return source.Run(ctx, consumer.Run)
}

// serve listens before it returns, so that a port that is taken ends the process at its start
// and not some time later in a log line. stop ends requests under way too: a scrape that is
// cut off costs one sample.
func serve(addr string, metrics http.Handler, log *slog.Logger) (stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening for metrics: %w", err)
	}
	server := &http.Server{Handler: metrics, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	log.Info("metrics and health", "addr", l.Addr().String())
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serving metrics", "cause", err)
		}
	}()
	return func() { server.Close() }, nil
}
