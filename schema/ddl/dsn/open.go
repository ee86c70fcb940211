package dsn

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// lingerTimeout is how long a closed connection waits for the server's end of it.
const lingerTimeout = 10 * time.Second

// Open prepares connections that are never reset. It does not connect.
//
// The driver gives up on a query by closing its connection, and closing one with
// unread answers resets it. ClickHouse 26.7 ends with an uncaught exception when a
// reset meets it between two queries, so connections here part in peace.
func Open(options *clickhouse.Options) (driver.Conn, error) {
	o := *options
	o.DialContext = func(ctx context.Context, address string) (net.Conn, error) {
		tcp, err := Dial(ctx, address, o.DialTimeout)
		if err != nil {
			return nil, err
		}
		c := &peaceful{TCPConn: tcp.(*net.TCPConn)}
		if o.TLS == nil {
			return c, nil
		}
		// With a dial function of one's own, TLS and the name to verify are left to that function.
		config := o.TLS.Clone()
		if config.ServerName == "" {
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		secure := tls.Client(c, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			c.Close()
			return nil, err
		}
		return secure, nil
	}
	conn, err := clickhouse.Open(&o)
	if err != nil {
		return nil, fmt.Errorf("preparing the ClickHouse client: %w", err)
	}
	return conn, nil
}

// Dial connects to HOST:PORT, or to what a [Handoff] address names. The connection is a
// *net.TCPConn in both cases.
func Dial(ctx context.Context, address string, timeout time.Duration) (net.Conn, error) {
	if strings.HasPrefix(address, Handoff) {
		if timeout == 0 {
			timeout = lingerTimeout
		}
		return dialHandoff(ctx, address, timeout)
	}
	dialer := net.Dialer{Timeout: timeout}
	return dialer.DialContext(ctx, "tcp", address)
}

// peaceful closes in order: it ends its own direction (FIN), reads until the server has
// ended the other one, and only then closes the socket. A socket that is closed with unread
// bytes sends a reset instead.
type peaceful struct {
	*net.TCPConn
	closed atomic.Bool
	// reading is held while the driver reads, as long as that blocks, so that the goroutine
	// of Close never reads beside it.
	reading sync.Mutex
}

func (c *peaceful) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	return c.TCPConn.Read(p)
}

// Close returns at once. A goroutine of its own reads until the server has closed its end,
// for lingerTimeout at most, and then closes the socket.
func (c *peaceful) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	if err := c.CloseWrite(); err != nil {
		return c.TCPConn.Close()
	}
	_ = c.TCPConn.SetReadDeadline(time.Unix(1, 0)) // ends a read under way
	go func() {
		c.reading.Lock() // the read under way is over, and none begins any more
		// Only now: before, it would have prolonged the read that the deadline above ends.
		_ = c.TCPConn.SetReadDeadline(time.Now().Add(lingerTimeout))
		c.reading.Unlock()
		_, _ = io.Copy(io.Discard, c.TCPConn)
		_ = c.TCPConn.Close()
	}()
	return nil
}
