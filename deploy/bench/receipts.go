package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// receipts takes the place of the store where collectors alone are measured: it answers
// that everything it is asked for is stored. It returns its URL.
func receipts() (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		progress := wire.Progress{Partitions: []wire.Stored{}}
		runs := map[uuid.UUID]wire.Run{}
		for name, list := range r.URL.Query() {
			for _, text := range list {
				const digits = 36 // of an epoch
				var of wire.Range
				epoch, err := uuid.Parse(text[:min(digits, len(text))])
				if _, failed := fmt.Sscanf(text[min(digits, len(text)):], ":%d-%d", &of.From, &of.To); err != nil || failed != nil {
					http.Error(w, "no run", http.StatusUnprocessableEntity)
					return
				}
				run := runs[epoch]
				if run.Epoch = epoch; name == "run" {
					run.Events = append(run.Events, of)
				} else {
					run.Seals = append(run.Seals, of)
				}
				runs[epoch] = run
			}
		}
		for _, run := range runs {
			progress.Runs = append(progress.Runs, run)
		}
		_ = json.NewEncoder(w).Encode(progress) // who asks tries again
	})}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String(), func() { server.Close() }, nil
}
