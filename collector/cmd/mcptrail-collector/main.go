// Command mcptrail-collector records the MCP traffic that passes through it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/schema/completion"
)

const description = `Record what an AI agent and its MCP servers say to each other.

Examples:
  mcptrail-collector stdio -- npx -y @modelcontextprotocol/server-filesystem /srv
  mcptrail-collector http --listen 127.0.0.1:7680 --upstream files=http://127.0.0.1:3001/mcp
  mcptrail-collector import conversation.jsonl
  mcptrail-collector wrap --client cursor

Flags may stand in a JSON file too, {"brokers":["kafka:9092"],"kafka-tls":true}: --config,
or collector.json in the mcptrail folder of your configuration directory. Exit status:
0 good, 2 could not be done, 3 bad input; stdio exits as its command does.`

type commands struct {
	Recording `embed:""`
	Config    kong.ConfigFlag  `help:"Read flags from this JSON file." placeholder:"FILE"`
	Version   kong.VersionFlag `help:"Print the version and exit."`

	Stdio  stdioCommand  `cmd:"" help:"Run an MCP server and record its standard input and output."`
	HTTP   httpCommand   `cmd:"" name:"http" help:"Stand before MCP servers as a reverse proxy and record what passes."`
	Import importCommand `cmd:"" help:"Record a conversation that was captured before (JSON lines)."`
	Wrap   wrapCommand   `cmd:"" help:"Have the servers of an MCP client recorded: change its configuration."`
	Unwrap unwrapCommand `cmd:"" help:"Change the configuration of an MCP client back."`
	Ship   shipCommand   `cmd:"" help:"Send what collectors of this host left in the spool; runs until it is stopped."`
	Status statusCommand `cmd:"" help:"Say what is spooled, sent and lost on this host."`
	Policy policyCommand `cmd:"" help:"Look at what would be stored and what would be cut."`

	Completion completion.Command `cmd:"" help:"Print the script with which a shell completes commands and flags."`
}

func main() {
	noDump()
	boundMemory()
	var c commands
	usual := "/etc/mcptrail/collector.json"
	if dir, err := os.UserConfigDir(); err == nil {
		usual = filepath.Join(dir, "mcptrail", "collector.json")
	}
	parser, err := kong.New(&c, kong.Name("mcptrail-collector"), kong.Description(description),
		kong.Configuration(loadConfig, usual), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"version": version(), "upstreams_listen": upstreams.DefaultListen})
	if err != nil {
		panic(err)
	}
	chosen, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "mcptrail-collector: %v\nTry mcptrail-collector --help.\n", err)
		os.Exit(3)
	}
	// A stdio wrapper hands signals on instead of dying of them.
	ctx := context.Background()
	if chosen.Selected().Name != "stdio" {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	os.Exit(status(chosen.Run(&c.Recording)))
}

// version is what the build knows of itself.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return "mcptrail-collector " + info.Main.Version + " " + info.GoVersion
	}
	return "mcptrail-collector"
}
