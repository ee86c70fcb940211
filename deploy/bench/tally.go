package main

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/schema"
)

// tally reads the record and counts it.
type tally struct {
	broker string
	// cpu is the time that the broker has used.
	cpu func() time.Duration
	// next are the offsets to go on from, one for each partition.
	next [partitions]int64
	// messages are the JSON-RPC messages in the record, gone those that gaps name.
	messages, gone int64
}

// settle waits until the record names as many further messages as were sent, and at
// most extra more: what was under way when the load ended, which is waited for too.
// Fewer are lost silently.
func (t *tally) settle(ctx context.Context, sent, extra int64) error {
	before, quiet := t.messages+t.gone, 0
	for deadline := time.Now().Add(30 * time.Second); ; {
		last := t.messages + t.gone
		if err := t.read(ctx); err != nil {
			return err
		}
		found := t.messages + t.gone - before
		if quiet++; t.messages+t.gone != last {
			quiet = 0
		}
		switch {
		case found > sent+extra:
			return fmt.Errorf("%d messages were sent and %d recorded", sent, found)
		case found >= sent && quiet >= 5:
			return nil
		case found < sent && time.Now().After(deadline):
			return fmt.Errorf("LOST SILENTLY: %d messages were sent, the record has or names %d", sent, found)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// read counts everything that has come.
func (t *tally) read(ctx context.Context) error {
	for p := range t.next {
		if err := t.readPartition(ctx, p); err != nil {
			return fmt.Errorf("reading the record: %w", err)
		}
	}
	return nil
}

func (t *tally) readPartition(ctx context.Context, p int) error {
	conn, err := kafka.DialLeader(ctx, "tcp", t.broker, schema.TopicEvents, p)
	if err != nil {
		return err
	}
	defer conn.Close()
	end, err := conn.ReadLastOffset()
	if err != nil {
		return err
	}
	for t.next[p] < end {
		if _, err := conn.Seek(t.next[p], kafka.SeekAbsolute); err != nil {
			return err
		}
		batch := conn.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: 16 << 20, MaxWait: time.Second})
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break
			}
			e, err := schema.Decode(m.Value)
			if err != nil {
				return err
			}
			t.count(e)
			t.next[p] = m.Offset + 1
		}
		if err := batch.Err(); err != nil && t.next[p] < end {
			batch.Close()
			return err
		}
		if err := batch.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (t *tally) count(e *schema.Event) {
	switch e.Kind {
	case schema.KindRequest, schema.KindAnswer, schema.KindNotification:
		t.messages++
	case schema.KindGap:
		t.gone += int64(e.Gap.Count)
	}
}
