package kafkasink_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/segmentio/kafka-go"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func sink(t *testing.T, brokers []string, log io.Writer) *kafkasink.Sink {
	t.Helper()
	s, err := kafkasink.New(kafkaconn.Options{Brokers: brokers}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func messages(topic string, n, size int) []kafkasink.Message {
	list := make([]kafkasink.Message, n)
	for i := range list {
		key := uuid.New()
		list[i] = kafkasink.Message{Topic: topic, Key: key[:], Value: bytes.Repeat([]byte{byte(i)}, size)}
	}
	return list
}

// stored reads a topic of one partition to its end.
func stored(t *testing.T, broker, topic string) (sizes []int) {
	t.Helper()
	conn, err := kafka.DialLeader(t.Context(), "tcp", broker, topic, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	end, err := conn.ReadLastOffset()
	if err != nil {
		t.Fatal(err)
	}
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, Topic: topic, MaxBytes: 32 << 20, MaxWait: 50 * time.Millisecond})
	defer r.Close()
	for range end {
		m, err := r.ReadMessage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(m.Value))
	}
	return sizes
}

func TestTheLargestEventFits(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	acked, refused, err := sink(t, brokers, io.Discard).Publish(t.Context(), messages(topic, 2, schema.MaxEncoded))
	if err != nil || len(refused) > 0 || acked[kafkasink.Place{Topic: topic}] != 1 {
		t.Fatalf("acknowledged %v, refused %v, %v", acked, refused, err)
	}
	if got := stored(t, brokers[0], topic); fmt.Sprint(got) != fmt.Sprint([]int{schema.MaxEncoded, schema.MaxEncoded}) {
		t.Errorf("stored %v", got)
	}
}

func TestOnlyTheTooLargeRecordIsRefused(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	list := messages(topic, 9, 100)
	list[4].Value = make([]byte, schema.MaxMessageBytes+1)
	acked, refused, err := sink(t, brokers, io.Discard).Publish(t.Context(), list)
	if err != nil || fmt.Sprint(refused) != "[4]" || acked[kafkasink.Place{Topic: topic}] != 7 {
		t.Fatalf("acknowledged %v, refused %v, %v", acked, refused, err)
	}
	if got := stored(t, brokers[0], topic); len(got) != 8 {
		t.Errorf("stored %v", got)
	}
}

// TestPublishOutlivesABrokerThatIsAway puts a port between sink and broker that
// answers nothing at first.
func TestPublishOutlivesABrokerThatIsAway(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	var open atomic.Bool
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	refusals := make(chan struct{}, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if !open.Load() {
				c.Close()
				refusals <- struct{}{}
				continue
			}
			go func() {
				up, err := net.Dial("tcp", brokers[0])
				if err != nil {
					return
				}
				go io.Copy(up, c)
				io.Copy(c, up)
			}()
		}
	}()
	var log bytes.Buffer
	done := make(chan error)
	s := sink(t, []string{l.Addr().String()}, &log)
	go func() {
		_, _, err := s.Publish(t.Context(), messages(topic, 3, 10))
		done <- err
	}()
	<-refusals
	<-refusals
	open.Store(true)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := stored(t, brokers[0], topic); len(got) != 3 {
		t.Errorf("stored %v", got)
	}
	if n := strings.Count(log.String(), "cannot publish"); n != 1 || !strings.Contains(log.String(), "takes events again") {
		t.Errorf("log says it %d times:\n%s", n, &log)
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, _, err := sink(t, []string{"127.0.0.1:1"}, io.Discard).Publish(ctx, messages("t", 1, 1)); err == nil {
		t.Error("published to nobody")
	}
}

func TestALogThatWasMadeAnewIsGone(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	s := sink(t, brokers, io.Discard)
	acked, _, err := s.Publish(t.Context(), messages(topic, 3, 10))
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Gone(t.Context(), acked); gone || err != nil {
		t.Errorf("gone: %v, %v", gone, err)
	}
	acked[kafkasink.Place{Topic: topic}]++
	if gone, err := s.Gone(t.Context(), acked); !gone || err != nil {
		t.Errorf("gone: %v, %v, though the log ends before %v", gone, err, acked)
	}
}
