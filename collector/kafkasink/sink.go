// Package kafkasink publishes messages to Kafka.
//
// The one rule: Publish returns only when every message is acknowledged by all
// in-sync replicas, or named as refused. It may deliver a message twice, never
// leave one out.
package kafkasink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/retry"
	"github.com/segmentio/kafka-go"
)

// Sink writes messages. Make it with New and Close it when Publish is no more
// called. One goroutine at a time may publish.
type Sink struct {
	options kafkaconn.Options
	writer  *kafka.Writer
	client  *kafka.Client
	log     *slog.Logger

	// mu guards what follows, for the time of a map access.
	mu    sync.Mutex
	acked Places
	// last is the newest acknowledged offset of each partition; offsetReused says that
	// one that was not larger followed.
	last         Places
	offsetReused bool
}

// Message is what is published.
type Message struct {
	Topic      string
	Key, Value []byte
}

// Place is a partition of a topic.
type Place struct {
	Topic     string
	Partition int
}

// Places hold an offset of each partition.
type Places map[Place]int64

// New builds a sink; it connects at the first Publish.
func New(options kafkaconn.Options, log *slog.Logger) (*Sink, error) {
	connect, err := options.Transport()
	if err != nil {
		return nil, err
	}
	transport, err := newCompressing(connect)
	if err != nil {
		return nil, err
	}
	addr := kafka.TCP(options.Brokers...)
	s := &Sink{options: options, log: log, last: Places{}, client: &kafka.Client{Addr: addr, Transport: transport}}
	// Messages of one key share a partition, which is what keeps a session's events in
	// order. A batch closes after 5 ms: the spool holds the events meanwhile, so a longer
	// wait would lose nothing, but delay the timeline.
	//
	// RequireAll waits for all in-sync replicas. With fewer acknowledgements a leader that
	// fails right after its answer takes acknowledged events with it.
	s.writer = &kafka.Writer{
		Addr: addr, Transport: transport,
		Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll,
		BatchTimeout: 5 * time.Millisecond, BatchSize: 256, BatchBytes: schema.MaxMessageBytes,
		MaxAttempts: 1, // Publish retries, and knows what was acknowledged
		Completion:  s.acknowledged,
	}
	return s, nil
}

// acknowledged keeps the offsets of messages. The writer calls it from its own goroutines.
func (s *Sink) acknowledged(messages []kafka.Message, err error) {
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range messages {
		at, offset := Place{messages[i].Topic, messages[i].Partition}, messages[i].Offset
		if last, ok := s.last[at]; ok && offset <= last {
			s.offsetReused = true
		}
		s.acked[at], s.last[at] = offset, offset
	}
}

// ErrAcknowledgedLost reports that the broker has assigned an offset twice: it has lost the
// records that it had acknowledged under it. Publish again everything that is not stored.
var ErrAcknowledgedLost = errors.New("the broker has lost what it acknowledged")

// Bounds of the pause between two attempts. There is no bound on the attempts: an event
// leaves the spool by being stored, not by having been tried often.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Publish writes messages in order and tries again until ctx ends. acked is, for
// each partition that got some, the offset of the last of them. refused are the
// indices of messages that are larger than the broker ever takes. After ErrAcknowledgedLost these
// messages are acknowledged, and earlier ones are gone.
func (s *Sink) Publish(ctx context.Context, list []Message) (acked Places, refused []int, err error) {
	acked = Places{}
	s.mu.Lock()
	s.acked = acked
	s.mu.Unlock()
	messages := make([]kafka.Message, len(list))
	for i, m := range list {
		messages[i] = kafka.Message{Topic: m.Topic, Key: m.Key, Value: m.Value, Offset: int64(i)}
	}
	refused, err = s.write(ctx, messages)
	s.mu.Lock()
	s.acked = Places{} // what is acknowledged late belongs to nobody
	if s.offsetReused && err == nil {
		err = ErrAcknowledgedLost
		s.last = Places{} // all of it comes again, so one such error is enough
	}
	s.offsetReused = false
	s.mu.Unlock()
	return acked, refused, err
}

// write sends messages, whose Offset is their place in the list.
func (s *Sink) write(ctx context.Context, messages []kafka.Message) (refused []int, err error) {
	down := false
	for pauses := retry.New(firstPause, lastPause); ; {
		err := s.writer.WriteMessages(ctx, messages...)
		var tooLarge bool
		messages, tooLarge = unwritten(messages, err)
		switch {
		case len(messages) == 0:
			if down {
				s.log.Info("broker takes events again")
			}
			return refused, nil
		case ctx.Err() != nil:
			return refused, ctx.Err()
		case tooLarge && len(messages) == 1:
			return []int{int(messages[0].Offset)}, nil
		case tooLarge:
			// One message can make the broker refuse all that travel with it.
			half := len(messages) / 2
			refused, err = s.write(ctx, messages[:half])
			if err != nil {
				return refused, err
			}
			// The halves go one after the other, which keeps the order within a key.
			rest, err := s.write(ctx, messages[half:])
			return append(refused, rest...), err
		}
		if !down {
			down = true
			s.log.Warn("cannot publish, will try until it works", "events", len(messages), "error", s.options.Explain(first(err)))
		}
		if err := pauses.Wait(ctx); err != nil {
			return refused, err
		}
	}
}

// unwritten returns the messages that a call left unacknowledged, and whether one
// of them was too large.
func unwritten(messages []kafka.Message, err error) (left []kafka.Message, tooLarge bool) {
	var each kafka.WriteErrors
	var large kafka.MessageTooLargeError
	switch {
	case err == nil:
		return nil, false
	// An error without a list of its own concerns the whole call; which messages were
	// written is then unknown, and all of them are sent again. Ingest is idempotent.
	case !errors.As(err, &each) || len(each) != len(messages):
		return messages, errors.As(err, &large)
	}
	for i, e := range each {
		if e != nil {
			left = append(left, messages[i])
			tooLarge = tooLarge || errors.Is(e, kafka.MessageSizeTooLarge)
		}
	}
	return left, tooLarge
}

// first returns one error of the many that a batch can have.
func first(err error) error {
	var each kafka.WriteErrors
	if errors.As(err, &each) {
		for _, e := range each {
			if e != nil {
				return e
			}
		}
	}
	return err
}

// Gone reports whether a log no longer has what it acknowledged: it was made anew,
// has lost its end, or its retention took it.
func (s *Sink) Gone(ctx context.Context, places Places) (bool, error) {
	request := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{}}
	for at := range places {
		request.Topics[at.Topic] = append(request.Topics[at.Topic], kafka.FirstOffsetOf(at.Partition), kafka.LastOffsetOf(at.Partition))
	}
	answer, err := s.client.ListOffsets(ctx, request)
	if err != nil {
		return false, fmt.Errorf("asking for the bounds of the logs: %w", s.options.Explain(err))
	}
	for topic, partitions := range answer.Topics {
		for _, p := range partitions {
			if p.Error != nil {
				return false, fmt.Errorf("asking for the bounds of partition %d of %s: %w", p.Partition, topic, s.options.Explain(p.Error))
			}
			// LastOffset is the next one that the broker will assign, so an acknowledged offset
			// is always smaller while the log is the same.
			if acked, ok := places[Place{topic, p.Partition}]; ok && (p.LastOffset <= acked || p.FirstOffset > acked) {
				return true, nil
			}
		}
	}
	return false, nil
}

// Close ends the connections.
func (s *Sink) Close() error { return s.writer.Close() }
