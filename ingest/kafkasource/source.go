// Package kafkasource gives partitions of Kafka topics to whoever moves them.
//
// The one rule: a partition is read and committed only through the generation of
// the consumer group that assigned it. kafka-go's Reader is not used: with a group
// it commits messages of one generation under the next, and without one it skips
// silently what the log has lost.
package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	_ "github.com/segmentio/kafka-go/gzip"
	_ "github.com/segmentio/kafka-go/lz4"
	_ "github.com/segmentio/kafka-go/snappy"
	_ "github.com/segmentio/kafka-go/zstd"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// Config of a source.
type Config struct {
	Kafka kafkaconn.Options
	// Topics to read; all must exist.
	Topics []string
	// Group is the consumer group that shares the topics' partitions.
	Group string
	// SessionTimeout is how long the group waits for a process that fell silent,
	// and at a rebalance for one that still has an insert under way; zero is 30 s.
	// A dead process's partitions stand still for as long.
	SessionTimeout time.Duration
	// StartTimeout is how long Run waits for brokers at its start.
	StartTimeout time.Duration
}

// Source reads topics as a member of a consumer group.
type Source struct {
	config Config
	dialer *kafka.Dialer
	log    *slog.Logger
}

// New makes a source. It does not connect.
func New(config Config, log *slog.Logger) (*Source, error) {
	dialer, err := config.Kafka.Dialer()
	if err != nil {
		return nil, err
	}
	if config.SessionTimeout == 0 {
		config.SessionTimeout = 30 * time.Second
	}
	return &Source{config: config, dialer: dialer, log: log}, nil
}

// Run joins the group and calls move for each assigned partition, in a goroutine
// of its own, with a context that ends with the assignment. It waits until every
// move has returned, leaves the group, and returns once ctx has ended. Only what
// is wrong at the start is an error.
func (s *Source) Run(ctx context.Context, move func(ctx context.Context, topic string, partition int, committed int64, p ingest.Partition)) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: s.config.Group, Brokers: s.config.Kafka.Brokers, Dialer: s.dialer, Topics: s.config.Topics,
		SessionTimeout: s.config.SessionTimeout, RebalanceTimeout: s.config.SessionTimeout, HeartbeatInterval: s.config.SessionTimeout / 10,
		JoinGroupBackoff: time.Second, WatchPartitionChanges: true, PartitionWatchInterval: 10 * time.Second,
		StartOffset: kafka.FirstOffset, Timeout: min(max(s.config.SessionTimeout/3, 2*time.Second), 10*time.Second),
	})
	if err != nil {
		return fmt.Errorf("joining group %s: %w", s.config.Group, err)
	}
	// Close waits for the moves of the last generation and leaves the group.
	defer group.Close()
	for {
		generation, err := group.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			// A fresh broker has no coordinator yet; the group tries again by itself.
			s.log.Warn("waiting for the consumer group", "group", s.config.Group, "cause", s.config.Kafka.Explain(err))
			continue
		}
		for _, topic := range s.config.Topics {
			s.log.Info("joined the consumer group", "group", s.config.Group, "generation", generation.ID, "topic", topic, "partitions", len(generation.Assignments[topic]))
			for _, a := range generation.Assignments[topic] {
				generation.Start(func(ctx context.Context) {
					p := &partition{source: s, topic: topic, id: a.ID, generation: generation}
					defer p.close()
					move(ctx, p.topic, p.id, a.Offset, p)
				})
			}
		}
	}
}

// reach waits until a broker answers with the partitions of every topic.
func (s *Source) reach(ctx context.Context) error {
	timeout, cancel := context.WithTimeout(ctx, max(s.config.StartTimeout, time.Second))
	defer cancel()
	for {
		var err error
		for i := 0; err == nil && i < len(s.config.Topics); i++ {
			err = s.config.Kafka.Check(timeout, s.config.Topics[i])
		}
		refused := errors.Is(err, kafka.SASLAuthenticationFailed) || errors.Is(err, kafka.UnsupportedSASLMechanism)
		if err == nil || refused || timeout.Err() != nil {
			return err
		}
		s.log.Warn("waiting for Kafka", "cause", err)
		select {
		case <-timeout.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

const (
	// fetchBytes is how much one fetch asks for; a larger record comes alone.
	fetchBytes = 4 << 20
	// silence is how long a broker may take beyond what it was asked to wait.
	silence = 10 * time.Second
)

// partition is an assigned partition. The connection is made when needed and
// given up after any error, since the leader may be another one next time.
type partition struct {
	source     *Source
	topic      string
	id         int
	generation *kafka.Generation
	conn       *kafka.Conn
}

func (p *partition) Commit(next int64) error {
	return p.generation.CommitOffsets(map[string]map[int]int64{p.topic: {p.id: next}})
}

func (p *partition) Bounds(ctx context.Context) (first, end int64, err error) {
	err = p.do(ctx, silence, func(c *kafka.Conn) error {
		first, end, err = c.ReadOffsets()
		return err
	})
	return first, end, err
}

func (p *partition) Fetch(ctx context.Context, offset int64, wait time.Duration) (records []ingest.Record, end int64, err error) {
	err = p.do(ctx, wait+silence, func(c *kafka.Conn) error {
		if _, err := c.Seek(offset, kafka.SeekAbsolute|kafka.SeekDontCheck); err != nil {
			return err
		}
		batch := c.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: fetchBytes, MaxWait: wait})
		end = batch.HighWaterMark()
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break
			}
			if len(records)%1024 == 0 {
				_ = c.SetReadDeadline(time.Now().Add(silence))
			}
			records = append(records, ingest.Record{Offset: m.Offset, Key: m.Key, Value: m.Value, Time: m.Time})
		}
		if err := batch.Close(); err != nil && !errors.Is(err, kafka.RequestTimedOut) && !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	})
	return records, end, err
}

func (p *partition) At(ctx context.Context, offset int64) (r ingest.Record, there bool, err error) {
	err = p.do(ctx, silence, func(c *kafka.Conn) error {
		if _, err := c.Seek(offset, kafka.SeekAbsolute|kafka.SeekDontCheck); err != nil {
			return err
		}
		// A broker sends at least one batch, whatever the limit.
		batch := c.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: 1, MaxWait: time.Second})
		m, err := batch.ReadMessage()
		if failed := batch.Close(); failed != nil {
			return failed
		}
		if err != nil {
			return fmt.Errorf("the broker sends no record from offset %d on: %w", offset, err)
		}
		if there = m.Offset == offset; there {
			r = ingest.Record{Offset: m.Offset, Key: m.Key, Value: m.Value, Time: m.Time}
		}
		return nil
	})
	return r, there, err
}

// do runs a request on the leader's connection. The end of ctx breaks it off.
func (p *partition) do(ctx context.Context, limit time.Duration, request func(*kafka.Conn) error) error {
	if p.conn == nil {
		conn, err := p.dial(ctx)
		if err != nil {
			return p.source.config.Kafka.Explain(err)
		}
		p.conn = conn
	}
	conn := p.conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := conn.SetDeadline(time.Now().Add(limit))
	if err == nil {
		err = request(conn)
	}
	if !stop() || err != nil {
		p.close()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (p *partition) dial(ctx context.Context) (*kafka.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var all error
	for _, addr := range slices.Clone(p.source.config.Kafka.Brokers) {
		conn, err := p.source.dialer.DialLeader(ctx, "tcp", addr, p.topic, p.id)
		if err == nil {
			return conn, nil
		}
		all = errors.Join(all, fmt.Errorf("connecting to the partition's leader by %s: %w", addr, err))
	}
	return nil, all
}

func (p *partition) close() {
	if p.conn != nil {
		p.conn.Close()
		p.conn = nil
	}
}
