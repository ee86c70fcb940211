package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mcptrail/mcptrail/collector/stdio"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// stdioCommand wraps one server.
type stdioCommand struct {
	Upstream string   `help:"Name of the server in the record; default is what the command launches." env:"MCPTRAIL_UPSTREAM"`
	Command  []string `arg:"" optional:"" passthrough:"partial" help:"The server and its arguments, after --."`
}

// Help is shown below the flags.
func (stdioCommand) Help() string {
	return `Examples:
  mcptrail-collector stdio -- npx -y @modelcontextprotocol/server-filesystem /srv
  mcptrail-collector stdio --upstream github -- docker run -i --rm ghcr.io/github/github-mcp-server

Put it where your MCP client has the server's command. It starts the server at once, passes every byte and signal,
and exits as the server does: 128+N if signal N killed it, 127 or 126 if it could not be started.`
}

const (
	// headStart delays the record behind the start of the server, whose first messages wait
	// in the queue: what a client waits for must not share the processor.
	headStart = 50 * time.Millisecond
	// settled is when the memory that starting took is returned to the system, since a
	// wrapper is idle most of its life.
	settled = time.Second
)

// Run wraps the command and exits as it does. The command starts before anything
// is connected, and a record that cannot be stored never changes its exit status.
//
// ctx ends with nothing here: the end of the server, or of its input, is the end of the run.
func (c *stdioCommand) Run(ctx context.Context, r *RecordingFlags) error {
	// kong passes the separator through with what follows it.
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return badInput{fmt.Errorf("no command: mcptrail-collector stdio -- COMMAND ARGS")}
	}
	// All that can be bad input is read before the server starts, so that nothing has to be
	// stopped.
	config, err := r.config()
	if err != nil {
		return err
	}
	name := c.Upstream
	if name == "" {
		name = stdio.ServerName(command)
	}
	rec, err := r.build(config, "stdio "+name)
	if err != nil {
		return err
	}
	defer r.watch(config, rec.Recorder)()
	// Nobody reads the channel: that it is registered is what keeps the default action off.
	// Until all is published a second signal must not end us; what comes before the
	// server's end goes to it all the same.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	// It collects the garbage too, which must not compete with the start of the server.
	time.AfterFunc(settled, debug.FreeOSMemory)
	// rec.Run calls its function in this goroutine, so these need no lock.
	code, failed := 0, error(nil)
	err = rec.Run(ctx, headStart, func(ctx context.Context) error {
		code, failed = stdio.Run(ctx, stdio.Config{Command: command, Upstream: name, MaxBody: r.MaxBody,
			Env: withoutPassword(os.Environ()), EnvKeys: config.EnvKeys},
			rec.Recorder.Queue(), os.Stdin, os.Stdout, os.Stderr)
		return nil
	})
	// The record's error is printed and nothing more: a client must not take its server for
	// broken because a broker is.
	for _, err := range []error{failed, err} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "mcptrail-collector:", err)
		}
	}
	return exitStatus(code)
}

// withoutPassword removes our own secret from what the server gets.
//
// A server is foreign code, and a password in its environment would be in reach of every
// tool call that prints it.
func withoutPassword(environ []string) []string {
	return slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, kafkaconn.PasswordVariable+"=") })
}
