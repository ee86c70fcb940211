// Command demo runs the main job once: real MCP conversations go through the
// collectors, and their timelines come out.
//
// The one rule: it uses the built programs and nothing else, the way a person would.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/mcptrail/mcptrail/deploy/background"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
)

func main() {
	bin := flag.String("bin", "bin", "directory with the built programs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *bin); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(2)
	}
}

func run(ctx context.Context, bin string) error {
	if err := peers.Missing(); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mcptrail-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	d := demo{bin: bin, scratch: scratch, api: address(7676), broker: address(7692)}
	up, err := d.start("mcptrail", "up", "--data", filepath.Join(scratch, "data"), "--listen", d.api, "--kafka-listen", d.broker,
		"--spool", filepath.Join(scratch, "spool"), "--upstreams", filepath.Join(scratch, "upstreams.json"),
		"--identity", filepath.Join(scratch, "identity.key"), "--trust", filepath.Join(scratch, "identity.pub"))
	if err != nil {
		return err
	}
	defer up.Stop()
	if d.query, err = client.New("http://" + d.api); err != nil {
		return err
	}
	if err := d.ready(ctx, up); err != nil {
		return err
	}
	sessions, err := d.conversations(ctx)
	if err != nil {
		return err
	}
	if err := d.print(ctx, sessions); err != nil {
		return err
	}
	fmt.Printf("\nThe API is at http://%s (description: /openapi.json), for you alone.\n", d.api)
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return nil
	}
	fmt.Printf("Look around: %s --url http://%s sessions\nCtrl-C ends the demo and removes its data.\n", filepath.Join(bin, "mcptrail"), d.api)
	select {
	case <-ctx.Done():
		return nil
	case <-up.Done():
		return errors.New("mcptrail up ended")
	}
}

// address is the program's usual port where it is free, and another one where not.
func address(port int) string {
	for _, p := range []int{port, 0} {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p)); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	return fmt.Sprintf("127.0.0.1:%d", port) // the program will say what is wrong
}

// ready waits until the query service sees the engine.
func (d *demo) ready(ctx context.Context, up *background.Process) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if h, err := d.query.Health(ctx); err == nil && h.Status == "ok" {
			return nil
		}
		select {
		case <-up.Done():
			return errors.New("mcptrail up did not start, see above")
		case <-ctx.Done():
			return fmt.Errorf("waiting for mcptrail up: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// recorded waits until as many sessions are complete, and returns them oldest first.
func (d *demo) recorded(ctx context.Context, want int) ([]wire.SessionSummary, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		page, err := d.query.Sessions(ctx, wire.Filter{}, "", 100)
		if err != nil {
			return nil, err
		}
		complete := 0
		for _, s := range page.Items {
			if s.Complete {
				complete++
			}
		}
		if complete >= want && complete == len(page.Items) {
			for i, j := 0, len(page.Items)-1; i < j; i, j = i+1, j-1 {
				page.Items[i], page.Items[j] = page.Items[j], page.Items[i]
			}
			return page.Items, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d sessions are complete: %w", complete, want, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
