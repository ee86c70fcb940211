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
	"log/slog"
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
// It keeps no state between runs; Reader, Committed and OffsetAt need no Run.
type Source struct {
	config Config
	dialer *kafka.Dialer
	log    *slog.Logger
}

// New makes a source. It does not connect.
// The log is used by Run alone and may be nil without it.
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
//
// move must return only once its context has ended: kafka-go ends a generation as soon as
// one of its functions returns, and with it all other partitions of this process. It must
// return soon after that: the group waits for it before it assigns anything anew.
func (s *Source) Run(ctx context.Context, move func(ctx context.Context, topic string, partition int, committed int64, p ingest.Partition)) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: s.config.Group, Brokers: s.config.Kafka.Brokers, Dialer: s.dialer, Topics: s.config.Topics,
		SessionTimeout: s.config.SessionTimeout, RebalanceTimeout: s.config.SessionTimeout, HeartbeatInterval: s.config.SessionTimeout / 10,
		JoinGroupBackoff: time.Second, WatchPartitionChanges: true, PartitionWatchInterval: 10 * time.Second,
		// A group without a committed offset begins with the oldest record of the log. The timeout
		// of requests lies below that of the session, so that a broker that hangs is given up
		// before the group gives up this process.
		StartOffset: kafka.FirstOffset, Timeout: min(max(s.config.SessionTimeout/3, 2*time.Second), 10*time.Second),
	})
	if err != nil {
		return fmt.Errorf("joining group %s: %w", s.config.Group, err)
	}
	// Close waits for the moves of the last generation and leaves the group: the partitions
	// are then given away at once, and not when the session has timed out.
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
		// Generation.Start keeps the next rebalance from beginning until the function has
		// returned, so that no partition has two movers in one process.
		for _, topic := range s.config.Topics {
			s.log.Info("joined the consumer group", "group", s.config.Group, "generation", generation.ID, "topic", topic, "partitions", len(generation.Assignments[topic]))
			for _, a := range generation.Assignments[topic] {
				generation.Start(func(ctx context.Context) {
					p := &partition{s.Reader(topic, a.ID), generation}
					defer p.Close()
					move(ctx, p.topic, p.id, a.Offset, p)
				})
			}
		}
	}
}

// reach waits until a broker answers with the partitions of every topic.
// Without it, kafka-go would retry a wrong address or a refused login for ever, and the
// process would look as if it had nothing to do.
func (s *Source) reach(ctx context.Context) error {
	timeout, cancel := context.WithTimeout(ctx, max(s.config.StartTimeout, time.Second))
	defer cancel()
	for {
		var err error
		for i := 0; err == nil && i < len(s.config.Topics); i++ {
			err = s.config.Kafka.Check(timeout, s.config.Topics[i])
		}
		// A refused login does not get better by waiting.
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

// partition is an assigned partition.
// Reading goes past the group, to the leader; only Commit goes through the generation.
type partition struct {
	*Reader
	generation *kafka.Generation
}

// Commit implements [ingest.Partition]. The coordinator refuses it once the generation is
// over, and takes commits for partitions that the member does not have: so each partition
// commits for itself alone.
// It returns after the coordinator has answered.
func (p *partition) Commit(next int64) error {
	return p.generation.CommitOffsets(map[string]map[int]int64{p.topic: {p.id: next}})
}
