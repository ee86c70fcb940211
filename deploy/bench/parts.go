package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/mcptrail/mcptrail/deploy/broker"
	"github.com/mcptrail/mcptrail/schema"
)

// parts are what this program is when its first argument names one: each needs a
// process of its own, so that its CPU time is not that of the load.
var parts = map[string]func(ctx context.Context, args []string) error{
	"upstream": serveUpstream,
	"broker":   serveBroker,
	"server":   serveLines,
}

// partitions of the events topic.
const partitions = 4

// serveBroker is an embedded broker in the directory of the first argument.
func serveBroker(ctx context.Context, args []string) error {
	b := broker.New(broker.Options{Dir: args[0], MaxBytes: 16 << 30, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Topics: []broker.Topic{{Name: schema.TopicEvents, Partitions: partitions}, {Name: schema.TopicSeals, Partitions: 1}}})
	if err := b.Start(ctx); err != nil {
		return err
	}
	fmt.Println(b.Addr())
	<-ctx.Done()
	return b.Close()
}

// serveUpstream is an MCP server that answers each tools/call with the same text.
func serveUpstream(ctx context.Context, _ []string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	tail := []byte(`,"result":{"resultType":"complete","content":[{"type":"text","text":"` + strings.Repeat("All work and no play. ", 40) + `"}]}}`)
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		head, _, ok := bytes.Cut(body, []byte(`,"method"`)) // {"jsonrpc":"2.0","id":1
		if err != nil || !ok {
			http.Error(w, "no call", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(head[:len(head):len(head)], tail...)) // who has gone hears nothing
	})}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
