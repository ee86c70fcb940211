package main

import (
	"encoding/json"
	"net"
	"net/http"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// receipts stands for the store where collectors alone are measured: it says of
// everything that the broker has that it is stored. It returns its URL.
func receipts(broker string) (url string, stop func(), err error) {
	client := &kafka.Client{Addr: kafka.TCP(broker)}
	ask := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{schema.TopicSeals: {kafka.LastOffsetOf(0)}}}
	for p := range partitions {
		ask.Topics[schema.TopicEvents] = append(ask.Topics[schema.TopicEvents], kafka.LastOffsetOf(p))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ends, err := client.ListOffsets(r.Context(), ask)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		var progress wire.Progress
		for topic, list := range ends.Topics {
			for _, p := range list {
				progress.Partitions = append(progress.Partitions, wire.Stored{Topic: topic, Partition: int32(p.Partition), Offset: p.LastOffset - 1})
			}
		}
		_ = json.NewEncoder(w).Encode(progress) // who asks tries again
	})}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String(), func() { server.Close() }, nil
}
