package e2e

import (
	"bytes"
	"context"
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

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mcptrail/mcptrail/schema"
)

// hostilePackets is how many first packets each port of `mcptrail up` gets.
const hostilePackets = 10_000

// TestHostileFirstPacketsDoNothing sends what no client of ours sends to every port, and
// then reads and writes the record as before: no part ended, nothing came in.
func TestHostileFirstPacketsDoNothing(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	before := pids(t, u)
	kinds := hostileKinds()
	for _, port := range []string{u.api, u.kafka} {
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
	t.Logf("%d hostile first packets of %d kinds at each of 2 ports", hostilePackets, len(kinds))
	if after := pids(t, u); after != before {
		t.Errorf("processes were %s, are %s: a part ended", before, after)
	}
	if r := collector(t, u, "import", transcripts(t)[0]); r.status != 0 {
		t.Fatalf("recording afterwards: status %d\n%s", r.status, r.stderr)
	}
	if r := mcptrail(t, u, "sessions", "--json"); strings.Count(r.stdout, "\n") != 1 {
		t.Errorf("the record has not one session, the one that was recorded:\n%s%s", r.stdout, r.stderr)
	}
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
	before := mcptrail(t, u, "sessions", "--json").stdout
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
	wrong, err := scram.Mechanism(scram.SHA256, "mcptrail", "guess")
	if err != nil {
		t.Fatal(err)
	}
	for name, mechanism := range map[string]sasl.Mechanism{"nobody": nil, "a wrong password": wrong, "a plain password": plain.Mechanism{Username: "mcptrail", Password: "guess"}} {
		client := &kafka.Client{Addr: kafka.TCP(u.kafka), Timeout: 10 * time.Second, Transport: &kafka.Transport{SASL: mechanism}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		answer, err := client.Produce(ctx, &kafka.ProduceRequest{Topic: schema.TopicEvents, RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("forged"))})})
		cancel()
		if err == nil && answer.Error == nil {
			t.Errorf("the broker took a record from %s", name)
		}
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
curl -s -m 5 --unix-socket api.sock http://x/api/v1/sessions && echo "the socket answered"
exit 0`
	cmd := exec.Command("/bin/sh", "-c", tries, u.data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("another user of the host: %v\n%s", err, out)
	}
}
