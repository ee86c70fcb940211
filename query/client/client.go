package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema/running"
)

// DefaultURL is where `mcptrail up` and mcptrail-query listen without flags.
const DefaultURL = "http://127.0.0.1:7676"

// answerTimeout is how long an answer may take, unless it is a timeline or a stream. The
// service gives up a little earlier and says why, which says more than this end can.
const answerTimeout = 30 * time.Second

// maxProblem bounds what is read of an error.
const maxProblem = 64 << 10

// ErrUnreachable says that no query service answered.
var ErrUnreachable = errors.New("nothing answers")

// Error is what the service answered instead of what was asked for.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Message is the service's sentence.
	Message string
}

// Error is the sentence, which says what to do.
func (e *Error) Error() string { return e.Message }

// Client talks to one query service. It may be used by many goroutines.
type Client struct {
	base *url.URL
	http *http.Client
	// answerTimeout is the constant but in tests.
	answerTimeout time.Duration
}

// New prepares a client of the service at the URL.
func New(address string) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("%q is no URL of a query service; it should look like %s", address, DefaultURL)
	}
	// A loopback address leads to the socket of the service that runs there, if it is this
	// user's: whoever else has taken the port gets no question and no credential.
	transport := running.Transport(base, func(t *http.Transport) {
		t.ResponseHeaderTimeout = 6 * time.Minute // a timeline may take 5
	})
	return &Client{base: base, http: &http.Client{Transport: transport}, answerTimeout: answerTimeout}, nil
}

// URL is where the service is.
func (c *Client) URL() string { return c.base.Redacted() }

// Sessions lists sessions, newest first. An empty cursor is the first page.
func (c *Client) Sessions(ctx context.Context, f wire.Filter, cursor string, limit int) (wire.Page[wire.SessionSummary], error) {
	return get[wire.Page[wire.SessionSummary]](ctx, c, filterQuery(f, cursor, limit), "sessions")
}

// Session reads what is known of one session.
func (c *Client) Session(ctx context.Context, id string) (wire.SessionSummary, error) {
	return get[wire.SessionSummary](ctx, c, nil, "sessions", id)
}

// Timeline reads one session rebuilt.
func (c *Client) Timeline(ctx context.Context, id string) (*query.Timeline, error) {
	return read[*query.Timeline](ctx, c, nil, "sessions", id, "timeline")
}

// TimelinePage reads the operations of a session that begin at a seq, at most limit.
func (c *Client) TimelinePage(ctx context.Context, id string, from uint64, limit int) (*query.Timeline, error) {
	v := url.Values{"from_seq": {strconv.FormatUint(from, 10)}, "limit": {strconv.Itoa(limit)}}
	return read[*query.Timeline](ctx, c, v, "sessions", id, "timeline")
}

// Search lists the places where a text occurs, newest first.
func (c *Client) Search(ctx context.Context, f wire.Search, cursor string, limit int) (wire.Page[wire.Hit], error) {
	return get[wire.Page[wire.Hit]](ctx, c, searchQuery(f, cursor, limit), "search")
}

// Health asks whether the record can be read. What is down is no error.
func (c *Client) Health(ctx context.Context) (wire.Health, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	// Not open: an unhealthy service answers 503 with the document that is wanted.
	response, err := c.do(ctx, nil, nil, "health")
	if err != nil {
		return wire.Health{}, err
	}
	return decode[wire.Health](response, "health")
}

// bound ends the context when an answer has taken too long, with a cause for people.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	// The cause travels with the context, so that do can return it instead of "context
	// deadline exceeded", which names neither the service nor the remedy.
	return context.WithTimeoutCause(ctx, c.answerTimeout,
		fmt.Errorf("%s did not answer within %v; is this a query service?", c.base, c.answerTimeout))
}

// get reads an answer that a person waits for.
func get[T any](ctx context.Context, c *Client, values url.Values, path ...string) (T, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	return read[T](ctx, c, values, path...)
}

// read reads an answer without a bound of its own, as a timeline of which the service
// takes minutes.
func read[T any](ctx context.Context, c *Client, values url.Values, path ...string) (T, error) {
	response, err := c.open(ctx, values, nil, path...)
	if err != nil {
		var none T
		return none, err
	}
	return decode[T](response, path[len(path)-1])
}

// decode reads the body as JSON and closes it. What is named in an error is the last
// part of the path.
// The size is not bounded here: a whole timeline may be large, and the service is chosen by
// whoever runs the command.
func decode[T any](response *http.Response, what string) (T, error) {
	defer response.Body.Close()
	var v T
	if err := json.NewDecoder(response.Body).Decode(&v); err != nil {
		return v, fmt.Errorf("reading the answer of %s: %w", what, err)
	}
	return v, nil
}

// open sends a request and returns the answer if it is a good one.
func (c *Client) open(ctx context.Context, values url.Values, header http.Header, path ...string) (*http.Response, error) {
	response, err := c.do(ctx, values, header, path...)
	if err != nil || response.StatusCode == http.StatusOK {
		return response, err
	}
	defer response.Body.Close()
	return nil, problem(response)
}

// do sends a GET and returns whatever answer comes. It names what people can do: a
// service that is not there, a deadline that was ours.
func (c *Client) do(ctx context.Context, values url.Values, header http.Header, path ...string) (*http.Response, error) {
	// JoinPath keeps a prefix in the URL, for a service behind a path of a gateway.
	u := c.base.JoinPath(append([]string{"api/v1"}, path...)...)
	u.RawQuery = values.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", c.base, err)
	}
	for name := range header {
		request.Header.Set(name, header.Get(name))
	}
	response, err := c.http.Do(request)
	if err != nil {
		// The transport wraps a cancellation in an error of its own; the cause is the true one.
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		// Only a failed dial means that nothing runs there. A connection that broke later is
		// another fault, and `mcptrail up` would not mend it.
		if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
			return nil, fmt.Errorf("%w at %s; start it with `mcptrail up` or give --url (%w)", ErrUnreachable, c.base, dial.Err)
		}
		return nil, fmt.Errorf("asking the query service: %w", err)
	}
	return response, nil
}

// problem is the service's sentence, or what some other server answers: a proxy's page of
// HTML is no sentence, so the status stands for it.
func problem(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	if err != nil {
		return fmt.Errorf("reading the answer %s: %w", response.Status, err)
	}
	// The service answers with RFC 9457 problem details, of which detail is the sentence.
	var model struct {
		Detail string `json:"detail"`
	}
	message := strings.TrimSpace(string(body))
	if json.Unmarshal(body, &model) == nil && model.Detail != "" {
		message = model.Detail
	} else if len(message) > 300 || message == "" || strings.HasPrefix(message, "<") {
		message = "the server answered " + response.Status + "; is this a query service?"
	}
	return &Error{Status: response.StatusCode, Message: message}
}
