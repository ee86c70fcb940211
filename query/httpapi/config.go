package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Config of a query service.
// Listener, ClickHouse, Tenant and Log must be set.
type Config struct {
	// Listener to serve on, see [Listen]. Run closes it.
	Listener net.Listener
	// Local restricts the service to one user of this machine; nil restricts nothing.
	Local *Local
	// ClickHouse and the database that holds the record.
	ClickHouse *clickhouse.Options
	// Tenant whose record is served. A service serves one; nobody reads across.
	Tenant string
	// AllowedHosts are names by which clients reach the service besides those of
	// this machine itself and plain addresses.
	AllowedHosts []string
	// Stalled is how many partitions of the record stand still, where this process can
	// know; nil where it cannot.
	Stalled func() int
	// Trust is the file with the public keys of the identities by whose seals events
	// count as verified, read at each check: a collector can leave its key there later.
	// Without it, sealed is the best that is said of any.
	Trust string
	Log   *slog.Logger
}

// Bounds of one answer and of the service. Each keeps one reader from using up what all
// share: connections to ClickHouse, memory, goroutines.
const (
	maxURI    = 8 << 10
	maxHeader = 32 << 10
	// maxBody bounds what a client sends, in bytes; few routes take a body.
	maxBody = 256 << 10
	// maxStreams are the event streams and tails that may be open at once.
	maxStreams = 128
	// readTimeout is for one answer that is no stream, less than clients wait for it;
	// rebuildTimeout is for a timeline.
	readTimeout    = 25 * time.Second
	rebuildTimeout = 5 * time.Minute
	// writeTimeout is how long a stream waits for its reader to take a piece.
	writeTimeout = 30 * time.Second
	// stopTimeout is how long a stop waits for answers under way.
	stopTimeout = 5 * time.Second
	// tailInterval is how often new events are looked for, aliveInterval how often
	// a silent tail says that it is alive.
	tailInterval  = 300 * time.Millisecond
	aliveInterval = 15 * time.Second
)

// Listen binds the address. A person who runs this can act on the error.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listening on %s: another program has this port; choose one with --listen", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return l, nil
}
