package httpproxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"time"
)

// Config says where requests go and who may send them.
type Config struct {
	Upstreams []Upstream
	// ByName says that each upstream is reached by its name only, also where there is
	// one: for upstreams that come and go, none may get what was meant for another.
	// There may be none then, until Change.
	ByName bool
	// AllowHosts are Host names to accept besides the address of the listener and, on
	// loopback, the names of loopback: "name" with any port, or "name:port".
	AllowHosts []string
	// AllowOrigins are Origins to accept besides those whose host is accepted as Host:
	// "https://app.example", or "*" for all.
	AllowOrigins []string
	// MaxBody is how many bytes of a message are recorded; 0 means 1 MiB.
	MaxBody int
	// RefuseLarger has requests with more than MaxBody bytes refused, so that no message
	// passes of which only the beginning is recorded.
	RefuseLarger bool
	// BodyTimeout is how long a client may take for each mebibyte of a body, or the rest
	// of one; 0 means a minute. A body that stalls holds memory and a connection.
	BodyTimeout time.Duration
	// MaxConnsPerPeer is how many connections one address may have open; 0 means 1024.
	// What comes on top is closed.
	MaxConnsPerPeer int
	// CAFile holds PEM certificates to trust for https upstreams besides the system's.
	CAFile string
	// Grace is how long requests may take to finish once the context of Run is done;
	// event streams that a client opened with GET end at once. 0 means 5 s.
	Grace time.Duration
	// Connected is called with the number of connections of clients whenever it changes,
	// from several goroutines at once; nil where nothing needs it.
	Connected func(n int64)
}

// Upstream is one MCP server.
type Upstream struct {
	// Name is in the record and in the path: letters, digits, '.', '_' and '-'.
	Name string
	// URL of the MCP endpoint.
	URL string
}

// Defaults fills what is not set.
func (c Config) Defaults() Config {
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.Grace == 0 {
		c.Grace = 5 * time.Second
	}
	if c.BodyTimeout == 0 {
		c.BodyTimeout = time.Minute
	}
	if c.MaxConnsPerPeer == 0 {
		c.MaxConnsPerPeer = 1024
	}
	return c
}

var validName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)

// ValidName reports whether an upstream may have the name.
func ValidName(name string) bool { return validName.MatchString(name) }

// parse checks the upstreams.
func (c Config) parse() ([]*upstream, error) {
	if len(c.Upstreams) == 0 && !c.ByName {
		return nil, errors.New("no upstream")
	}
	var ups []*upstream
	for _, u := range c.Upstreams {
		if !validName.MatchString(u.Name) {
			return nil, fmt.Errorf("upstream name %q: use letters, digits, '.', '_' and '-'", u.Name)
		}
		for _, other := range ups {
			if other.name == u.Name {
				return nil, fmt.Errorf("upstream name %q is used twice", u.Name)
			}
		}
		at, err := url.Parse(u.URL)
		if err != nil {
			if inner := new(url.Error); errors.As(err, &inner) {
				err = inner.Err // without the address: it may hold a password
			}
			return nil, fmt.Errorf("reading the URL of upstream %q: %w", u.Name, err)
		}
		if at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
			return nil, fmt.Errorf("upstream %q: what stands behind = is no http or https URL", u.Name)
		}
		if at.User != nil || at.RawQuery != "" || at.Fragment != "" {
			return nil, fmt.Errorf("upstream %q: the URL may hold no user, query or fragment; clients send those", u.Name)
		}
		path := at.EscapedPath()
		if path == "" {
			path = "/"
		}
		ups = append(ups, &upstream{name: u.Name, scheme: at.Scheme, host: at.Host, path: path})
	}
	return ups, nil
}

// maxIdleTime is shorter than the 5 s of Node.js and uvicorn: a request must not
// meet a connection that its server is about to close.
const maxIdleTime = 4 * time.Second

// setFastConns gives each upstream that is reached without TLS and without a proxy its
// fastConns.
//
// The proxy is looked up here for all requests: http.ProxyFromEnvironment reads the
// environment once.
func setFastConns(upstreams []*upstream, t *http.Transport) {
	for _, u := range upstreams {
		at := &url.URL{Scheme: u.scheme, Host: u.host}
		if by, err := t.Proxy(&http.Request{URL: at}); u.scheme != "http" || by != nil || err != nil {
			continue
		}
		addr := at.Host
		if at.Port() == "" {
			addr = net.JoinHostPort(at.Hostname(), "80")
		}
		u.fast = &fastConns{addr: addr, dial: t.DialContext}
	}
}

// transport builds the client side. It has no timeout for answers: a tool may take
// hours.
func (c Config) transport() (*http.Transport, error) {
	// There is no HTTP/2: net/http tries it with a DialContext of ours only if
	// ForceAttemptHTTP2 is set.
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		// The default of 2 would have a burst of requests dial, each for itself.
		MaxIdleConnsPerHost: 1024,
		// Otherwise it would ask for gzip and decode it, and the client would get other
		// bytes than were sent.
		DisableCompression:     true,
		ExpectContinueTimeout:  5 * time.Second,
		IdleConnTimeout:        maxIdleTime,
		ReadBufferSize:         16 << 10,
		WriteBufferSize:        16 << 10,
		MaxResponseHeaderBytes: maxHead,
	}
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading the CA file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading the CA file %s: no certificate in it", c.CAFile)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t, nil
}
