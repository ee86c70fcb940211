package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/query/client"
)

// Exit statuses of every command. Scripts read them, so they never change.
const (
	exitGood = 0
	// exitWrong: what was asked for was done, and it found something wrong.
	exitWrong = 1
	// exitUndone: it could not be done.
	exitUndone = 2
	// exitInput: what was asked for makes no sense.
	exitInput = 3
)

// Commands read the record. Embed it in the grammar of a program.
// Each command is a type with Help and Run; kong calls Run with what was bound by type.
type Commands struct {
	URL string `name:"url" env:"MCPTRAIL_URL" default:"${url}" placeholder:"URL" help:"Query service to ask (default ${url})."`

	Sessions Sessions `cmd:"" help:"List sessions, newest first."`
	Show     Show     `cmd:"" help:"Show what happened in a session, operation by operation."`
	Events   Events   `cmd:"" help:"Print the record of a session, event by event."`
	Replay   Replay   `cmd:"" help:"Go through a session as it happened."`
	Search   Search   `cmd:"" help:"Find text in what was said."`
	Tail     Tail     `cmd:"" help:"Watch events as they come in."`
	Verify   Verify   `cmd:"" help:"Check that the record is what was sealed."`
	Export   Export   `cmd:"" help:"Write evidence to a file that proves itself."`

	Trails       Trails       `cmd:"" help:"List trails: the sessions that belong to one workflow."`
	Compare      Compare      `cmd:"" help:"Show how two sessions or trails differ."`
	ServeSession ServeSession `cmd:"" help:"Serve a recorded session back as an MCP server."`
}

// AfterApply makes the client that the commands take. It does not connect.
func (c *Commands) AfterApply(command *kong.Context) error {
	api, err := client.New(c.URL)
	if err != nil {
		return err
	}
	// Bound for the Run methods, which name what they need as parameters.
	command.Bind(api)
	return nil
}

// errWrong is the result of a command that found something wrong and printed it. Nothing
// more is printed for it.
// It becomes the exit status 1.
var errWrong = errors.New("something is wrong")

// Wrong is what a command of another package returns that found something wrong and
// said so.
func Wrong() error { return errWrong }

// helped ends the program after its help was printed.
type helped int

// Main parses the arguments by a grammar that embeds [Commands], runs the command
// and returns the exit status. The options are those that the rest of the grammar
// needs.
//
// It ends no process and may run several times in one. Results go to out, everything else
// to notes, so that a pipe gets the result alone. ctx ends a command that waits.
func Main(ctx context.Context, grammar any, args []string, out, notes io.Writer, options ...kong.Option) (status int) {
	screen := NewScreen(out, notes)
	parser, err := kong.New(grammar, append(options,
		kong.Name("mcptrail"),
		kong.Description("Read what AI agents did: a flight recorder for the Model Context Protocol."),
		kong.Vars{"url": client.DefaultURL},
		kong.Writers(out, notes),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(screen),
		kong.Exit(func(code int) { panic(helped(code)) }))...)
	if err != nil {
		// Every run of any command would meet it, so a test has.
		panic(err) // a mistake in the grammar
	}
	// kong exits after it printed a help; here that is a panic, since tests run Main.
	defer func() {
		switch r := recover().(type) {
		case nil:
		case helped:
			status = int(r)
		// Any other panic is a fault of the program, and must not look like an exit status.
		default:
			panic(r)
		}
	}()
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(notes, "mcptrail: %s\n", printableLines(err.Error()))
		return exitInput
	}
	// A result that could not be written whole is a failure of the command, also when the
	// service answered: a script must not take half a list for all of it.
	err = errors.Join(command.Run(), screen.Flush())
	if _, explained := errors.AsType[verdict](err); err != nil && !explained && !errors.Is(err, errWrong) {
		fmt.Fprintf(notes, "mcptrail: %s\n", printableLines(err.Error()))
	}
	return statusOf(err)
}

// statusOf maps an error to the exit status: what the person can change in the command
// is 3, what the service or the network did is 2.
// An error that is not listed is 2: what nobody foresaw was not what the person asked for.
func statusOf(err error) int {
	if err == nil {
		return exitGood
	}
	if errors.Is(err, errWrong) {
		return exitWrong
	}
	if v, ok := errors.AsType[verdict](err); ok {
		return int(v)
	}
	// The service refuses with 4xx what no second attempt will change.
	if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.Status < http.StatusInternalServerError {
		return exitInput
	}
	_, none := errors.AsType[*client.NoSessionError](err)
	_, several := errors.AsType[*client.AmbiguousError](err)
	_, bad := errors.AsType[*client.BadIDError](err)
	_, moment := errors.AsType[*momentError](err)
	_, pace := errors.AsType[*badPaceError](err)
	_, key := errors.AsType[*trustError](err)
	if none || several || bad || moment || pace || key {
		return exitInput
	}
	return exitUndone
}
