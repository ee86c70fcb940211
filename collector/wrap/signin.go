package wrap

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
)

// probeTimeout is how long a server may take to answer whether it wants a credential.
const probeTimeout = 3 * time.Second

// signIn is why a server is left alone that has its clients sign in: what they get is
// for its own address, and clients refuse it for another one.
const signIn = "it has clients sign in (OAuth), which works at its own address only; --server wraps it all the same"

// excludeSignIns marks the servers that may not be called at another address. A server
// that was named is wrapped whatever it wants.
func (e Editor) excludeSignIns(ctx context.Context, o *opened) {
	// A named server is also not probed: whoever names it has decided.
	if len(e.Servers) > 0 {
		return
	}
	w := e.wrapping(o)
	var asked sync.WaitGroup
	for _, s := range o.file.Servers {
		if s.State != clientconfig.Bare || !s.SignsIn || s.IsWrapped(w) {
			continue
		}
		// The servers are probed at the same time, so that a file with many unreachable ones
		// takes one timeout and not their sum. Each goroutine writes to its own server only.
		asked.Go(func() {
			if wantsCredential(ctx, s.Address()) {
				s.State, s.Why = clientconfig.Odd, signIn
			}
		})
	}
	asked.Wait()
}

// wantsCredential sends a ping without one. A server that cannot be reached counts as one
// that wants none.
func wantsCredential(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	// A redirect is not followed: the file names one address, and a probe must not reach
	// another host because a server says so.
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	// Only 401 asks for a credential. 403 and 404 come from servers that dislike the probe
	// itself, and those work behind a proxy.
	return response.StatusCode == http.StatusUnauthorized
}
