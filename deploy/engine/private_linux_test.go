package engine

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
)

// dialEnv makes the test binary a program of another user that tries to get a
// connection; its value is the socket.
const dialEnv = "MCPTRAIL_TEST_DIAL"

func beStranger(address string) {
	conn, err := dsn.Dial(context.Background(), address, 5*time.Second)
	if err == nil {
		conn.Close()
		fmt.Println("connected")
	} else {
		fmt.Println(err)
	}
	os.Exit(0)
}

func openPrivate(t *testing.T, e *Engine, database string) driver.Conn {
	t.Helper()
	o, err := e.Options(database)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dsn.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAPrivateEngineIsReachedByItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(shortTemp(t), "e")
	e := start(t, Options{Dir: dir, Private: true})
	if err := e.Exposed(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("THIS SYSTEM GIVES NO NAMESPACE: ", err)
	}
	conn := openPrivate(t, e, "default")
	execute(t, conn, "CREATE DATABASE kept ENGINE = Atomic")
	execute(t, conn, "CREATE TABLE kept.rows ENGINE = MergeTree ORDER BY n AS SELECT number AS n FROM numbers(10)")
	for _, port := range []int{privateTCP, privateHTTP} {
		if c, err := net.Dial("tcp", loopback(port)); err == nil && listensFor(e.Pid(), port) {
			c.Close()
			t.Errorf("port %d of the engine is open to this machine", port)
		}
	}
	// It can reach nobody: a query is no way out of the machine.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := conn.Exec(context.Background(), "SELECT * FROM url('http://"+listener.Addr().String()+"/', LineAsString) SETTINGS http_max_tries=1"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a query to an address of this machine: %v", err)
	}
	if os.Geteuid() == 0 {
		// The directories above are open, as those of a careless user are.
		for d := dir; d != "/tmp" && d != "/"; d = filepath.Dir(d) {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		copied := filepath.Join(filepath.Dir(dir), "stranger")
		copyFile(t, os.Args[0], copied)
		stranger := exec.Command(copied)
		stranger.Env = []string{dialEnv + "=" + e.Addr()}
		stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		said, err := stranger.CombinedOutput()
		if err != nil || !strings.Contains(string(said), "permission denied") {
			t.Errorf("another user of the machine: %s %v", said, err)
		}
	}

	// The next run has everything at the same address.
	at := e.Addr()
	if err := syscall.Kill(e.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, e.Done())
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if e.Addr() != at {
		t.Errorf("restarted at %s, want %s", e.Addr(), at)
	}
	if n := count(t, openPrivate(t, e, "kept"), "rows"); n != 10 {
		t.Errorf("got %d rows after the restart, want 10", n)
	}
}

// listensFor reports whether a TCP port is listened on in the namespace of this process
// by a process of the engine's: another service of the machine may well have it.
func listensFor(pid, port int) bool {
	own, _ := os.Readlink("/proc/self/ns/net")
	its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	return err == nil && own == its && port != 0
}

// shortTemp is a directory whose path leaves space for a socket's name.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestALongDirectoryIsNamed(t *testing.T) {
	start(t, Options{Dir: t.TempDir()}) // skips when there is no engine
	e := New(Options{Dir: filepath.Join(t.TempDir(), strings.Repeat("long", 30)), Private: true})
	if err := e.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "shorter data directory") {
		t.Errorf("got %v", err)
		e.Close()
	}
}
