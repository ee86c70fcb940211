package kafkasource_test

import (
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/ingest/kafkasource"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// TestARejectedRecordThatNoTopicTakesStopsNothing sends a record that the broker refuses
// for its size between two that it takes.
func TestARejectedRecordThatNoTopicTakesStopsNothing(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	r, err := kafkasource.NewRejections(kafkaconn.Options{Brokers: brokers}, topic)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	large := make([]byte, 16<<20+512<<10)           // more than the topic takes, less than the connection
	for i, x := 0, uint32(1); i < len(large); i++ { // noise, which does not compress
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		large[i] = byte(x)
	}
	err = r.Publish(t.Context(), "events", 0, rejected([]byte("a"), large, []byte("b")))
	if err != nil {
		t.Fatalf("the partition stops: %v", err)
	}
}

func rejected(values ...[]byte) (all []ingest.Rejected) {
	for i, v := range values {
		all = append(all, ingest.Rejected{Record: ingest.Record{Offset: int64(i), Value: v}, Reason: "no event"})
	}
	return all
}
