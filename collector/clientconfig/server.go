package clientconfig

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tailscale/hujson"
)

// State of a server in a file.
type State string

const (
	// Bare: nothing records it.
	Bare State = "not recorded"
	// Wrapped: Wrap made it run through a collector.
	Wrapped State = "recorded"
	// ByHand: it runs through a collector, which another edit than Wrap's did.
	ByHand State = "recorded by hand"
	// Odd: Wrap leaves it as it is, for the reason in Why.
	Odd State = "left alone"
)

// Server is one MCP server of a client.
type Server struct {
	// Name is the client's name for it, Where the object that it stands in.
	Name, Where string
	State       State
	Why         string
	// Collector is the program that wraps a command, empty where none does.
	Collector string
	// URL is the address of a remote server, without what may be secret in it.
	URL string
	// SignsIn: the file has no credential for a remote server. If the server wants one, the client gets it by OAuth, which is bound to the server's address.
	SignsIn bool

	// object is nil where the server is none; of command and address at most one is
	// there, of arguments only what goes with a command.
	object    *hujson.Object
	command   *hujson.Value
	arguments *hujson.Array
	address   *hujson.Value
	// moved is the index of the argument that was the command of a wrapped server.
	moved int
}

// addresses are the members that clients have for the address of a remote server.
var addresses = []string{"url", "serverUrl", "httpUrl"}

// read finds out what a server is. Its error is about the file as a whole.
func (s *Server) read(v *hujson.Value) (err error) {
	object, ok := v.Value.(*hujson.Object)
	if !ok {
		s.odd(errors.New("it is no object"))
		return nil
	}
	s.object = object
	if s.command, err = member(object, "command"); err != nil {
		return err
	}
	arguments, err := member(object, "args")
	if err != nil {
		return err
	}
	for _, name := range addresses {
		found, err := member(object, name)
		switch {
		case err != nil:
			return err
		case found != nil && s.address != nil:
			s.odd(errors.New("it has several addresses"))
			return nil
		case found != nil:
			s.address = found
		}
	}
	switch {
	case s.command != nil && s.address != nil:
		s.odd(errors.New("it has a command and an address"))
	case s.command != nil:
		s.odd(s.readCommand(arguments))
	case s.address != nil:
		s.odd(s.readAddress())
	default:
		s.odd(errors.New("it has no command and no address"))
	}
	return nil
}

// odd marks the server as left alone; nil changes nothing.
func (s *Server) odd(why error) {
	if why != nil {
		s.State, s.Why = Odd, why.Error()
	}
}

// readCommand finds out whether a command is recorded already, and where in the arguments
// the original command stands. It relies on nothing but the text, because other programs
// edit these files too.
func (s *Server) readCommand(arguments *hujson.Value) error {
	command := text(s.command)
	if command == "" || strings.HasPrefix(command, "-") {
		return errors.New("its command is no program")
	}
	var args []string
	if arguments != nil {
		list, ok := arguments.Value.(*hujson.Array)
		if !ok {
			return errors.New("its args are no list")
		}
		for i := range list.Elements {
			if value(&list.Elements[i]).Kind() != '"' {
				return errors.New("its args are not all strings")
			}
			args = append(args, text(&list.Elements[i]))
		}
		s.arguments = list
	}
	s.State = Bare
	if !isCollector(command) {
		return nil
	}
	s.Collector = command
	if len(args) == 0 || args[0] != "stdio" {
		return errors.New("it runs a collector in another way")
	}
	s.State = ByHand
	// This is the form that Wrap writes: stdio --upstream=NAME, further flags, "--" where the
	// server had arguments, then the server's own command.
	if len(args) > 1 && strings.HasPrefix(args[1], upstreamFlag) {
		i := 2
		for i < len(args) && strings.HasPrefix(args[i], "--") && args[i] != "--" {
			i++
		}
		if i < len(args) && args[i] == "--" {
			i++
		}
		if i < len(args) {
			s.State, s.moved = Wrapped, i
		}
	}
	return nil
}

// Address of a remote server, empty for one that runs as a command. It may hold secrets.
func (s *Server) Address() string { return text(s.address) }

// isCollector compares the name of the program only, since installations differ in its
// directory.
func isCollector(command string) bool {
	name := command[strings.LastIndexAny(command, `/\`)+1:]
	return name == collectorName || strings.EqualFold(name, collectorName+".exe")
}

const collectorName = "mcptrail-collector"

var origin = regexp.MustCompile(`^(?i:https?)://([^/?#\\]+)`)

// readAddress leaves alone what cannot be called through a local address.
func (s *Server) readAddress() error {
	address := text(s.address)
	found := origin.FindStringSubmatch(address)
	if found == nil {
		return errors.New("its address does not begin with http://HOST or https://HOST")
	}
	host := found[1]
	s.URL = found[0]
	switch {
	case strings.Contains(host, "@"):
		s.URL = ""
		return errors.New("its address has a user in it, which clients do not send on")
	// Clients expand variables in different ways, and a proxy that is built from the text
	// could not know the host.
	case strings.ContainsAny(host, "${}<> "):
		return errors.New("its address has a variable for the host")
	}
	if _, ok := raw(s.address, found[0]); !ok {
		return errors.New("its address is written with escapes")
	}
	headers, err := member(s.object, "headers")
	s.State, s.SignsIn = Bare, headers == nil && !strings.ContainsAny(address, "?$")
	return err
}

// raw is how the literal of an address writes its beginning: as it is, or with
// slashes escaped as some programs do.
func raw(address *hujson.Value, beginning string) (string, bool) {
	literal := string(value(address).(hujson.Literal))[1:]
	for _, form := range []string{beginning, escapeSlashes(beginning)} {
		if strings.HasPrefix(literal, form) {
			return form, true
		}
	}
	return "", false
}

// escapeSlashes writes a string as PHP and some JavaScript serializers do.
func escapeSlashes(s string) string { return strings.ReplaceAll(s, "/", `\/`) }

// like writes the beginning of an address in the form that another one has.
func like(form, beginning string) string {
	if strings.Contains(form, `\/`) {
		return escapeSlashes(beginning)
	}
	return beginning
}

// String names the server for messages; it holds nothing from the server's values.
func (s *Server) String() string { return fmt.Sprintf("%s in %s", s.Name, s.Where) }
