//go:build !unix

package dsn

import (
	"context"
	"errors"
	"net"
	"time"
)

// Handoff is the scheme of addresses that only unix systems have.
const Handoff = "handoff:"

func dialHandoff(context.Context, string, time.Duration) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}
