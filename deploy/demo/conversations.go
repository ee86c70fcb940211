package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/wire"
)

// demo is one run: where the programs are and where they listen.
type demo struct {
	bin, scratch, api, broker string
	query                     *client.Client
}

// conversations runs three public clients against three public servers, each pair
// through a collector, and returns the sessions that were recorded.
func (d *demo) conversations(ctx context.Context) ([]wire.SessionSummary, error) {
	wrapped := func(server []string) []string {
		return peers.ToCommand(append(append([]string{filepath.Join(d.bin, "mcptrail-collector"), "stdio"}, d.flags()...), append([]string{"--"}, server...)...)...)
	}
	title("1. TypeScript SDK v1 and server-everything, stdio, protocol 2025-11-25")
	if err := talk(ctx, peers.LegacyClient(wrapped(peers.EverythingStdio())...)); err != nil {
		return nil, err
	}

	title("2. TypeScript SDK v2 and go-sdk's everything-server, HTTP proxy, protocol 2026-07-28")
	if err := d.overHTTP(ctx); err != nil {
		return nil, err
	}

	title("3. server-filesystem reads one file and refuses another")
	allowed, forbidden, err := d.files()
	if err != nil {
		return nil, err
	}
	if err := talk(ctx, peers.FilesystemClient(allowed, forbidden, wrapped(peers.FilesystemStdio(filepath.Dir(allowed)))...)); err != nil {
		return nil, err
	}
	return d.recorded(ctx, 3)
}

// flags tell a collector where all of this run is. A client gives the server that it
// starts no more than a reduced environment.
func (d *demo) flags() []string {
	return []string{"--brokers", d.broker, "--receipts", "http://" + d.api, "--key-file", filepath.Join(d.scratch, "key"),
		"--spool", filepath.Join(d.scratch, "spool"), "--identity", filepath.Join(d.scratch, "identity.key")}
}

func (d *demo) overHTTP(ctx context.Context) error {
	url, stop, err := peers.StartGoEverything(ctx, true)
	if err != nil {
		return err
	}
	defer stop()
	listen := address(7680)
	collector, err := d.start("mcptrail-collector", append([]string{"http", "--listen", listen, "--upstream", "everything=" + url}, d.flags()...)...)
	if err != nil {
		return err
	}
	defer collector.Stop()
	if err := collector.Answers(ctx, listen); err != nil {
		return err
	}
	return talk(ctx, peers.ModernClient(peers.ToURL("http://"+listen)...))
}

// files makes a file that the server may read and one that it may not.
func (d *demo) files() (allowed, forbidden string, err error) {
	allowed, forbidden = filepath.Join(d.scratch, "files", "notes.txt"), filepath.Join(d.scratch, "secrets.txt")
	if err := os.Mkdir(filepath.Dir(allowed), 0o700); err != nil {
		return "", "", err
	}
	if err := os.WriteFile(allowed, []byte("The meeting is on Tuesday.\n"), 0o600); err != nil {
		return "", "", err
	}
	return allowed, forbidden, os.WriteFile(forbidden, []byte("Not for agents.\n"), 0o600)
}

// talk runs a scripted client, which prints its steps.
func talk(ctx context.Context, argv []string) error {
	out, err := peers.Run(ctx, argv)
	fmt.Print(string(out))
	if err != nil {
		return fmt.Errorf("running %s: %w", filepath.Base(argv[1]), err)
	}
	return nil
}

// print shows what was recorded with the command that people use.
func (d *demo) print(ctx context.Context, sessions []wire.SessionSummary) error {
	mcptrail := []string{filepath.Join(d.bin, "mcptrail"), "--url", "http://" + d.api}
	title("What was recorded: mcptrail sessions")
	if err := show(ctx, append(slices.Clone(mcptrail), "sessions")); err != nil {
		return err
	}
	for _, s := range sessions {
		title("mcptrail show " + s.ID)
		if err := show(ctx, append(slices.Clone(mcptrail), "show", s.ID)); err != nil {
			return err
		}
	}
	return nil
}

func title(text string) { fmt.Printf("\n== %s\n", text) }
