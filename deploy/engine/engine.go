// Package engine runs a real ClickHouse server beside the program: a child
// process whose life ends with its parent's.
//
// The one rule: whoever reads or writes through the engine sees a ClickHouse
// server on two addresses and nothing else, so that a laptop and a cluster
// take the same path.
//
// Unlike a ClickHouse server's, this process aborts when the first message of a
// native connection is refused: a wrong password, a database that does not
// exist, something that is not ClickHouse's protocol. So an engine that keeps a
// record is Private: it listens in a network namespace of its own, where strangers
// cannot send it a byte. Connect to the database default to create another, and
// start the engine again when it is Done.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/deploy/dirlock"
	"github.com/mcptrail/mcptrail/deploy/socket"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
)

const (
	// startTimeout bounds a start, including recovery of a large directory.
	startTimeout = 60 * time.Second
	// lockTimeout is how long a start waits for a predecessor to let go.
	lockTimeout = 2 * time.Second
	// stopTimeout is how long Close waits before it kills.
	stopTimeout = 10 * time.Second
	// portAttempts is how often a start picks free ports anew when somebody
	// else was faster.
	portAttempts = 3
)

// Options say where an engine keeps its data and where it listens.
type Options struct {
	// Dir holds the databases, the configuration and the password. One engine
	// at a time may use it.
	Dir string
	// TCPPort and HTTPPort are on 127.0.0.1, for the native protocol and for
	// HTTP. Zero picks a free port, which the engine keeps when restarted.
	TCPPort, HTTPPort int
	// Private has the engine listen in a network namespace of its own, reached only
	// through a socket in Dir that hands out connections; the ports mean nothing then.
	// Where the system gives no namespace, it listens on loopback as otherwise: see
	// Exposed.
	Private bool
	// Address is a running server to use instead, as host:port of the native
	// protocol or as a clickhouse:// DSN. Nothing is started then, and the
	// other options mean nothing.
	Address string
}

// Engine is a ClickHouse server of our own, or a given one. Its methods are
// for one goroutine; any may wait for the channel that Done gives.
type Engine struct {
	opts     Options
	tcp      int
	http     int
	password string
	// socket hands out connections to a private engine; empty for none.
	socket string
	// exposed says why the engine listens on loopback although it should not.
	exposed error
	child   *child
}

// New builds an engine and does nothing else.
func New(opts Options) *Engine {
	return &Engine{opts: opts}
}

// Start returns when the server answers on both addresses. After Done it may
// be called again: directory, ports and password stay.
func (e *Engine) Start(ctx context.Context) error {
	if e.opts.Address != "" {
		return nil
	}
	prog, err := find()
	if err != nil {
		return err
	}
	if e.opts.Private && canBePrivate && e.exposed == nil {
		if err = e.startPrivate(ctx, prog); !errors.Is(err, errNoNamespace) {
			return err
		}
		e.exposed, e.socket = err, ""
	}
	for attempt := 1; ; attempt++ {
		picked, err := e.pickPorts()
		if err != nil {
			return err
		}
		err = e.launch(ctx, prog)
		if err == nil {
			return nil
		}
		if picked {
			e.tcp, e.http = 0, 0
		}
		if !picked || attempt == portAttempts || !isTaken(err) {
			return err
		}
	}
}

// errNoNamespace says that this system, or its administrator, gives this user no
// network namespace.
var errNoNamespace = errors.New("no network namespace of its own for the engine")

// startPrivate starts the engine in its own namespace.
func (e *Engine) startPrivate(ctx context.Context, prog program) error {
	if err := os.MkdirAll(e.opts.Dir, 0o700); err != nil {
		return fmt.Errorf("making the engine's directory: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(e.opts.Dir, "native.sock"))
	if err != nil {
		return fmt.Errorf("finding the engine's directory: %w", err)
	}
	if len(path) > socket.MaxPath {
		return fmt.Errorf("starting the ClickHouse engine: the path %s of its socket has over %d bytes: use a shorter data directory", path, socket.MaxPath)
	}
	e.tcp, e.http, e.socket = privateTCP, privateHTTP, path
	return e.launch(ctx, prog)
}

// Exposed says why a Private engine listens on loopback all the same, nil if it does
// not. Other users of the machine cannot read or write then, but can abort it.
func (e *Engine) Exposed() error { return e.exposed }

// launch starts the child once, on the chosen ports.
func (e *Engine) launch(ctx context.Context, prog program) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	lock, err := acquire(ctx, e.opts.Dir)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	defer lock.Close() // the child has inherited it
	config, password, err := writeConfig(e.opts.Dir)
	if err != nil {
		return err
	}
	e.password = password
	prog.args = append(prog.args, e.arguments(config)...)
	if e.socket != "" {
		if prog, err = private(prog, e.socket); err != nil {
			return err
		}
	}
	c, err := startChild(prog, lock)
	if err != nil && e.socket != "" && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL)) {
		return fmt.Errorf("%w: %w", errNoNamespace, err)
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", prog.path, err)
	}
	if err := e.waitReady(ctx, c); err != nil {
		c.stop(0)
		if e.socket != "" && c.status == exitNoNetwork {
			return fmt.Errorf("%w: %w", errNoNamespace, err)
		}
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	e.child = c
	return nil
}

// arguments are those of clickhouse-local: it listens, and then its last query
// reads standard input, so that it serves until that is closed.
func (e *Engine) arguments(config string) []string {
	return []string{
		"--path=" + e.opts.Dir + "/data",
		"--config-file=" + config,
		"--listen_host=127.0.0.1",
		"--tcp_port=" + strconv.Itoa(e.tcp),
		"--http_port=" + strconv.Itoa(e.http),
		"--input-format=LineAsString",
		"--structure=l String",
		"--multiquery",
		"--query=SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT count() FROM table FORMAT Null",
	}
}

// Done is closed when the child has ended, for whatever reason. A given server
// is never done. Call it after Start.
func (e *Engine) Done() <-chan struct{} {
	if e.child == nil {
		return nil
	}
	return e.child.done
}

// Err tells how the child ended; it is nil before Done and after a clean end.
func (e *Engine) Err() error {
	if e.child == nil {
		return nil
	}
	select {
	case <-e.child.done:
		return e.child.err
	default:
		return nil
	}
}

// Pid is the child's process id, 0 when there is no child.
func (e *Engine) Pid() int {
	if e.child == nil {
		return 0
	}
	return e.child.pid
}

// Close has the child finish its writes and end, and kills it when it takes
// longer than ten seconds.
func (e *Engine) Close() error {
	if e.child == nil {
		return nil
	}
	return e.child.stop(stopTimeout)
}

// Addr is host:port of the native protocol, the "handoff:" address of a private engine,
// or the given address.
func (e *Engine) Addr() string {
	if e.socket != "" {
		return dsn.Handoff + e.socket
	}
	if e.opts.Address == "" {
		return loopback(e.tcp)
	}
	if u, err := url.Parse(e.opts.Address); err == nil && u.Host != "" {
		return u.Host
	}
	return e.opts.Address
}

// HTTPAddr is host:port of the HTTP interface, empty for a given server and for a
// private engine.
func (e *Engine) HTTPAddr() string {
	if e.opts.Address != "" || e.socket != "" {
		return ""
	}
	return loopback(e.http)
}

// Options address a database by the native protocol, with user and password; open them
// with [dsn.Open].
func (e *Engine) Options(database string) (*clickhouse.Options, error) {
	if e.socket == "" {
		o, err := clickhouse.ParseDSN(e.DSN(database))
		if err != nil {
			return nil, errors.New("addressing the engine: not a clickhouse:// address")
		}
		return o, nil
	}
	return dsn.Flags{ClickHouse: e.Addr(), Database: database, User: user, Password: e.password}.Options()
}

// DSN addresses a database by the native protocol, with user and password, but not of a
// private engine, which no DSN can name. A DSN that was given keeps everything but its
// database.
func (e *Engine) DSN(database string) string {
	u := &url.URL{Scheme: "clickhouse", Host: e.Addr()}
	if e.opts.Address == "" {
		u.User = url.UserPassword(user, e.password)
	} else if given, err := url.Parse(e.opts.Address); err == nil && given.Host != "" {
		u = given
	}
	u.Path = "/" + database
	return u.String()
}

// pickPorts fills in what is zero and checks what is not.
func (e *Engine) pickPorts() (picked bool, err error) {
	if e.tcp == 0 {
		e.tcp, e.http = e.opts.TCPPort, e.opts.HTTPPort
		picked = e.tcp == 0 || e.http == 0
	}
	// Both stay open until both are known, so that they differ.
	for _, port := range []*int{&e.tcp, &e.http} {
		l, err := net.Listen("tcp", loopback(*port))
		if err != nil {
			return false, fmt.Errorf("port %d for the ClickHouse engine is not free: %w", *port, err)
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return picked, nil
}

// waitReady returns when the server answers, or why it will not.
func (e *Engine) waitReady(ctx context.Context, c *child) error {
	if e.socket != "" {
		return e.waitPrivate(ctx, c)
	}
	client := &http.Client{Timeout: time.Second}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return errors.Join(errors.New("it ended before it was ready"), c.err)
		case <-ctx.Done():
			return fmt.Errorf("waiting until it answers: %w", ctx.Err())
		case <-tick.C:
		}
		// HTTP listens last, so the native port is open when it answers.
		response, err := client.Get("http://" + e.HTTPAddr() + "/ping")
		if err != nil {
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// waitPrivate returns when a private server answers.
func (e *Engine) waitPrivate(ctx context.Context, c *child) error {
	o, err := e.Options("default")
	if err != nil {
		return err
	}
	o.DialTimeout = time.Second
	conn, err := dsn.Open(o)
	if err != nil {
		return err
	}
	defer conn.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return errors.Join(errors.New("it ended before it was ready"), c.err)
		case <-ctx.Done():
			return fmt.Errorf("waiting until it answers: %w", ctx.Err())
		case <-tick.C:
		}
		if conn.Ping(ctx) == nil {
			return nil
		}
	}
}

// acquire locks dir. A predecessor that was killed holds the lock for the
// moment it takes to die, so a few tries are made.
func acquire(ctx context.Context, dir string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		lock, err := dirlock.Acquire(dir)
		if !errors.Is(err, dirlock.ErrInUse) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-tick.C:
		}
	}
}

func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

func isTaken(err error) bool {
	return strings.Contains(err.Error(), "Address already in use")
}
