package running

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

func TestSecretsAreForTheirOwnerAndAddressOnly(t *testing.T) {
	data := t.TempDir()
	t.Setenv(DataVariable, data)
	if _, ok := Here(); ok {
		t.Fatal("something runs in an empty directory")
	}
	remove, err := Announce(data, Parts{API: "http://127.0.0.1:7", Kafka: "127.0.0.1:8", KafkaSocket: "s", PID: os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(data, name))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if socket, ok := KafkaSocket([]string{"127.0.0.1:8"}); !ok || socket != "s" {
		t.Errorf("got %q %v", socket, ok)
	}
	for _, other := range [][]string{nil, {"127.0.0.1:9"}, {"127.0.0.1:8", "127.0.0.1:9"}, {"localhost:8"}} {
		if _, ok := KafkaSocket(other); ok {
			t.Errorf("the socket is for %q too", other)
		}
	}
	remove()
	if _, ok := Here(); ok {
		t.Error("what was removed still runs")
	}
}

func TestWhatHasEndedIsNotFound(t *testing.T) {
	data := t.TempDir()
	if _, err := Announce(data, Parts{PID: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	if _, ok := Find(data); ok {
		t.Error("a process that does not exist runs")
	}
}

func TestTheServiceOfThisMachineIsReachedThroughItsSocket(t *testing.T) {
	data := t.TempDir()
	t.Setenv(DataVariable, data)
	squatter, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer squatter.Close()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "api.sock")
	own, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	go http.Serve(own, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	base := &url.URL{Scheme: "http", Host: squatter.Addr().String()}
	remove, err := Announce(data, Parts{API: base.String(), APISocket: socket, PID: os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	answer, err := (&http.Client{Transport: Transport(base, nil)}).Get(base.String() + "/x")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusTeapot {
		t.Errorf("got %s from somebody else", answer.Status)
	}
}

// TestTheDefaultServiceIsThisUsersOrNobody asks for receipts while nothing of this user
// runs: whatever answers on that port is a stranger.
func TestTheDefaultServiceIsThisUsersOrNobody(t *testing.T) {
	t.Setenv(DataVariable, t.TempDir())
	base, err := url.Parse(DefaultAPI)
	if err != nil {
		t.Fatal(err)
	}
	if _, up := at(func(p Parts) bool { return p.API == DefaultAPI }); up {
		t.Skip("SKIPPED, nothing was tested: `mcptrail up` of this user runs")
	}
	if _, err := (&http.Client{Transport: TrustedTransport(base)}).Get(DefaultAPI + "/x"); !errors.Is(err, ErrNotUp) {
		t.Errorf("got %v", err)
	}
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	go http.Serve(stranger, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	chosen := &url.URL{Scheme: "http", Host: stranger.Addr().String()}
	answer, err := (&http.Client{Transport: TrustedTransport(chosen)}).Get(chosen.String() + "/x")
	if err != nil || answer.StatusCode != http.StatusTeapot {
		t.Fatalf("an address that was chosen: %v, %v", answer, err)
	}
	answer.Body.Close()
}
