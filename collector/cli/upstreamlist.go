package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/collector/upstreams"
)

// upstreamList is where the proxy's upstreams come from when none is given as a flag.
type upstreamList struct {
	// Listen is where clients expect the collector.
	Listen string
	// file is empty where flags named the upstreams; was are its bytes when it was last read.
	file string
	was  []byte
}

// list completes the proxy's configuration from the file.
//
// With a list, no path works without a name: upstreams come and go, and it would lead to
// another server later.
func (c *httpCommand) list(config *httpproxy.Config) (upstreamList, error) {
	if len(c.Upstream) > 0 {
		return upstreamList{Listen: upstreams.DefaultListen}, nil
	}
	l := upstreamList{file: c.Upstreams}
	if l.file == "" {
		usual, err := upstreams.DefaultFile()
		if err != nil {
			return l, err
		}
		l.file = usual
	}
	// was is what this list was read from, so that follow misses no change since.
	list, was, err := upstreams.Load(l.file)
	if err != nil {
		return l, badInput{err}
	}
	l.Listen, l.was = list.Listen, was
	config.ByName, config.Upstreams = true, list.Proxied()
	return l, nil
}

// listInterval is how often the list is read.
const listInterval = time.Second

// follow applies changes of the list to the proxy, until ctx ends. A list that cannot be
// read changes nothing, and neither does one that is gone: an editor may be replacing it.
func (l upstreamList) follow(ctx context.Context, proxy *httpproxy.Proxy, listening string) {
	if l.file == "" {
		return
	}
	tick := time.NewTicker(listInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := os.ReadFile(l.file)
		if bytes.Equal(now, l.was) || os.IsNotExist(err) {
			continue
		}
		// This precedes the check, so that a list that cannot be used is reported once and
		// not each second. l is a copy that this goroutine owns.
		l.was = now
		var list upstreams.List
		if err == nil {
			list, err = upstreams.Decode(now)
		}
		if err == nil {
			err = proxy.Change(list.Proxied())
		}
		if err != nil {
			logger().Warn("reading the list of upstreams, the old one stays", "file", l.file, "cause", err)
			continue
		}
		for _, u := range list.Upstreams {
			fmt.Fprintf(os.Stderr, "recording %s: http://%s/%s -> %s\n", u.Name, listening, u.Name, u.Origin)
		}
	}
}
