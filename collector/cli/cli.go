// Package cli is the command line of the collector: flags, what they configure, and
// what people read.
//
// The one rule: standard output of stdio belongs to the wrapped server. What the
// collector has to report goes to standard error, and no value of a message or of a
// credential is ever in it.
package cli

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

// commands are all commands and flags. kong reads names, help, defaults and variables from
// the tags. A flag on the command line precedes the configuration file, and the file
// precedes the variable of the environment.
type commands struct {
	RecordingFlags `embed:""`
	// Where both files have a flag, this one precedes the usual one.
	Config  kong.ConfigFlag  `help:"Read flags from this JSON file." placeholder:"FILE"`
	Version kong.VersionFlag `help:"Print the version and exit."`

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

// Run runs the command that the arguments name and returns the exit status: 0 good, 1
// something needs attention, 2 could not be done, 3 bad input; stdio exits as its server.
//
// It may be called once in a process: it sets the process's memory limits and signal
// handling.
func Run(args []string) int {
	boundMemory()
	var c commands
	parser, err := newParser(&c, usualConfig())
	if err != nil {
		panic(err) // a mistake in the flags, or a usual file that is no JSON object
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "mcptrail-collector: %v\nTry mcptrail-collector --help.\n", err)
		return 3
	}
	// For all other commands the first signal begins the shutdown, which their grace bounds;
	// further ones change nothing.
	// A stdio wrapper hands signals on instead of dying of them.
	ctx := context.Background()
	if chosen.Selected().Name != "stdio" {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	return exitCode(chosen.Run(&c.RecordingFlags))
}

// newParser reads flags also from a configuration file, if it is there.
// A file that does not exist, or that may not be read, is none.
func newParser(c *commands, configFile string) (*kong.Kong, error) {
	return kong.New(c, kong.Name("mcptrail-collector"), kong.Description(description), kong.Configuration(loadConfig, configFile),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"version": version(), "upstreams_listen": upstreams.DefaultListen})
}

// usualConfig is the file that flags are read from without --config.
//
// The second place is for services that have neither HOME nor XDG_CONFIG_HOME.
func usualConfig() string {
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "mcptrail", "collector.json")
	}
	return "/etc/mcptrail/collector.json"
}

// version is what the build knows of itself.
//
// It is printed, and the record of each run begins with it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return "mcptrail-collector " + info.Main.Version + " " + info.GoVersion
	}
	return "mcptrail-collector"
}
