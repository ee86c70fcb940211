package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// configFile reads flags from a JSON object. Unlike kong's own loader it refuses a
// name that is no flag: a misspelt kafka-tls must not be off without notice.
type configFile struct {
	kong.Resolver
	names map[string]json.RawMessage
}

// loadConfig is the [kong.ConfigurationLoader] of configFile.
//
// kong calls it for the usual file and for --config. Which flags there are only Validate
// knows.
func loadConfig(r io.Reader) (kong.Resolver, error) {
	var names map[string]json.RawMessage
	data, err := io.ReadAll(r)
	if err == nil {
		err = json.Unmarshal(data, &names)
	}
	if err != nil {
		return nil, fmt.Errorf("reading flags from the configuration file: %w", err)
	}
	values, err := kong.JSON(bytes.NewReader(data))
	return configFile{values, names}, err
}

// Validate is called by kong once it knows all flags.
//
// The flags of all commands are known here, so that one file can serve several of them.
func (c configFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app.Node, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	for name := range c.names {
		if !known[name] {
			return fmt.Errorf("the configuration file has %q, which is no flag", name)
		}
	}
	return nil
}
