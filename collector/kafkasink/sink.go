// Package kafkasink publishes records to Kafka.
//
// The one rule: Publish returns only when every record is acknowledged by all
// in-sync replicas, or named as refused. It may deliver a record twice, never
// leave one out.
package kafkasink

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/segmentio/kafka-go"
)

// Sink writes to one topic. Make it with New and Close it when Publish is no more
// called.
type Sink struct {
	options kafkaconn.Options
	writer  *kafka.Writer
	log     *slog.Logger
}

// New builds a sink; it connects at the first Publish.
func New(options kafkaconn.Options, topic string, log *slog.Logger) (*Sink, error) {
	transport, err := options.Transport()
	if err != nil {
		return nil, err
	}
	return &Sink{options: options, log: log, writer: &kafka.Writer{
		Addr: kafka.TCP(options.Brokers...), Topic: topic, Transport: transport,
		Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
		BatchTimeout: 5 * time.Millisecond, BatchSize: 1000, BatchBytes: schema.MaxMessageBytes,
		MaxAttempts: 1, // Publish retries, and knows what was acknowledged
	}}, nil
}

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Publish writes records in order and tries again until ctx ends. refused are the
// indices of records that are larger than the broker ever takes.
func (s *Sink) Publish(ctx context.Context, records []collector.Record) (refused []int, err error) {
	messages := make([]kafka.Message, len(records))
	for i, r := range records {
		messages[i] = kafka.Message{Key: r.Session[:], Value: r.Value, Offset: int64(i)}
	}
	return s.write(ctx, messages)
}

// write sends messages, whose Offset is their place among the records.
func (s *Sink) write(ctx context.Context, messages []kafka.Message) (refused []int, err error) {
	down := false
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
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
			rest, err := s.write(ctx, messages[half:])
			return append(refused, rest...), err
		}
		if !down {
			down = true
			s.log.Warn("cannot publish, will try until it works", "events", len(messages), "error", s.options.Explain(first(err)))
		}
		select {
		case <-ctx.Done():
			return refused, ctx.Err()
		case <-time.After(pause):
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

// Close ends the connections.
func (s *Sink) Close() error { return s.writer.Close() }
