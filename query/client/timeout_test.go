package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// TestAnAnswerThatDoesNotComeIsASentence asks a port that takes connections and
// says nothing, and one that stops in the middle of its answer.
func TestAnAnswerThatDoesNotComeIsASentence(t *testing.T) {
	for name, says := range map[string]string{
		"silent": "",
		"stops":  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"items\":",
		"error":  "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"detail\":",
	} {
		t.Run(name, func(t *testing.T) {
			url := listen(t, says)
			c, err := New(url)
			if err != nil {
				t.Fatal(err)
			}
			if c.answerTimeout != 30*time.Second {
				t.Errorf("answerTimeout of %v", c.answerTimeout)
			}
			c.answerTimeout = 50 * time.Millisecond
			want := url + " did not answer within 50ms; is this a query service?"
			for what, ask := range map[string]func(context.Context) error{
				"sessions": func(ctx context.Context) error { _, err := c.Sessions(ctx, wire.Filter{}, "", 1); return err },
				"session":  func(ctx context.Context) error { _, err := c.Session(ctx, "x"); return err },
				"search":   func(ctx context.Context) error { _, err := c.Search(ctx, wire.Search{Text: "x"}, "", 1); return err },
				"resolve":  func(ctx context.Context) error { _, err := c.Resolve(ctx, "12"); return err },
				"health":   func(ctx context.Context) error { _, err := c.Health(ctx); return err },
			} {
				if err := ask(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", what, err, want)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := c.Health(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("a person who gave up reads %v", err)
			}
		})
	}
}

// listen takes connections, answers a request on each with the text and leaves
// them open.
func listen(t *testing.T, says string) (url string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				_, _ = io.WriteString(conn, says)
				_, _ = io.Copy(io.Discard, conn) // until the client gives up
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}
