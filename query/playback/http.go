package playback

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/mcptrail/mcptrail/schema"
)

// sessionHeader is the protocol's own, of revisions before 2026-07-28.
const sessionHeader = "Mcp-Session-Id"

// maxClients bounds the conversations with a session id; the oldest is dropped.
const maxClients = 256

// maxUnsolicited bounds the messages that wait for a client's GET stream.
const maxUnsolicited = 1024

// Handler serves the recording over Streamable HTTP on any path, to programs on this
// machine only.
func (r *Recording) Handler() http.Handler {
	h := &handler{recording: r, clients: map[string]*httpClient{}}
	// Clients of revision 2026-07-28 send no session id. They share one conversation, so equal
	// calls of two of them use up the recorded answers together.
	h.stateless = h.begin()
	return http.NewCrossOriginProtection().Handler(h)
}

type handler struct {
	recording *Recording
	// stateless is the conversation of all clients that send no session id.
	stateless *httpClient

	// mutex guards what follows, for a look-up at a time.
	mutex   sync.Mutex
	clients map[string]*httpClient
	order   []string
}

type httpClient struct {
	*Conversation
	// unsolicited has the messages that the server sent on its own, for the client's GET
	// stream.
	unsolicited chan []byte
}

// begin makes a conversation with its own queue of unsolicited messages.
func (h *handler) begin() *httpClient {
	return &httpClient{h.recording.Begin(), make(chan []byte, maxUnsolicited)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The recording holds whatever the session held, and nothing here asks who reads.
	if !local(r.Host) {
		http.Error(w, "This service is for programs on this machine.", http.StatusForbidden)
		return
	}
	c := h.stateless
	if id := r.Header.Get(sessionHeader); id != "" {
		h.mutex.Lock()
		c = h.clients[id]
		h.mutex.Unlock()
		if c == nil {
			http.Error(w, "There is no such session.", http.StatusNotFound)
			return
		}
	}
	switch r.Method {
	case http.MethodPost:
		h.post(w, r, c)
	case http.MethodGet:
		c.stream(w, r)
	case http.MethodDelete:
		h.mutex.Lock()
		delete(h.clients, r.Header.Get(sessionHeader))
		h.mutex.Unlock()
		w.WriteHeader(http.StatusOK)
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		http.Error(w, "Use POST to ask.", http.StatusMethodNotAllowed)
	}
}

// local reports whether a Host header names this machine. A page of another site can have
// a name of its own resolve to it (DNS rebinding).
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost"
}

// post takes one message or, from clients of 2025-03-26, a batch. As the protocol has it, what
// needs no answer gets 202 and an empty body.
func (h *handler) post(w http.ResponseWriter, r *http.Request, c *httpClient) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, schema.MaxPayload))
	if err != nil {
		http.Error(w, "The message is too long.", http.StatusRequestEntityTooLarge)
		return
	}
	messages := []json.RawMessage{data}
	if trimmed := strings.TrimSpace(string(data)); strings.HasPrefix(trimmed, "[") {
		messages = nil
		if json.Unmarshal(data, &messages) != nil {
			messages = []json.RawMessage{data} // which is then no message
		}
	}
	answers := false
	for _, data := range messages {
		var m message
		bad := json.Unmarshal(data, &m) != nil
		// A message that cannot be read needs an answer too: the error.
		answers = answers || bad || m.Method != "" && len(m.ID) > 0
		// The header goes out with the first byte of the body, so the session is made before any
		// message is played.
		if m.Method == "initialize" && r.Header.Get(sessionHeader) == "" {
			c = h.begin()
			w.Header().Set(sessionHeader, h.add(c))
		}
	}
	if !answers {
		w.WriteHeader(http.StatusAccepted)
		for _, data := range messages {
			_ = c.Receive(r.Context(), data, c.enqueue, c.enqueue)() // enqueue never fails
		}
		return
	}
	answer := &body{w: w}
	for _, data := range messages {
		if c.Receive(r.Context(), data, answer.send, c.enqueue)() != nil {
			return // the client disconnected
		}
	}
	answer.end()
}

// enqueue keeps a message for the stream that the client may open. Beyond the bound it is
// dropped: no answer depends on it.
func (c *httpClient) enqueue(message []byte) error {
	select {
	case c.unsolicited <- message:
	default:
	}
	return nil
}

// add gives a conversation a session id.
func (h *handler) add(c *httpClient) string {
	// From crypto/rand: whoever guesses an id reads another client's messages.
	id := rand.Text()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.clients[id] = c
	if h.order = append(h.order, id); len(h.order) > maxClients {
		delete(h.clients, h.order[0])
		h.order = h.order[1:]
	}
	return id
}

// stream sends the client what the server sent on its own, until the client disconnects.
func (c *httpClient) stream(w http.ResponseWriter, r *http.Request) {
	out := &body{w: w}
	out.open()
	for {
		select {
		case <-r.Context().Done():
			return
		case message := <-c.unsolicited:
			if out.event(message) != nil {
				return
			}
		}
	}
}

// body is the body of a response: one JSON document, or server-sent events where there is
// more than one message.
type body struct {
	w      http.ResponseWriter
	opened bool
	// held is the first message, an answer, while it may be the only one.
	held []byte
}

// send writes a message. An answer is held back until there is a second message, or the
// end.
func (s *body) send(message []byte) error {
	var m struct{ Method string }
	if s.held == nil && !s.opened && json.Unmarshal(message, &m) == nil && m.Method == "" {
		s.held = message
		return nil
	}
	if !s.opened {
		s.open()
		if s.held != nil {
			if err := s.event(s.held); err != nil {
				return err
			}
			s.held = nil
		}
	}
	return s.event(message)
}

func (s *body) open() {
	s.opened = true
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("Cache-Control", "no-store")
	s.w.WriteHeader(http.StatusOK)
	// Flushed although nothing was written: clients wait for the header of the stream.
	_ = http.NewResponseController(s.w).Flush() // the next write has the error
}

// event writes one server-sent event. The message is JSON on one line, as json.Marshal
// makes it, so it cannot end the event early.
func (s *body) event(message []byte) error {
	if _, err := fmt.Fprintf(s.w, "event: message\ndata: %s\n\n", message); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}

// end writes the answer that was held back, as plain JSON.
func (s *body) end() {
	if s.held != nil {
		s.w.Header().Set("Content-Type", "application/json")
		_, _ = s.w.Write(s.held) // a client that disconnected reads nothing
	}
}

// HTTP serves the recording on a listener until the context ends, and closes it.
func (r *Recording) HTTP(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: r.Handler(), BaseContext: func(net.Listener) context.Context { return ctx }}
	// Close and not Shutdown: GET streams never become idle.
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serving the recording: %w", err)
	}
	return nil
}
