package api

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
)

// maxProblem bounds what is read of an error.
const maxProblem = 64 << 10

// Error is a sentence for people, with the HTTP status that it came with: 0 where
// nothing answered.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Client talks to one query service. It may be used by many goroutines.
type Client struct {
	base *url.URL
	http *http.Client
	// header is sent with every request.
	header http.Header
}

// New prepares a client of the service at the URL.
func New(address string, client *http.Client, header http.Header) (*Client, error) {
	base, err := url.Parse(strings.TrimSpace(address))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, &Error{0, fmt.Sprintf("%q is no URL of a query service. Set it in the data source's settings; it looks like http://127.0.0.1:7676.", address)}
	}
	return &Client{base: base, http: client, header: header}, nil
}

// As is the client with a header more.
func (c *Client) As(name, value string) *Client {
	header := c.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set(name, value)
	return &Client{base: c.base, http: c.http, header: header}
}

// Base is the service's URL.
func (c *Client) Base() string { return strings.TrimSuffix(c.base.String(), "/") }

// set adds a parameter unless it has the zero value.
func set(v url.Values, name string, value any) {
	switch value := value.(type) {
	case string:
		if value != "" {
			v.Set(name, value)
		}
	case []string:
		v[name] = value
	case int64:
		if value != 0 {
			v.Set(name, strconv.FormatInt(value, 10))
		}
	case *bool:
		if value != nil {
			v.Set(name, strconv.FormatBool(*value))
		}
	case time.Time:
		if !value.IsZero() {
			v.Set(name, value.UTC().Format(time.RFC3339Nano))
		}
	}
}

// get reads a JSON answer.
func get[T any](ctx context.Context, c *Client, path string, values url.Values, header http.Header) (answer T, err error) {
	body, err := c.open(ctx, path, values, header)
	if err != nil {
		return answer, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return answer, c.broken(ctx, err)
	}
	return answer, nil
}

// open begins to read an answer.
func (c *Client) open(ctx context.Context, path string, values url.Values, header http.Header) (io.ReadCloser, error) {
	u := c.base.JoinPath(path)
	u.RawQuery = values.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &Error{0, fmt.Sprintf("The address %s cannot be asked. Correct it in the data source's settings.", c.base.Redacted())}
	}
	for _, h := range []http.Header{c.header, header} {
		for name, values := range h {
			request.Header[name] = values
		}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		return nil, c.refused(response)
	}
	return response.Body, nil
}

// broken says why there is no answer, or no whole one.
func (c *Client) broken(ctx context.Context, err error) error {
	where := c.base.Redacted()
	message := fmt.Sprintf("The answer of the query service at %s broke off. Try again; if it stays so, look into its log.", where)
	_, isJSON := errors.AsType[*json.SyntaxError](err)
	dial, isDial := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		message = fmt.Sprintf("The query service at %s did not answer in time. Ask for a shorter time range, or see whether it is well.", where)
	case isDial && dial.Op == "dial":
		message = fmt.Sprintf("Nothing answers at %s. Start mcptrail-query there, or correct the URL in the data source's settings.", where)
	case strings.Contains(err.Error(), "tls:") || strings.Contains(err.Error(), "x509:"):
		message = fmt.Sprintf("The certificate of %s is not trusted (%v). Give its CA in the data source's TLS settings.", where, reason(err))
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		message = fmt.Sprintf("%s speaks plain HTTP. Begin the URL in the data source's settings with http://.", where)
	case isJSON:
		message = fmt.Sprintf("%s answers, but not as a query service does. Correct the URL in the data source's settings.", where)
	}
	return &Error{0, message}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// reason is the innermost error.
func reason(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// refused is the service's own sentence, or what the status means.
func (c *Client) refused(response *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	var problem struct {
		Detail string `json:"detail"`
	}
	where := c.base.Redacted()
	message := fmt.Sprintf("%s answered %s. Is this the URL of a query service?", where, response.Status)
	switch text := strings.TrimSpace(string(body)); {
	case response.StatusCode == http.StatusUnauthorized:
		message = fmt.Sprintf("%s refuses the token. Set a valid one in the data source's settings.", where)
	case response.StatusCode == http.StatusForbidden:
		message = fmt.Sprintf("%s does not let this token read the record. Ask for the right to read, or set another token.", where)
	case json.Unmarshal(body, &problem) == nil && problem.Detail != "":
		message = problem.Detail
	case response.StatusCode == http.StatusMisdirectedRequest && text != "":
		message = text
	}
	return &Error{response.StatusCode, message}
}
