// Package broker is a Kafka-protocol broker within the process, for one
// machine.
//
// The one rule: what it has acknowledged is synced to disk and survives a
// killed process, so that clients may treat it as they treat Apache Kafka.
//
// One thing it does not do: a member of a consumer group that dies between
// joining and syncing keeps its partitions until another member joins.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/mcptrail/mcptrail/deploy/dirlock"
	"github.com/mcptrail/mcptrail/deploy/socket"
)

const (
	// maxMessageBytes is the largest batch a topic accepts.
	maxMessageBytes = 16 << 20
	// segmentBytes is what retention frees at once.
	segmentBytes = 64 << 20
	// retentionTime is how long records are kept at most.
	retentionTime = 7 * 24 * time.Hour
	// retentionInterval is how far retention may lag behind.
	retentionInterval = time.Minute
	// minSession is the shortest session time-out a group member may ask for.
	minSession = time.Second
)

// Options say where a broker keeps its data and where it listens.
type Options struct {
	// Dir holds topics and groups. One broker at a time may use it.
	Dir string
	// Listen is host:port on 127.0.0.1; port 0, or an empty string, picks a
	// free port.
	Listen string
	// Advertise is host:port where clients are told to connect, if something stands
	// before the broker; empty is where it listens.
	Advertise string
	// MaxBytes bounds what a partition keeps, to within a segment of 64 MiB and
	// what arrives in a minute. Zero is 1 GiB.
	MaxBytes int64
	// Topics exist when Start returns. One that exists already stays as it is.
	Topics []Topic
	// Socket is the path of a unix socket to listen at instead of a port; clients are told
	// Listen all the same, and have to know the socket. Whoever may write to it is let in.
	Socket string
	// Log takes the broker's warnings. Nil discards them.
	Log *slog.Logger
}

// Topic is a topic to make.
type Topic struct {
	Name       string
	Partitions int
	// Configs are Kafka topic settings, over those of the broker.
	Configs map[string]string
}

// Broker is one broker in one directory. Its methods are for one goroutine.
type Broker struct {
	opts    Options
	cluster *kfake.Cluster
	lock    *os.File
	addr    string
}

// New builds a broker and does nothing else.
func New(opts Options) *Broker {
	return &Broker{opts: opts}
}

// Start returns when the broker listens and its topics exist.
func (b *Broker) Start(_ context.Context) error {
	if err := b.start(); err != nil {
		b.Close()
		return fmt.Errorf("starting the broker: %w", err)
	}
	return nil
}

func (b *Broker) start() error {
	port, err := loopbackPort(b.opts.Listen)
	if err != nil {
		return err
	}
	if b.lock, err = dirlock.Acquire(b.opts.Dir); err != nil {
		return err
	}
	options := []kfake.Opt{
		kfake.ClusterID("mcptrail"),
		kfake.Ports(port),
		kfake.ListenFn(b.listen),
		kfake.DataDir(filepath.Join(b.opts.Dir, "data")),
		kfake.SyncWrites(),
		kfake.GroupMinSessionTimeout(minSession),
		kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": millis(retentionInterval)}),
		kfake.WithLogger(logger{b.opts.Log}),
	}
	b.cluster, err = kfake.NewCluster(options...)
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "listen" {
		return fmt.Errorf("port %d is not free: %w", port, err)
	}
	if err != nil {
		return err
	}
	b.addr = b.cluster.ListenAddrs()[0]
	for _, t := range b.opts.Topics {
		if err := b.CreateTopic(t); err != nil {
			return err
		}
	}
	return nil
}

// listen listens, and has clients be told the advertised address.
func (b *Broker) listen(network, address string) (net.Listener, error) {
	advertise := b.opts.Advertise
	var l net.Listener
	var err error
	if b.opts.Socket != "" {
		l, err = socket.Listen(b.opts.Socket)
		if advertise == "" {
			advertise = address
		}
	} else {
		l, err = net.Listen(network, address)
	}
	if err != nil {
		return nil, err
	}
	l = framed{l}
	if advertise == "" {
		return l, nil
	}
	addr, err := net.ResolveTCPAddr("tcp", advertise)
	if err != nil {
		l.Close()
		return nil, err
	}
	return advertised{l, addr}, nil
}

// advertised is a listener that is reached at another address.
type advertised struct {
	net.Listener
	addr net.Addr
}

func (a advertised) Addr() net.Addr { return a.addr }

// CreateTopic makes a topic, or leaves the one that has its name as it is.
func (b *Broker) CreateTopic(t Topic) error {
	maxBytes := b.opts.MaxBytes
	if maxBytes == 0 {
		maxBytes = 1 << 30
	}
	configs := map[string]string{
		"max.message.bytes": strconv.Itoa(maxMessageBytes),
		"segment.bytes":     strconv.Itoa(segmentBytes),
		"retention.bytes":   strconv.FormatInt(maxBytes, 10),
		"retention.ms":      millis(retentionTime),
	}
	for name, value := range t.Configs {
		configs[name] = value
	}
	err := b.cluster.CreateTopic(t.Name, int32(t.Partitions), configs)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("creating topic %s: %w", t.Name, err)
	}
	return nil
}

// Addr is host:port, known after Start.
func (b *Broker) Addr() string { return b.addr }

// Close ends the broker's connections and gives the directory back.
func (b *Broker) Close() error {
	if b.cluster != nil {
		b.cluster.Close()
		b.cluster = nil
	}
	if b.lock == nil {
		return nil
	}
	defer func() { b.lock = nil }()
	return b.lock.Close()
}

// loopbackPort refuses every other interface: the broker speaks no TLS.
func loopbackPort(listen string) (int, error) {
	if listen == "" {
		return 0, nil
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return 0, fmt.Errorf("reading the listen address: %w", err)
	}
	if host != "127.0.0.1" && host != "localhost" {
		return 0, fmt.Errorf("listening on %s: the embedded broker listens on 127.0.0.1 only", listen)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("reading the port of %s: %w", listen, err)
	}
	return int(n), nil
}

func millis(d time.Duration) string {
	return strconv.FormatInt(d.Milliseconds(), 10)
}

// logger passes warnings on: they tell of files and offsets, never of records.
type logger struct{ to *slog.Logger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	if l.to == nil || level > kfake.LogLevelWarn {
		return
	}
	l.to.Warn("broker: " + fmt.Sprintf(format, args...))
}
