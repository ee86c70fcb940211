package peers

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// readyWithin bounds how long a server may take to accept its first connection. Node needs about half a second, and
// many times that on a machine with more to do than it has cores.
const readyWithin = 2 * time.Minute

// StartEverythingHTTP starts server-everything over Streamable HTTP (legacy revisions, with sessions and replay)
// and returns its endpoint. It listens on all addresses of the machine, as the published server does.
func StartEverythingHTTP(ctx context.Context) (url string, stop func(), err error) {
	return startEverything(ctx, "streamableHttp", "/mcp")
}

// StartEverythingSSE starts server-everything over HTTP+SSE, the transport of 2024-11-05.
func StartEverythingSSE(ctx context.Context) (url string, stop func(), err error) {
	return startEverything(ctx, "sse", "/sse")
}

func startEverything(ctx context.Context, transport, path string) (string, func(), error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	argv := []string{NodePath(), everythingJS(), transport}
	return serve(ctx, port, path, argv, "PORT="+strconv.Itoa(port))
}

// StartGoEverything starts go-sdk's everything-server over Streamable HTTP. Stateless, it serves all revisions
// but its legacy clients cannot be asked for sampling or elicitation; with state it serves legacy clients only.
func StartGoEverything(ctx context.Context, stateless bool) (url string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	argv := []string{
		goEverything(),
		"-http", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		"-stateless=" + strconv.FormatBool(stateless),
	}
	return serve(ctx, port, "/", argv)
}

// StartAnyPath starts a server of the TypeScript SDK that serves MCP under every path, with one tool, echo.
func StartAnyPath(ctx context.Context) (url string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	return serve(ctx, port, "/mcp", script("anypath-server.mjs", nil), "PORT="+strconv.Itoa(port))
}

// StartProtected starts the TypeScript SDK's example server that lets nobody in without a token, and returns its
// endpoint and the address of the authorization server that comes with it.
func StartProtected(ctx context.Context) (url, authorization string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", "", nil, err
	}
	other, err := freePort()
	if err != nil {
		return "", "", nil, err
	}
	url, stop, err = serve(ctx, port, "/mcp", []string{NodePath(), protectedJS(), "--oauth"},
		"MCP_PORT="+strconv.Itoa(port), "MCP_AUTH_PORT="+strconv.Itoa(other))
	return url, "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(other)), stop, err
}

// serve starts a server and returns once it accepts connections on the port. Cancelling ctx stops it as stop does.
func serve(ctx context.Context, port int, path string, argv []string, env ...string) (string, func(), error) {
	p, err := start(ctx, argv, env...)
	if err != nil {
		return "", nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := p.accepting(ctx, address); err != nil {
		p.stop()
		return "", nil, err
	}
	return "http://" + address + path, p.stop, nil
}

// accepting waits until the address accepts a connection while the process lives.
func (p *process) accepting(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.exited:
			return fmt.Errorf("waiting for %s on %s: it ended (%v): %s", p.name, address, p.err, p.output)
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s on %s: %w: %s", p.name, address, ctx.Err(), p.output)
		case <-tick.C:
			conn, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				return conn.Close()
			}
		}
	}
}

// freePort picks a port that is free on every address, since server-everything listens on all of them.
func freePort() (int, error) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
