package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

func TestMain(m *testing.M) {
	ServeIfChild()
	if at := os.Getenv(dialEnv); at != "" {
		beStranger(at)
	}
	if os.Getenv(parentEnv) != "" {
		beParent()
	}
	os.Exit(m.Run())
}

// parentEnv makes the test binary a parent to kill; its value is the directory.
const parentEnv = "MCPTRAIL_TEST_PARENT"

// beParent starts an engine, says where it is, and waits to be killed.
func beParent() {
	e := New(Options{Dir: os.Getenv(parentEnv)})
	if err := e.Start(context.Background()); err != nil {
		os.Stdout.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(e.HTTPAddr() + "\n")
	select {}
}

func start(t *testing.T, opts Options) *Engine {
	t.Helper()
	e := New(opts)
	err := e.Start(context.Background())
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		t.Skip("A PART IS MISSING: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func connect(t *testing.T, dsn string) driver.Conn {
	t.Helper()
	opts, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func execute(t *testing.T, conn driver.Conn, statement string) {
	t.Helper()
	if err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("executing %s: %v", statement, err)
	}
}

func count(t *testing.T, conn driver.Conn, from string) (n uint64) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), "SELECT count() FROM "+from).Scan(&n); err != nil {
		t.Fatalf("counting %s: %v", from, err)
	}
	return n
}

func awaitEnd(t *testing.T, done <-chan struct{}) {
	t.Helper()
	wait.Receive(t, "the engine to end", done)
}

func TestRowsSurviveAKilledChild(t *testing.T) {
	e := start(t, Options{Dir: t.TempDir()})
	addr, httpAddr := e.Addr(), e.HTTPAddr()
	conn := connect(t, e.DSN("default"))
	execute(t, conn, "CREATE DATABASE kept ENGINE = Atomic")
	execute(t, conn, "CREATE TABLE kept.rows (n UInt64) ENGINE = MergeTree ORDER BY n")
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO kept.rows")
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(1000) {
		if err := batch.Append(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}

	if err := syscall.Kill(e.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, e.Done())
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v, want an error that says it was killed", err)
	}

	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if e.Addr() != addr || e.HTTPAddr() != httpAddr {
		t.Errorf("restarted on %s and %s, want %s and %s", e.Addr(), e.HTTPAddr(), addr, httpAddr)
	}
	if n := count(t, connect(t, e.DSN("kept")), "rows"); n != 1000 {
		t.Errorf("got %d rows after the restart, want 1000", n)
	}
}

func TestRowsSurviveClose(t *testing.T) {
	dir := t.TempDir()
	e := start(t, Options{Dir: dir})
	conn := connect(t, e.DSN("default"))
	execute(t, conn, "CREATE DATABASE kept")
	execute(t, conn, "CREATE TABLE kept.rows ENGINE = MergeTree ORDER BY n AS SELECT number AS n FROM numbers(10)")
	conn.Close() // the engine would wait five seconds for it
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, e.Done())
	if err := e.Err(); err != nil {
		t.Errorf("got %v after Close, want no error", err)
	}
	again := start(t, Options{Dir: dir})
	if n := count(t, connect(t, again.DSN("kept")), "rows"); n != 10 {
		t.Errorf("got %d rows, want 10", n)
	}
}

func TestChildDiesWithItsParent(t *testing.T) {
	start(t, Options{Dir: t.TempDir()}) // skips when there is no engine
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"="+dir)
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 1024)
	n, _ := stdout.Read(said)
	addr := strings.TrimSpace(string(said[:n]))
	if _, err := net.Dial("tcp", addr); err != nil {
		t.Fatalf("the engine of the other process does not answer: %v (it said %q)", err, addr)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	parent.Wait()
	// The lock is held by parent and child, so this succeeds when both are gone.
	start(t, Options{Dir: dir})
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Errorf("something still listens on %s", addr)
	}
}

func TestTwoEnginesNeverShareADirectory(t *testing.T) {
	dir := t.TempDir()
	start(t, Options{Dir: dir})
	err := New(Options{Dir: dir}).Start(context.Background())
	if err == nil || !strings.Contains(err.Error(), dir+" is in use by process") {
		t.Errorf("got %v, want an error that names the directory and the process", err)
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	start(t, Options{Dir: t.TempDir()}) // skips when there is no engine
	for name, opts := range map[string]Options{"native": {TCPPort: port}, "HTTP": {HTTPPort: port}} {
		t.Run(name, func(t *testing.T) {
			opts.Dir = t.TempDir()
			err := New(opts).Start(context.Background())
			if err == nil || !strings.Contains(err.Error(), "is not free") || !strings.Contains(err.Error(), l.Addr().String()) {
				t.Errorf("got %v, want an error that names %s", err, l.Addr())
			}
		})
	}
}

func TestNobodyEntersWithoutThePassword(t *testing.T) {
	e := start(t, Options{Dir: t.TempDir()})
	for _, as := range []string{"", "default:", "default:x", user + ":", user + ":x"} {
		request, err := http.NewRequest("GET", "http://"+e.HTTPAddr()+"/?query=SELECT+1", nil)
		if err != nil {
			t.Fatal(err)
		}
		if name, password, found := strings.Cut(as, ":"); found {
			request.SetBasicAuth(name, password)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			t.Errorf("HTTP let %q in", as)
		}
	}
	// Last, since it is the end of the engine.
	if err := connect(t, "clickhouse://default@"+e.Addr()+"/default").Ping(context.Background()); err == nil {
		t.Error("the native protocol let default in")
	}
	awaitEnd(t, e.Done())
}

func TestMissingEngineSaysWhatToDo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(libEnv, "")
	t.Chdir(t.TempDir())
	err := New(Options{Dir: t.TempDir()}).Start(context.Background())
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "make engine") {
		t.Errorf("got %v, want an error that says `make engine`", err)
	}
}

func TestClickHouseOnPathIsUsed(t *testing.T) {
	start(t, Options{Dir: t.TempDir()}) // skips when there is no engine
	prog, err := find()
	if err != nil {
		t.Fatal(err)
	}
	if len(prog.env) == 0 {
		t.Skip("a real clickhouse is on PATH: every test here uses it")
	}
	// A program by that name, which is the library all the same.
	dir := t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" = local ] || exit 9\nshift\necho used >" + dir + "/used\n" + prog.env[0] + " exec " + prog.path + " \"$@\"\n"
	if err := os.WriteFile(dir+"/clickhouse", []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	e := start(t, Options{Dir: t.TempDir()})
	if _, err := os.Stat(dir + "/used"); err != nil {
		t.Error("the program on PATH was not used")
	}
	if n := count(t, connect(t, e.DSN("default")), "numbers(3)"); n != 3 {
		t.Errorf("got %d, want 3", n)
	}
}

func TestGivenAddressIsUsedAsItIs(t *testing.T) {
	for given, want := range map[string][2]string{
		"db:9000":                            {"db:9000", "clickhouse://db:9000/trail"},
		"clickhouse://a:b@db:9440/?secure=1": {"db:9440", "clickhouse://a:b@db:9440/trail?secure=1"},
	} {
		e := New(Options{Address: given})
		if err := e.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		if e.Addr() != want[0] || e.DSN("trail") != want[1] {
			t.Errorf("%s: got %s and %s, want %s and %s", given, e.Addr(), e.DSN("trail"), want[0], want[1])
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
