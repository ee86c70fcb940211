// Package allinone runs broker, engine, ingest and query service on one machine.
//
// The one rule: nothing here is special. It starts an embedded broker and engine,
// and then the same Run functions with the same wire protocols as the separate
// programs use against Apache Kafka and a ClickHouse cluster.
package allinone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mcptrail/mcptrail/deploy/broker"
	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/ingest/daemon"
	"github.com/mcptrail/mcptrail/ingest/kafkasource"
	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/retry"
	"github.com/mcptrail/mcptrail/schema/running"
)

// Config says where the data is and where to listen.
type Config struct {
	// Data is the directory that holds everything.
	Data string
	// Listen is the address of the query service, KafkaListen of the broker.
	Listen, KafkaListen string
	// ClickHouse is a running server to use instead of an own engine; empty starts one.
	ClickHouse string
	// Spool is the directory where collectors of this host leave what they could not
	// send; empty looks after none.
	Spool string
	// Identity is the file of the key that certifies what it seals itself.
	Identity string
	// Trust is the file with the public keys by whose seals events count as verified.
	Trust string
	// Upstreams is the file with the remote servers of clients that were wrapped; empty
	// leaves them to somebody else.
	Upstreams string
	// Log takes what operators should know.
	Log *slog.Logger
	// Ready is called once, when everything answers.
	Ready func(Addresses)
}

// Addresses are where the parts answer.
type Addresses struct {
	API, Kafka, ClickHouse string
	// Link lets a browser in, once.
	Link string
}

const (
	database = "mcptrail"
	tenant   = "default"
	// partitions of the events topic: one process reads them all.
	partitions = 4
	// groupTimeout is how long the partitions stand still after a crash.
	groupTimeout = 6 * time.Second
)

// Run starts the parts, one after the other, and returns when ctx ends or one of
// them cannot go on. An engine that dies is started again. The parts that keep the
// record outlive those that feed it.
func Run(ctx context.Context, config Config) error {
	if err := os.MkdirAll(config.Data, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	listener, err := httpapi.Listen(config.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	kafka, err := filepath.Abs(filepath.Join(config.Data, "kafka.sock"))
	if err != nil {
		return err
	}
	b := broker.New(broker.Options{Dir: filepath.Join(config.Data, "broker"), Listen: config.KafkaListen, Log: config.Log,
		Socket: kafka,
		Topics: []broker.Topic{{Name: schema.TopicEvents, Partitions: partitions}, {Name: schema.TopicSeals, Partitions: 1}, {Name: schema.TopicRejected, Partitions: 1}}})
	if err := b.Start(ctx); err != nil {
		return err
	}
	defer stop(config.Log, "broker", b.Close)

	// The broker's lock on its directory is the lock on all of it.
	local, socket, err := listenLocal(config.Data)
	if err != nil {
		return err
	}
	defer socket.Close()

	e := engine.New(engine.Options{Dir: filepath.Join(config.Data, "engine"), Address: config.ClickHouse, Private: true})
	if err := e.Start(ctx); err != nil {
		return err
	}
	defer stop(config.Log, "engine", e.Close)
	if err := e.Exposed(); err != nil {
		config.Log.Warn("the engine listens on loopback, since this system gives it no network namespace: other users of this machine can make it restart, not read or write", "cause", err)
	}

	server, err := e.Options(database)
	if err != nil {
		return err
	}
	if _, err := ddl.Migrate(ctx, server, ddl.Layout{Database: database}); err != nil {
		return err
	}

	metrics := ingest.NewMetrics()
	parts, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	group, parts := errgroup.WithContext(parts)
	group.Go(func() error { return supervise(parts, e, config.Log) })
	group.Go(func() error {
		return daemon.Run(parts, daemon.Config{
			Source: kafkasource.Config{Kafka: kafkaconn.Options{Brokers: []string{b.Addr()}, Socket: kafka},
				Topics: []string{schema.TopicEvents, schema.TopicSeals}, Group: "mcptrail-ingest", SessionTimeout: groupTimeout, StartTimeout: time.Minute},
			RejectedTopic: schema.TopicRejected, ClickHouse: server, Blocks: blocks(), Metrics: metrics,
		}, config.Log)
	})
	group.Go(func() error {
		return httpapi.Run(parts, httpapi.Config{Listener: listener, Local: local, ClickHouse: server, Tenant: tenant, Trust: config.Trust, Log: config.Log,
			Stalled: func() int { return len(metrics.Troubles()) }})
	})
	at := Addresses{API: "http://" + listener.Addr().String(), Kafka: b.Addr(), ClickHouse: e.Addr()}
	at.Link = link(local, listener.Addr())
	announced := running.Parts{API: at.API, APISocket: socket.Addr().String(), Kafka: at.Kafka, KafkaSocket: kafka,
		ClickHouse: e.Addr(), ClickHouseUser: server.Auth.Username, ClickHousePassword: server.Auth.Password, PID: os.Getpid()}
	if config.ClickHouse != "" {
		announced.ClickHouse = e.DSN(database)
	}
	silence, err := running.Announce(config.Data, announced)
	if errors.Is(err, running.ErrUnlisted) {
		config.Log.Warn("programs of yours find this only with "+running.DataVariable+"="+config.Data, "cause", err)
	} else if err != nil {
		return err
	}
	defer silence()
	group.Go(func() error {
		defer stopParts()
		feeding, stop := context.WithCancel(parts)
		defer context.AfterFunc(ctx, stop)()
		return feed(feeding, config, at, kafka)
	})
	if config.Ready != nil {
		config.Ready(at)
	}
	return group.Wait()
}

// feed runs the collectors of this host, until ctx ends.
func feed(ctx context.Context, config Config, at Addresses, kafka string) error {
	group, ctx := errgroup.WithContext(ctx)
	if config.Spool != "" {
		group.Go(func() error { return ship(ctx, config, at, kafka) })
	}
	if config.Upstreams != "" {
		group.Go(func() error { return collect(ctx, config.Upstreams, at, config.Log) })
	}
	<-ctx.Done()
	return group.Wait()
}

// blocks are those of production, made visible a little sooner.
func blocks() ingest.Config {
	c := ingest.Defaults()
	c.BlockWait, c.Grace = 200*time.Millisecond, groupTimeout/2
	return c
}

// link is the address that lets a browser in, once.
func link(local *httpapi.Local, at net.Addr) string {
	host, path := local.Link()
	_, port, _ := net.SplitHostPort(at.String())
	return "http://" + net.JoinHostPort(host, port) + path
}

// supervise restarts the engine when it ends; its ports, directory and password stay, so
// that its clients only reconnect. The pause grows with engines that end soon after their
// start, and begins again after one that ran for a minute.
func supervise(ctx context.Context, e *engine.Engine, log *slog.Logger) error {
	pauses := retry.New(time.Second, 30*time.Second)
	for {
		began := time.Now()
		select {
		case <-ctx.Done():
			return nil
		case <-e.Done():
		}
		if ctx.Err() != nil {
			return nil
		}
		log.Warn("engine ended, starting it again", "cause", e.Err())
		if time.Since(began) > time.Minute {
			pauses.Reset()
		}
		if err := e.Start(ctx); err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("starting the engine again: %w", err)
		}
		if pauses.Wait(ctx) != nil {
			return nil
		}
	}
}

func stop(log *slog.Logger, part string, close func() error) {
	if err := close(); err != nil {
		log.Error("stopping", "part", part, "cause", err)
	}
}
