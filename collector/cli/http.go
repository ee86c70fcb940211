package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/httpproxy"
)

// httpCommand runs the reverse proxy.
type httpCommand struct {
	Listen       string        `help:"Address to listen on (default ${upstreams_listen})." env:"MCPTRAIL_HTTP_LISTEN" placeholder:"HOST:PORT"`
	Upstream     []string      `help:"MCP server to stand before, as NAME=URL; may be given several times, then clients use /NAME. Without one, those that wrap put on the list are served." env:"MCPTRAIL_UPSTREAMS" placeholder:"NAME=URL"`
	Upstreams    string        `help:"File with that list, read again whenever it changes; default is upstreams.json in the mcptrail folder of your configuration directory." env:"MCPTRAIL_UPSTREAMS_FILE" placeholder:"FILE"`
	AllowHosts   []string      `name:"allow-host" help:"Host name that clients may use besides the listening address." placeholder:"HOST"`
	AllowOrigins []string      `name:"allow-origin" help:"Origin that browsers may come from." placeholder:"ORIGIN"`
	Metrics      string        `name:"metrics-listen" help:"Address of /metrics and /healthz, for Prometheus; none without it." env:"MCPTRAIL_METRICS_LISTEN" placeholder:"HOST:PORT"`
	RefuseLarger bool          `help:"Refuse requests of more than --max-body bytes, so that none passes of which only the beginning is recorded." env:"MCPTRAIL_REFUSE_LARGER"`
	BodyTimeout  time.Duration `help:"How long a client may take for each MiB of a request, and for the rest of it." default:"1m" env:"MCPTRAIL_BODY_TIMEOUT"`
	MaxPeerConns int           `name:"max-peer-conns" help:"Connections that one address may have open; more are closed." default:"1024" env:"MCPTRAIL_MAX_PEER_CONNS"`
	UpstreamCA   string        `help:"File with certificates to trust for https upstreams, besides the system's." placeholder:"FILE"`
}

// Help is shown below the flags.
func (httpCommand) Help() string {
	return `Examples:
  mcptrail-collector http --upstream files=http://127.0.0.1:3001/mcp
  mcptrail-collector http --listen :7680 --allow-host recorder.lan --upstream a=https://a.example/mcp --upstream b=https://b.example/mcp

With one --upstream, clients use the address of the collector as they would use the server's. With several, or those of
the list, each has a path of its own, /NAME. No path switches the record off: of
OAuth exchanges, whose addresses the server's own metadata names, and of CORS preflights an event without bodies is
recorded, and what is JSON-RPC in them like everywhere else.`
}

// Run serves until ctx ends. Everything that is bad input is found before it listens.
func (c *httpCommand) Run(ctx context.Context, r *RecordingFlags) error {
	config := httpproxy.Config{AllowHosts: c.AllowHosts, AllowOrigins: c.AllowOrigins, MaxBody: r.MaxBody, CAFile: c.UpstreamCA, Connected: memoryFor,
		RefuseLarger: c.RefuseLarger, BodyTimeout: c.BodyTimeout, MaxConnsPerPeer: c.MaxPeerConns}
	if c.BodyTimeout <= 0 || c.MaxPeerConns <= 0 {
		return badInput{errors.New("--body-timeout and --max-peer-conns: want more than 0")}
	}
	for _, text := range c.Upstream {
		name, url, ok := strings.Cut(text, "=")
		if !ok {
			return badInput{errors.New("--upstream: write it as NAME=URL")}
		}
		config.Upstreams = append(config.Upstreams, httpproxy.Upstream{Name: name, URL: url})
	}
	list, err := c.list(&config)
	if err != nil {
		return err
	}
	made, err := r.config()
	if err != nil {
		return err
	}
	// The status of the host shows the names of the start, also after the list has changed.
	names := make([]string, len(config.Upstreams))
	for i, u := range config.Upstreams {
		names[i] = u.Name
	}
	rec, err := r.build(made, "http "+strings.Join(names, " "))
	if err != nil {
		return err
	}
	defer r.watch(made, rec.Recorder)()
	proxy, err := httpproxy.New(config, rec.Recorder.Queue())
	if err != nil {
		return badInput{err}
	}
	// A flag precedes the list, in which wrap has put the address that clients were given.
	address := cmp.Or(c.Listen, list.Listen)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s, is another collector running? Give another --listen: %w", address, err)
	}
	// Before Run, so that an address that is in use ends the command and not the recording.
	if c.Metrics != "" {
		stop, err := serveMetrics(c.Metrics, withProxy(rec, &proxy.Stats))
		if err != nil {
			return err
		}
		defer stop()
	}
	// The address of the listener, since the flag may ask for any free port.
	for _, u := range config.Upstreams {
		fmt.Fprintf(os.Stderr, "recording %s: http://%s/%s -> %s\n", u.Name, listener.Addr(), u.Name, host(u.URL))
	}
	// 0: there is no server to start, whose first moment the record must not disturb.
	return notice(rec.Run(ctx, 0, func(ctx context.Context) error {
		// It is not waited for: it observes nothing.
		go list.follow(ctx, proxy, listener.Addr().String())
		return proxy.Run(ctx, listener)
	}))
}

// host is what may be printed of an upstream's address: its path can be a key.
func host(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return at.Scheme + "://" + at.Host
}

// withProxy adds what the proxy refused to the metrics of a recording.
//
// The recording knows no transport, so the transport's counters follow its own in the same
// answer.
func withProxy(metrics http.Handler, s *httpproxy.Stats) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		metrics.ServeHTTP(w, r)
		for _, c := range []collector.Counter{
			{Name: "requests_timed_out", Help: "Requests whose body did not come within --body-timeout. Rises: a client or its network stalls, or holds connections open.", Value: &s.SlowBodies},
			{Name: "requests_too_large", Help: "Requests refused for --refuse-larger.", Value: &s.RefusedBodies},
			{Name: "connections_refused", Help: "Connections closed for --max-peer-conns. Rises: one address has too many, or is a gateway of many clients and needs a higher bound.", Value: &s.RefusedConns},
		} {
			c.Write(w)
		}
	})
}

// serveMetrics serves monitoring on a listener of its own: clients of the traffic must not
// reach it.
//
// /healthz says that the process runs, not that it records: what is recorded is in the
// metrics.
func serveMetrics(address string, metrics http.Handler) (stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for metrics, give another --metrics-listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	// An answer that is being written is cut: nobody waits for metrics of a process that
	// ends.
	return func() { server.Close() }, nil
}
