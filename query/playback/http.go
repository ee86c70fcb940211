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

// maxClients bounds the conversations that are remembered; the oldest is forgotten.
const maxClients = 256

// maxAside bounds what waits for a client that opened no stream of its own.
const maxAside = 1024

// Handler serves the recording over Streamable HTTP on any path.
func (r *Recording) Handler() http.Handler {
	h := &handler{recording: r, clients: map[string]*httpClient{}}
	h.nameless = h.begin()
	return http.NewCrossOriginProtection().Handler(h)
}

type handler struct {
	recording *Recording
	// nameless is the conversation of all that bring no session id.
	nameless *httpClient

	// mutex guards what follows.
	mutex   sync.Mutex
	clients map[string]*httpClient
	order   []string
}

type httpClient struct {
	*Conversation
	// aside holds what the server said on its own, for the client's GET stream.
	aside chan []byte
}

func (h *handler) begin() *httpClient {
	return &httpClient{h.recording.Begin(), make(chan []byte, maxAside)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !local(r.Host) {
		http.Error(w, "This service is for programs on this machine.", http.StatusForbidden)
		return
	}
	c := h.nameless
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
		c.listen(w, r)
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

// local reports whether a Host header names this machine: the page of another site
// can have its own name point here.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost"
}

func (h *handler) post(w http.ResponseWriter, r *http.Request, c *httpClient) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, schema.MaxPayload))
	if err != nil {
		http.Error(w, "The message is too long.", http.StatusRequestEntityTooLarge)
		return
	}
	messages := []json.RawMessage{body}
	if trimmed := strings.TrimSpace(string(body)); strings.HasPrefix(trimmed, "[") {
		messages = nil
		if json.Unmarshal(body, &messages) != nil {
			messages = []json.RawMessage{body} // which is then no message
		}
	}
	asks := false
	for _, data := range messages {
		var m message
		bad := json.Unmarshal(data, &m) != nil
		asks = asks || bad || m.Method != "" && len(m.ID) > 0
		if m.Method == "initialize" && r.Header.Get(sessionHeader) == "" {
			c = h.begin()
			w.Header().Set(sessionHeader, h.remember(c))
		}
	}
	if !asks {
		w.WriteHeader(http.StatusAccepted)
		for _, data := range messages {
			_ = c.Receive(r.Context(), data, c.later, c.later)() // later never fails
		}
		return
	}
	answer := &stream{w: w}
	for _, data := range messages {
		if c.Receive(r.Context(), data, answer.send, c.later)() != nil {
			return // the client has gone
		}
	}
	answer.end()
}

// later keeps a message for the stream that the client may open; what finds no room is
// of no consequence for the answers.
func (c *httpClient) later(message []byte) error {
	select {
	case c.aside <- message:
	default:
	}
	return nil
}

func (h *handler) remember(c *httpClient) string {
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

// listen gives the client what the server said on its own.
func (c *httpClient) listen(w http.ResponseWriter, r *http.Request) {
	out := &stream{w: w}
	out.open()
	for {
		select {
		case <-r.Context().Done():
			return
		case message := <-c.aside:
			if out.event(message) != nil {
				return
			}
		}
	}
}

// stream is an answer: one JSON document, or events where there is more than one
// message.
type stream struct {
	w       http.ResponseWriter
	opened  bool
	waiting []byte
}

// send writes what was sent before as events as soon as there is a second message, and
// what is no answer at once.
func (s *stream) send(message []byte) error {
	var m struct{ Method string }
	if s.waiting == nil && !s.opened && json.Unmarshal(message, &m) == nil && m.Method == "" {
		s.waiting = message
		return nil
	}
	if !s.opened {
		s.open()
		if s.waiting != nil {
			if err := s.event(s.waiting); err != nil {
				return err
			}
			s.waiting = nil
		}
	}
	return s.event(message)
}

func (s *stream) open() {
	s.opened = true
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("Cache-Control", "no-store")
	s.w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(s.w).Flush() // the next write has the error
}

func (s *stream) event(message []byte) error {
	if _, err := fmt.Fprintf(s.w, "event: message\ndata: %s\n\n", message); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}

func (s *stream) end() {
	if s.waiting != nil {
		s.w.Header().Set("Content-Type", "application/json")
		_, _ = s.w.Write(s.waiting) // who has gone hears nothing
	}
}

// HTTP serves the recording on a listener until the context ends, and closes it.
func (r *Recording) HTTP(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: r.Handler(), BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serving the recording: %w", err)
	}
	return nil
}
