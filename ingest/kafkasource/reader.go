package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

const (
	// fetchBytes is how much one fetch asks for; a larger record comes alone.
	fetchBytes = 4 << 20
	// silence is how long a broker may take beyond what it was asked to wait.
	silence = 10 * time.Second
)

// Reader reads one partition without a group. The connection is made when needed and
// given up after any error, since the leader may be another one next time. One goroutine
// uses it.
// The end of a request's context closes the connection from another goroutine; conn itself
// is set by the user's alone.
type Reader struct {
	brokers kafkaconn.Options
	dialer  *kafka.Dialer
	topic   string
	id      int
	conn    *kafka.Conn
}

// Reader makes a reader of a partition. It does not connect.
// Several readers of one partition do not disturb each other.
func (s *Source) Reader(topic string, partition int) *Reader {
	return &Reader{brokers: s.config.Kafka, dialer: s.dialer, topic: topic, id: partition}
}

// Bounds implements [ingest.Reader].
func (p *Reader) Bounds(ctx context.Context) (first, end int64, err error) {
	err = p.do(ctx, silence, func(c *kafka.Conn) error {
		first, end, err = c.ReadOffsets()
		return err
	})
	return first, end, err
}

// Fetch implements [ingest.Reader].
// Key and value of each record are memory of its own, so the caller may keep or change them.
// A batch of the log may begin before the offset; the client passes over that part.
func (p *Reader) Fetch(ctx context.Context, offset int64, wait time.Duration) (records []ingest.Record, end int64, err error) {
	err = p.do(ctx, wait+silence, func(c *kafka.Conn) error {
		// Without the check, an offset that the log has not is an error of the broker and no
		// silent step forward.
		if _, err := c.Seek(offset, kafka.SeekAbsolute|kafka.SeekDontCheck); err != nil {
			return err
		}
		batch := c.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: fetchBytes, MaxWait: wait})
		end = batch.HighWaterMark()
		for {
			// The end of the answer, like any fault, ends the loop; Close below says which it was.
			// What came whole before a fault is dropped with it and fetched again.
			m, err := batch.ReadMessage()
			if err != nil {
				break
			}
			// Each part of a long answer has the whole limit: what counts is that bytes come.
			if len(records)%1024 == 0 {
				_ = c.SetReadDeadline(time.Now().Add(silence))
			}
			records = append(records, ingest.Record{Offset: m.Offset, Key: m.Key, Value: m.Value, Time: m.Time})
		}
		// Neither of the two is a fault: nothing came within wait.
		if err := batch.Close(); err != nil && !errors.Is(err, kafka.RequestTimedOut) && !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	})
	return records, end, err
}

// At implements [ingest.Reader].
// The record that comes may lie behind the offset, where compaction took the one asked for.
func (p *Reader) At(ctx context.Context, offset int64) (r ingest.Record, there bool, err error) {
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

// do runs a request on the leader's connection. The end of ctx breaks it off. After an
// error nobody knows how much of an answer is still to come on the connection, so it is
// closed.
// The request is not repeated: callers have their own retries, with backoff.
func (p *Reader) do(ctx context.Context, limit time.Duration, request func(*kafka.Conn) error) error {
	if p.conn == nil {
		conn, err := p.dial(ctx)
		if err != nil {
			return p.brokers.Explain(err)
		}
		p.conn = conn
	}
	conn := p.conn
	// conn and not p.conn: the function may run while Close of the reader sets that to nil.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := conn.SetDeadline(time.Now().Add(limit))
	if err == nil {
		err = request(conn)
	}
	// stop is false once the function has begun: the connection is closed, or about to be.
	if !stop() || err != nil {
		p.Close()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// dial is bounded by 10 s over all brokers together.
func (p *Reader) dial(ctx context.Context) (*kafka.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var all error
	// Any broker names the leader, so the first one that answers will do.
	for _, addr := range slices.Clone(p.brokers.Brokers) {
		conn, err := p.dialer.DialLeader(ctx, "tcp", addr, p.topic, p.id)
		if err == nil {
			return conn, nil
		}
		all = errors.Join(all, fmt.Errorf("connecting to the partition's leader by %s: %w", addr, err))
	}
	return nil, all
}

// Close gives up the connection.
func (p *Reader) Close() {
	if p.conn != nil {
		p.conn.Close()
		p.conn = nil
	}
}
