package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/mcptrail/mcptrail/schema/running"
)

type linkCommand struct{}

// Help is shown below the flags.
func (linkCommand) Help() string {
	return "Prints an address that lets a browser of yours in to what `mcptrail up` recorded. It works once, within\n" +
		"ten minutes; the browser stays in until `mcptrail up` ends.\n\nExample:\n  mcptrail link"
}

// Run asks the service that runs on this machine, through its socket.
func (linkCommand) Run(ctx context.Context) error {
	p, up := running.Here()
	if !up {
		return fmt.Errorf("nothing runs here: start `mcptrail up`, or set %s to its data directory", running.DataVariable)
	}
	base, err := url.Parse(p.API)
	if err != nil {
		return fmt.Errorf("reading the address of the service: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.API+"/local/link", nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: running.Transport(base, nil)}).Do(request)
	if err != nil {
		return fmt.Errorf("asking for a link: %w", err)
	}
	defer answer.Body.Close()
	var made struct{ Host, Path string }
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("asking for a link: the service answers %s", answer.Status)
	}
	fmt.Println("http://" + net.JoinHostPort(made.Host, base.Port()) + made.Path)
	return nil
}
