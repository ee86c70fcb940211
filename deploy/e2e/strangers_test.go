package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// hostilePackets is how many first packets each port of `mcptrail up` gets.
const hostilePackets = 10_000

// TestHostileFirstPacketsDoNothing sends what no client of ours sends to every port that
// `mcptrail up` listens on, and then reads and writes the record as before: no part ended,
// nothing came in. It finds the ports itself, in the table of the kernel.
func TestHostileFirstPacketsDoNothing(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	before := pids(t, u)
	kinds := hostileKinds()
	ports := listening(t, u.cmd.Process.Pid)
	if len(ports) != 1 || ports[0] != u.api {
		t.Errorf("ports of mcptrail up: %q, want that of the pages, %s", ports, u.api)
	}
	for _, port := range ports {
		for n := range hostilePackets {
			kind := kinds[n%len(kinds)]
			c, err := net.DialTimeout("tcp", port, 30*time.Second)
			if err != nil {
				t.Fatalf("packet %d at %s: %v", n, port, err)
			}
			_, _ = c.Write(kind())
			if n%50 == 0 { // now and then the sender listens
				_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
				answer, _ := io.ReadAll(io.LimitReader(c, 4096))
				if bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
					t.Errorf("packet %d at %s was answered: %q", n, port, answer)
				}
			}
			_ = c.(*net.TCPConn).SetLinger(n % 2 * -1) // half of them reset
			c.Close()
		}
	}
	t.Logf("%d hostile first packets of %d kinds at each of %d ports", hostilePackets, len(kinds), len(ports))
	if after := pids(t, u); after != before {
		t.Errorf("processes were %s, are %s: a part ended", before, after)
	}
	if r := collector(t, u, "import", transcripts(t)[0]); r.status != 0 {
		t.Fatalf("recording afterwards: status %d\n%s\n%s", r.status, r.stderr, u.out)
	}
	// One session, the one that was recorded.
	wait.For(t, "the session", func() bool { return strings.Count(mcptrail(t, u, "sessions", "--json").stdout, "\n") == 1 })
}

// listening are the TCP addresses that a process and its children listen on, in its own
// network namespace.
func listening(t *testing.T, pid int) []string {
	t.Helper()
	inodes := map[string]bool{}
	family := append([]string{fmt.Sprint(pid)}, strings.Fields(output(t, "pgrep", "-P", fmt.Sprint(pid)))...)
	for _, p := range family {
		files, _ := filepath.Glob("/proc/" + p + "/fd/*")
		for _, f := range files {
			if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, "socket:[") {
				inodes[strings.Trim(to[len("socket:"):], "[]")] = true
			}
		}
	}
	var found []string
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == "0A" && inodes[f[9]] { // 0A: it listens
				var port int
				_, _ = fmt.Sscanf(f[1][strings.LastIndexByte(f[1], ':')+1:], "%X", &port)
				found = append(found, fmt.Sprintf("127.0.0.1:%d", port))
			}
		}
	}
	return found
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil && len(out) > 0 {
		t.Fatal(err)
	}
	return string(out)
}

// pids are the processes of the engine that serves u.
func pids(t *testing.T, u *up) string {
	t.Helper()
	out, err := exec.Command("pgrep", "-f", filepath.Join(u.data, "engine")).Output()
	if err != nil || len(out) == 0 {
		t.Fatalf("no engine runs: %v", err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// hostileKinds are first packets: random bytes, other protocols, and requests of Kafka,
// ClickHouse and HTTP that lie about their length.
func hostileKinds() []func() []byte {
	random := func(n int) []byte {
		b := make([]byte, n)
		_, _ = rand.Read(b)
		return b
	}
	kafkaRequest := func(key, version int16, size uint32, body []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, size)
		b = binary.BigEndian.AppendUint16(b, uint16(key))
		b = binary.BigEndian.AppendUint16(b, uint16(version))
		return append(b, body...)
	}
	return []func() []byte{
		func() []byte { return random(1 + mrand.IntN(2000)) },
		func() []byte { return []byte{byte(mrand.IntN(256))} },
		func() []byte { return nil },
		func() []byte { // a TLS hello
			return append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, random(500)...)
		},
		func() []byte { // ClickHouse's hello with a wrong password
			return append([]byte{0, 1, 'x', 26, 7}, "\x00\x07default\x08mcptrail\x05wrong"...)
		},
		func() []byte { return []byte("GET /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") },
		func() []byte {
			return []byte("GET /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + fmt.Sprintf("%x", random(16)) + "\r\n\r\n")
		},
		func() []byte {
			return []byte("POST /local/link HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
		},
		func() []byte {
			return []byte("POST /api/v1/cases HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{")
		},
		func() []byte { return []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
		func() []byte { return kafkaRequest(0, 9, 0xffffffff, random(50)) },
		func() []byte { return kafkaRequest(0, 9, 0x7fffffff, random(50)) },
		func() []byte { return kafkaRequest(18, 3, 20, random(16)) },
		func() []byte { return kafkaRequest(int16(mrand.IntN(80)), int16(mrand.IntN(20)), 100, random(96)) },
		func() []byte { return kafkaRequest(1234, 0, 100, random(96)) },
		func() []byte { return kafkaRequest(17, 1, 30, random(26)) },
		func() []byte { return kafkaRequest(36, 2, 60, random(56)) },
		func() []byte { return kafkaRequest(3, 12, 4, nil) },
	}
}

// TestAnotherUserOfTheHostGetsNothing tries every way in as somebody else.
func TestAnotherUserOfTheHostGetsNothing(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	if r := collector(t, u, "import", transcripts(t)[0]); r.status != 0 {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	before := ""
	wait.For(t, "the session", func() bool {
		before = mcptrail(t, u, "sessions", "--json").stdout
		return strings.Contains(before, `"complete":true`)
	})
	for _, path := range []string{"/", "/sessions", "/api/v1/sessions", "/api/v1/ingest/progress", "/openapi.json", "/metrics", "/local/link", "/local/enter?code=", "//api/v1/sessions", "/api/v1/../v1/sessions"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, "OPTIONS", "HEAD"} {
			request, err := http.NewRequest(method, "http://"+u.api+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode < 400 {
				t.Errorf("%s %s without a secret: %s", method, path, answer.Status)
			}
		}
	}
	if c, err := net.DialTimeout("tcp", u.kafka, 5*time.Second); err == nil {
		c.Close()
		t.Errorf("the broker listens on %s", u.kafka)
	}
	if os.Geteuid() == 0 {
		strangersFiles(t, u)
	}
	if after := mcptrail(t, u, "sessions", "--json").stdout; after != before || after == "" {
		t.Errorf("the record was\n%s\nis\n%s", before, after)
	}
}

// strangersFiles reads, as another user, every file and socket of the data directory,
// whose folders are made open first.
func strangersFiles(t *testing.T, u *up) {
	t.Helper()
	for d := u.data; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tries := `cd "$0" || exit 9
for f in running.json api.token browser-name engine/password engine/users.xml identity.key collector.key; do
  [ -e "$f" ] || [ "${f#engine}" != "$f" ] || { echo "missing $f"; }
  head -c1 "$f" >/dev/null 2>&1 && echo "read $f"
done
for f in api.sock kafka.sock engine/native.sock; do
  python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$f" 2>/dev/null && echo "connected to $f"
done
exit 0`
	cmd := exec.Command("/bin/sh", "-c", tries, u.data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("another user of the host: %v\n%s", err, out)
	}
}
