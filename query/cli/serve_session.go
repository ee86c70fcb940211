package cli

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/playback"
	"github.com/mcptrail/mcptrail/query/wire"
)

// ServeSession is the command.
// It reads the record once, at its start, and needs no service afterwards.
type ServeSession struct {
	ID   string `arg:"" help:"Session: its id, the short form, or the beginning of either."`
	HTTP string `name:"http" placeholder:"ADDRESS" help:"Serve Streamable HTTP there, as 127.0.0.1:0; without it, stdio."`
}

// Help teaches by example.
func (ServeSession) Help() string {
	return `A recorded session is served back as an MCP server: a client that asks what was asked then gets the answers of then. What
was not asked gets a JSON-RPC error that names the nearest recorded call. Nothing reaches the server of then.

  mcptrail serve-session 8a3f --http 127.0.0.1:0
  npx @modelcontextprotocol/inspector --cli mcptrail serve-session 8a3f --method tools/list

Exit status: 0, or 2 if the session could not be read or served, 3 if there is no such session.`
}

// Run serves a session.
func (c *ServeSession) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	recording, err := record(ctx, api, c.ID)
	if err != nil {
		return err
	}
	// On stdio the protocol owns standard output: nothing else may be printed there.
	if c.HTTP == "" {
		return recording.Stdio(ctx, os.Stdin, atOnce{screen})
	}
	listener, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", c.HTTP, err)
	}
	// The listener's address and not the flag's: port 0 means a free one.
	fmt.Fprintf(screen.Notes, "Serving %d recorded calls at http://%s/mcp\n", recording.Calls(), listener.Addr())
	return recording.HTTP(ctx, listener)
}

// record reads a session whole, bodies included, into memory: a client may ask for
// anything of it.
// Both the timeline and the events are read: one says which answer belongs to which request,
// the other has the bytes.
func record(ctx context.Context, api *client.Client, part string) (*playback.Recording, error) {
	id, err := api.Resolve(ctx, part)
	if err != nil {
		return nil, err
	}
	timeline, err := api.Timeline(ctx, id)
	if err != nil {
		return nil, err
	}
	var events []wire.Event
	for e, err := range api.Events(ctx, id, 0, true) {
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return playback.New(events, timeline), nil
}

// atOnce sends what is written without waiting for more.
type atOnce struct{ screen *Screen }

// Write flushes each message: a client on stdio waits for it.
func (w atOnce) Write(p []byte) (int, error) {
	n, err := w.screen.Write(p)
	if err == nil {
		err = w.screen.Flush()
	}
	return n, err
}
