// Package dsn holds the flags with which every program here finds ClickHouse.
//
// The one rule: an address with a password in it never shows in an error or a log.
package dsn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Flags name a ClickHouse server. Embed them in a kong command.
// A flag outweighs the same thing in the address, and the file the flag of the password.
type Flags struct {
	ClickHouse   string `name:"clickhouse" env:"MCPTRAIL_CLICKHOUSE" default:"127.0.0.1:9000" placeholder:"ADDR" help:"ClickHouse as HOST:PORT of the native protocol, or as clickhouse://USER:PASSWORD@HOST:PORT[,HOST:PORT]?secure=true."`
	Database     string `env:"MCPTRAIL_DATABASE" default:"mcptrail" help:"Database that holds the record."`
	User         string `name:"clickhouse-user" env:"MCPTRAIL_CLICKHOUSE_USER" help:"ClickHouse user; default is the server's default user."`
	Password     string `name:"clickhouse-password" env:"MCPTRAIL_CLICKHOUSE_PASSWORD" help:"Password of the user; better given by environment or file, since others on this host can read flags."`
	PasswordFile string `name:"clickhouse-password-file" env:"MCPTRAIL_CLICKHOUSE_PASSWORD_FILE" help:"File that holds the password."`
	TLS          bool   `name:"clickhouse-tls" env:"MCPTRAIL_CLICKHOUSE_TLS" help:"Connect with TLS."`
	CAFile       string `name:"clickhouse-ca" env:"MCPTRAIL_CLICKHOUSE_CA" help:"PEM file of the authorities to trust instead of the system's; implies TLS."`
}

// dialTimeout bounds one connection attempt.
const dialTimeout = 5 * time.Second

// Options turns the flags into what clickhouse-go wants.
// It reads the files that the flags name, and connects to nothing.
func (f Flags) Options() (*clickhouse.Options, error) {
	opts, err := f.parse()
	if err != nil {
		return nil, err
	}
	if f.Database != "" {
		opts.Auth.Database = f.Database
	}
	if f.User != "" {
		opts.Auth.Username = f.User
	}
	if f.Password != "" {
		opts.Auth.Password = f.Password
	}
	if f.PasswordFile != "" {
		b, err := os.ReadFile(f.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading the ClickHouse password: %w", err)
		}
		// Only line ends: a password may end with a space.
		opts.Auth.Password = strings.TrimRight(string(b), "\r\n")
	}
	if f.TLS && opts.TLS == nil {
		opts.TLS = &tls.Config{}
	}
	if f.CAFile != "" {
		pem, err := os.ReadFile(f.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading the authorities of ClickHouse: %w", err)
		}
		if opts.TLS == nil {
			opts.TLS = &tls.Config{}
		}
		// A pool of its own: only these authorities count, not the system's besides.
		opts.TLS.RootCAs = x509.NewCertPool()
		if !opts.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the authorities of ClickHouse: no certificate in %s", f.CAFile)
		}
	}
	opts.DialTimeout = dialTimeout
	// What the address itself says of compression stays.
	if opts.Compression == nil && !loopback(opts.Addr) {
		opts.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	return opts, nil
}

// loopback reports whether no network lies between: compression, which costs as much
// as half of what ingest does, gains nothing there.
func loopback(addrs []string) bool {
	for _, addr := range addrs {
		if strings.HasPrefix(addr, Handoff) {
			continue
		}
		host, _, _ := net.SplitHostPort(addr)
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// parse reads the address in one of its three forms: a handed-over connection, HOST:PORT
// with more after commas, or a URL.
func (f Flags) parse() (*clickhouse.Options, error) {
	if strings.HasPrefix(f.ClickHouse, Handoff) {
		return &clickhouse.Options{Addr: []string{f.ClickHouse}, DialContext: func(ctx context.Context, address string) (net.Conn, error) {
			return Dial(ctx, address, dialTimeout)
		}}, nil
	}
	if !strings.Contains(f.ClickHouse, "://") {
		addrs := strings.Split(f.ClickHouse, ",")
		for _, addr := range addrs {
			if _, _, err := net.SplitHostPort(addr); err != nil {
				return nil, fmt.Errorf("ClickHouse address %q: want HOST:PORT or clickhouse://…", addr)
			}
		}
		return &clickhouse.Options{Addr: addrs}, nil
	}
	opts, err := clickhouse.ParseDSN(f.ClickHouse)
	if err != nil {
		// The cause quotes the address, and with it the password.
		return nil, errors.New("ClickHouse address: not of the form clickhouse://USER:PASSWORD@HOST:PORT?secure=true")
	}
	if opts.Protocol != clickhouse.Native {
		return nil, errors.New("ClickHouse address: only the native protocol is spoken here, not HTTP")
	}
	return opts, nil
}
