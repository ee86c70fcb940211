package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// Rejections writes rejected records to a topic of their own, for those who want
// to mend and resend them.
type Rejections struct {
	brokers kafkaconn.Options
	writer  *kafka.Writer
}

// NewRejections makes a writer. It does not connect.
// All replicas in sync acknowledge a record before it counts as written, as the block that
// holds it is committed afterwards.
func NewRejections(brokers kafkaconn.Options, topic string) (*Rejections, error) {
	transport, err := brokers.Transport()
	if err != nil {
		return nil, err
	}
	return &Rejections{brokers: brokers, writer: &kafka.Writer{
		Addr: kafka.TCP(brokers.Brokers...), Topic: topic, Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll,
		// A record is written alone and waited for, so a batch gains nothing by filling.
		BatchTimeout: 5 * time.Millisecond, BatchBytes: 64 << 20, Compression: kafka.Zstd, AllowAutoTopicCreation: true,
		Transport: transport,
	}}, nil
}

// Publish writes the raw bytes with their place and the reason as headers. A
// record that the topic does not take for its size is skipped: the table has it.
//
// One is written after the other, and an error stops at the first that fails: the caller
// tries all of them again, so a record may be in the topic more than once. Place and reason
// in the headers say which copies are of one record.
func (r *Rejections) Publish(ctx context.Context, topic string, partition int, rejected []ingest.Rejected) error {
	for _, rec := range rejected {
		err := r.writer.WriteMessages(ctx, kafka.Message{Key: rec.Key, Value: rec.Value, Headers: []kafka.Header{
			{Key: "topic", Value: []byte(topic)},
			{Key: "partition", Value: strconv.AppendInt(nil, int64(partition), 10)},
			{Key: "offset", Value: strconv.AppendInt(nil, rec.Offset, 10)},
			{Key: "reason", Value: []byte(rec.Reason)},
		}})
		if tooLarge(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("writing to topic %s: %w", r.writer.Topic, r.brokers.Explain(err))
		}
	}
	return nil
}

// tooLarge reports whether a write of one record failed for its size: by the writer's own
// bound, or by the broker's, whose refusal stands in a list that does not unwrap.
func tooLarge(err error) bool {
	var own kafka.MessageTooLargeError
	var each kafka.WriteErrors
	if errors.As(err, &each) && len(each) == 1 {
		err = each[0]
	}
	return errors.As(err, &own) || errors.Is(err, kafka.MessageSizeTooLarge)
}

// Close gives up the connections.
func (r *Rejections) Close() error { return r.writer.Close() }
