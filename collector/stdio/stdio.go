// Package stdio runs an MCP server as a child process and records what passes
// between it and its client.
//
// The one rule: the client and the server see what they would see through bare
// pipes, bytes and ends alike. A line is handed to the record before the bytes
// that complete it go on, and never delays them for more than that.
//
// Two things differ from bare pipes on purpose. Standard error is always drained,
// so that a client that does not read it cannot block its server: beyond a bounded
// buffer the copy is dropped, with a line that counts what is missing, while the record
// goes on. And output that a descendant holds open after the server's end is awaited
// only for drainTime.
package stdio

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// Config says what to run and how to record it.
type Config struct {
	// Command is the server and its arguments.
	Command []string
	// Upstream is the server's name in the record; empty means what the command
	// launches.
	Upstream string
	// MaxBody is how many bytes of a line are recorded; 0 means 1 MiB.
	MaxBody int
	// Env is what the child gets, as NAME=VALUE; nil means all that we have.
	Env []string
	// EnvKeys finds correlation keys in the environment; nil finds none.
	EnvKeys func(environ []string) []schema.Key
}

const (
	// drainTime is how long the output of a child that has ended is awaited when
	// another process holds it open, and how long a client may take to read what is
	// left after it requested the end.
	drainTime = 500 * time.Millisecond
	// killTime lies between SIGTERM and SIGKILL when ctx ends.
	killTime = 3 * time.Second
)

// Exit codes of a command that could not be started, as shells have them.
const (
	notExecutable = 126
	notFound      = 127
)

// Run starts the command at once and returns its exit code when it has ended and
// its output has been delivered: 128+n if signal n killed it, 126 or 127 with an
// error if it could not be started. Signals that the process gets go to the child,
// so the caller must not catch them. When ctx ends, the child gets SIGTERM, and SIGKILL
// killTime later. Run closes stdin and stdout, each when its other end does.
func Run(ctx context.Context, config Config, rec *observe.Queue, stdin io.ReadCloser, stdout io.WriteCloser, stderr io.Writer) (int, error) {
	if len(config.Command) == 0 {
		return notFound, errors.New("starting the server: no command")
	}
	config = config.defaults()
	signals := make(chan os.Signal, 32)
	// Before the child starts, so that no signal falls in between.
	signal.Notify(signals, caught()...)
	defer signal.Stop(signals)

	c, err := start(config)
	if err != nil {
		return startCode(err), err
	}
	t := &tap{max: config.MaxBody, x: rec.Begin(observe.Exchange{Upstream: config.Upstream,
		Transport: schema.TransportStdio, Process: describe(config, c.pid())}, time.Now())}
	stderrCopy := newStderrBuffer(stderr)
	pump := t.pump
	if rec.Strict() {
		pump = t.strict(&shared{WriteCloser: stdout}, &shared{WriteCloser: c.stdin})
	}
	// Nobody waits for this pump: it may be blocked in reading from a client that stays
	// silent, until stdin is closed below.
	pump(c.stdin, stdin, schema.ClientToServer, t.message(schema.ClientToServer))
	out := pump(stdout, c.stdout, schema.ServerToClient, t.message(schema.ServerToClient))
	errs := t.pump(stderrCopy, c.stderr, "", t.x.Stderr)

	w := &watch{child: c, signals: signals, stop: ctx.Done()}
	w.exited()
	// The child's own output is in the pipes by now; what else comes is of descendants that
	// inherited them.
	c.expire(time.Now().Add(drainTime))
	w.delivered(out)
	<-errs
	select {
	case <-stderrCopy.done:
	case <-time.After(drainTime):
	}
	exit := c.exit()
	t.end(exit)
	stdin.Close()
	stdout.Close()
	return exit.Code, nil
}

func (c Config) defaults() Config {
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.Env == nil {
		c.Env = os.Environ()
	}
	if c.Upstream == "" {
		c.Upstream = ServerName(c.Command)
	}
	return c
}
