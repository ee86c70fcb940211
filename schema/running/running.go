// Package running is how the programs of one user find what `mcptrail up` runs on this
// machine: by the address that they were given, through sockets that are this user's alone.
//
// The one rule: who looks up an address gets a socket of this user's or nothing; a
// stranger's file, folder or program on that address's port is never believed.
package running

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// DataVariable is the environment variable with the directory of `mcptrail up`, for those
// who chose another than the usual one.
const DataVariable = "MCPTRAIL_DATA"

// name of the file in the data directory.
const name = "running.json"

// Parts are the addresses of one `mcptrail up`, and the secrets that go with them.
type Parts struct {
	// API is the URL of the query service, APISocket a unix socket in the data directory
	// where it answers programs of this user without asking who they are.
	API       string `json:"api"`
	APISocket string `json:"api_socket"`
	// Kafka is the HOST:PORT that names the broker, which listens at KafkaSocket only.
	Kafka       string `json:"kafka"`
	KafkaSocket string `json:"kafka_socket"`
	// ClickHouse is an address as the flag --clickhouse takes it.
	ClickHouse         string `json:"clickhouse"`
	ClickHouseUser     string `json:"clickhouse_user,omitempty"`
	ClickHousePassword string `json:"clickhouse_password,omitempty"`
	PID                int    `json:"pid"`
}

// ErrUnlisted says that only programs that know the data directory find the parts: another
// user of the machine has taken the name of this user's list. The parts can run all the same.
var ErrUnlisted = errors.New("the parts cannot be listed for programs that do not know the data directory")

// Announce writes the file into a data directory and returns what removes it, also with
// [ErrUnlisted].
// The file holds secrets and has mode 0600 from its first byte. remove is nil where nothing
// was announced. A process that is killed leaves the file; its process id says so.
func Announce(data string, p Parts) (remove func(), err error) {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(data, name)
	// A reader finds the old file or the new one, and never one that others may read.
	t, err := os.CreateTemp(data, name+".*") // 0600
	if err != nil {
		return nil, fmt.Errorf("announcing where the parts are: %w", err)
	}
	_, err = t.Write(append(text, '\n'))
	if e := t.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(t.Name(), file)
	}
	if err != nil {
		os.Remove(t.Name())
		return nil, fmt.Errorf("announcing where the parts are: %w", err)
	}
	unlist, err := list(p)
	if err != nil {
		return func() { os.Remove(file) }, fmt.Errorf("%w: %w", ErrUnlisted, err)
	}
	return func() { os.Remove(file); unlist() }, nil
}

// Find reads what runs over a data directory; false where nothing does.
func Find(data string) (Parts, bool) {
	var p Parts
	text, err := os.ReadFile(filepath.Join(data, name))
	if err != nil || json.Unmarshal(text, &p) != nil || p.PID <= 0 {
		return Parts{}, false
	}
	return p, alive(p.PID)
}

// Here reads what runs over the data directory that the environment names. Where it names
// none, it reads what runs over the usual one, or else the only thing that this user runs
// on this machine; false where there is none or more than one.
func Here() (Parts, bool) {
	if data, err := Data(); err == nil {
		p, up := Find(data)
		if up || os.Getenv(DataVariable) != "" {
			return p, up
		}
	}
	if all := listed(); len(all) == 1 {
		return all[0], true
	}
	return Parts{}, false
}

// at returns the parts that have an address, as match says.
// The usual data directory comes first. Several that match are one address that two claim;
// the first of them is taken, and both are this user's own.
func at(match func(Parts) bool) (Parts, bool) {
	if data, err := Data(); err == nil {
		if p, up := Find(data); up && match(p) {
			return p, true
		}
	}
	if all := listed(); slices.ContainsFunc(all, match) {
		return all[slices.IndexFunc(all, match)], true
	}
	return Parts{}, false
}

// Data is the directory of `mcptrail up`: the one that the environment names, or the
// usual one after the XDG base directories.
func Data() (string, error) {
	if dir := os.Getenv(DataVariable); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "mcptrail"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the data directory: %w", err)
	}
	return filepath.Join(home, ".local", "share", "mcptrail"), nil
}

// KafkaSocket returns the socket of brokers, if they are the one that runs here.
func KafkaSocket(brokers []string) (path string, ok bool) {
	p, up := at(func(p Parts) bool { return slices.Equal(brokers, []string{p.Kafka}) })
	return p.KafkaSocket, up && p.KafkaSocket != ""
}

// Transport returns what requests to a query service at base go through: the service's
// own socket, where base is the one that runs here, which neither a stranger's program on
// its port can stand in for nor asks for a password; otherwise a transport like the
// default one. Which of them is decided for each request. set, if not nil, changes both.
func Transport(base *url.URL, set func(*http.Transport)) http.RoundTripper {
	r := &router{api: base.Scheme + "://" + base.Host, network: http.DefaultTransport.(*http.Transport).Clone(), socket: http.DefaultTransport.(*http.Transport).Clone()}
	r.socket.Proxy = nil
	r.socket.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		p, up := r.here()
		if !up {
			return nil, fmt.Errorf("the service of this machine has ended: %w", syscall.ECONNREFUSED)
		}
		return (&net.Dialer{}).DialContext(ctx, "unix", p.APISocket)
	}
	if set != nil {
		set(r.network)
		set(r.socket)
	}
	return r
}

// DefaultAPI is the URL of the service that `mcptrail up` runs, unless it was given another.
const DefaultAPI = "http://127.0.0.1:7676"

// ErrNotUp says that what `mcptrail up` runs by default was asked for and does not run.
var ErrNotUp = errors.New("`mcptrail up` of this user does not run: start it, or name the query service by another address, like http://localhost:7676")

// TrustedTransport is [Transport] for answers on whose word something is removed for good.
// [DefaultAPI] is then the service of this user's `mcptrail up` or nobody: whoever listens
// on that port otherwise may be any user of the machine. Another address was chosen by
// somebody, and is believed.
func TrustedTransport(base *url.URL) http.RoundTripper {
	r := Transport(base, nil).(*router)
	r.trusted = r.api == DefaultAPI
	return r
}

// It reads the files again for each request, which is cheap beside one and follows a service
// that was started again. Both transports keep their own idle connections.
type router struct {
	api             string
	network, socket *http.Transport
	// trusted refuses what is not reached through the socket.
	trusted bool
}

func (r *router) here() (Parts, bool) {
	return at(func(p Parts) bool { return p.APISocket != "" && p.API == r.api })
}

func (r *router) RoundTrip(request *http.Request) (*http.Response, error) {
	if _, up := r.here(); up {
		return r.socket.RoundTrip(request)
	}
	if r.trusted {
		return nil, ErrNotUp
	}
	return r.network.RoundTrip(request)
}

// CloseIdleConnections closes what waits for the next request.
func (r *router) CloseIdleConnections() {
	r.network.CloseIdleConnections()
	r.socket.CloseIdleConnections()
}
