package kafkasource

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
)

// offsetsTimeout bounds one request for offsets.
const offsetsTimeout = 10 * time.Second

// client is made for each request: they are rare, and a password file is then read again.
func (s *Source) client() (*kafka.Client, error) {
	transport, err := s.config.Kafka.Transport()
	if err != nil {
		return nil, err
	}
	return &kafka.Client{Addr: kafka.TCP(s.config.Kafka.Brokers...), Transport: transport, Timeout: offsetsTimeout}, nil
}

// Committed returns the offsets that the group has committed, by partition of a topic, in
// their order; -1 is none.
// It does not join the group, so the members keep their partitions.
func (s *Source) Committed(ctx context.Context, topic string) ([]int64, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	about, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err == nil {
		err = about.Topics[0].Error
	}
	if err != nil {
		return nil, fmt.Errorf("reading the partitions of %s: %w", topic, s.config.Kafka.Explain(err))
	}
	committed := slices.Repeat([]int64{-1}, len(about.Topics[0].Partitions))
	ids := make([]int, len(committed))
	// Kafka numbers the partitions of a topic from 0 without a hole.
	for i := range ids {
		ids[i] = i
	}
	answer, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: s.config.Group, Topics: map[string][]int{topic: ids}})
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, fmt.Errorf("reading the offsets of group %s: %w", s.config.Group, s.config.Kafka.Explain(err))
	}
	for _, p := range answer.Topics[topic] {
		if p.Error != nil {
			return nil, fmt.Errorf("reading the offset of group %s in partition %d of %s: %w", s.config.Group, p.Partition, topic, p.Error)
		}
		// The answer is a broker's: an index out of range must not end the process.
		if p.Partition >= 0 && p.Partition < len(committed) {
			committed[p.Partition] = p.CommittedOffset
		}
	}
	return committed, nil
}

// OffsetAt returns the first offset of a partition whose record is not older than a time,
// and -1 if all are.
// The time is the one in the record, which its sender gives: with clocks that differ, older
// records may lie behind it.
func (s *Source) OffsetAt(ctx context.Context, topic string, partition int, at time.Time) (int64, error) {
	client, err := s.client()
	if err != nil {
		return 0, err
	}
	answer, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: {kafka.TimeOffsetOf(partition, at)}}})
	if err != nil {
		return 0, fmt.Errorf("looking for the first offset since %v: %w", at, s.config.Kafka.Explain(err))
	}
	for _, p := range answer.Topics[topic] {
		if p.Error != nil {
			return 0, fmt.Errorf("looking for the first offset since %v in partition %d of %s: %w", at, partition, topic, p.Error)
		}
		for offset := range p.Offsets {
			return offset, nil
		}
	}
	return -1, nil
}
