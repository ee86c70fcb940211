package sealer_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

func TestEveryNumberIsInOneSeal(t *testing.T) {
	identity, err := sealer.LoadIdentity(filepath.Join(t.TempDir(), "identity.key"), "host", "")
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := seal.Trust(identity.Public())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_000_000, 0)
	s, err := sealer.Begin(identity, "t", "host", uuid.Must(uuid.NewV7()), now)
	if err != nil {
		t.Fatal(err)
	}
	var records []*seal.Record
	take := func(final bool) {
		r, err := s.Seal(now, final)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	const events = 2500
	for n := range uint64(events) {
		now = now.Add(time.Millisecond)
		if due := s.Due(now); due != (n == 1) && n < 1000 {
			t.Fatalf("due after %d events: %v", n, due)
		}
		if n == 1 {
			take(false) // the first does not wait
		}
		leaf := schema.LeafHash(binary.AppendUvarint(nil, n))
		if s.Add(seal.Head{Session: uuid.UUID{byte(n % 3)}, Seq: n / 3, Hash: leaf}, now) {
			take(false)
		}
	}
	if now = now.Add(5 * time.Second); !s.Due(now) {
		t.Error("not due after 5 s")
	}
	take(false)
	if s.Due(now) {
		t.Error("due with nothing to say")
	}
	if now = now.Add(time.Minute); !s.Due(now) {
		t.Error("no heartbeat after a minute")
	}
	take(false)
	take(true)
	if _, err := s.Seal(now, true); err == nil {
		t.Error("sealed after the last seal")
	}

	next, previous := uint64(0), schema.Hash{}
	for i, r := range records {
		certificate, err := trusted.OpenCertificate(r.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		got, err := certificate.OpenSeal(r.Note)
		if err != nil {
			t.Fatal(err)
		}
		if got.Index != uint64(i) || got.Previous != previous || got.First != next || got.Root != seal.Root(r.Leaves) || got.Final != (i == len(records)-1) {
			t.Errorf("seal %d is %+v", i, got)
		}
		next, previous = got.End(), seal.Hash(r.Note)
	}
	if next != events || len(records) != 6 {
		t.Errorf("%d seals cover %d of %d events", len(records), next, events)
	}
}

func TestEpochsAreNumberedOverProcesses(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			identity, err := sealer.LoadIdentity(filepath.Join(dir, "identity.key"), "host", "")
			if err != nil {
				t.Error(err)
				return
			}
			s, err := sealer.Begin(identity, "t", "host", uuid.Must(uuid.NewV7()), time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			r, err := s.Seal(time.Now(), true)
			if err != nil {
				t.Error(err)
				return
			}
			c, err := seal.ReadCertificate(r.Certificate)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			seen[fmt.Sprint(c.Number)] = true
		})
	}
	group.Wait()
	for n := 1; n <= 20; n++ {
		if !seen[fmt.Sprint(n)] {
			t.Errorf("no epoch has number %d: %v", n, seen)
		}
	}
	public, err := os.ReadFile(filepath.Join(dir, "identity.pub"))
	if err != nil || !strings.HasPrefix(string(public), "host+") {
		t.Errorf("public key %q, %v", public, err)
	}
}

func BenchmarkSealing(b *testing.B) {
	identity, err := sealer.EphemeralIdentity("host")
	if err != nil {
		b.Fatal(err)
	}
	s, err := sealer.Begin(identity, "t", "host", uuid.Must(uuid.NewV7()), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	now, id := time.Now(), uuid.Must(uuid.NewV7())
	n := uint64(0)
	for b.Loop() {
		n++
		if s.Add(seal.Head{Session: id, Seq: n, Hash: schema.Hash{byte(n)}}, now) {
			if _, err := s.Seal(now, false); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestAnIdentityIsBoundToItsMachine: an image with a key in it makes hosts that number their
// runs alike. The second machine gets a key of its own, and the old one is kept.
func TestAnIdentityIsBoundToItsMachine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "identity.key")
	load := func(machine string) *sealer.Identity {
		t.Helper()
		identity, err := sealer.LoadIdentity(file, "host", machine)
		if err != nil {
			t.Fatal(err)
		}
		return identity
	}
	first := load("")
	for _, machine := range []string{"", "aaaaaaaaaaaa", "aaaaaaaaaaaa", ""} {
		if again := load(machine); again.Public() != first.Public() || again.Aside != "" {
			t.Fatalf("on machine %q it is another: %q", machine, again.Aside)
		}
	}
	if _, err := sealer.Begin(first, "t", "host", uuid.Must(uuid.NewV7()), time.Now()); err != nil {
		t.Fatal(err)
	}
	clone := load("bbbbbbbbbbbb")
	if clone.Public() == first.Public() || clone.Aside == "" {
		t.Fatalf("a clone has the key of the first host")
	}
	if key, err := os.ReadFile(clone.Aside); err != nil || len(key) == 0 {
		t.Errorf("the old key is not kept: %v", err)
	}
	if epochs, err := os.ReadFile(strings.TrimSuffix(file, ".key") + ".epochs"); err == nil {
		t.Errorf("the new identity goes on after epoch %s of the old", epochs)
	}
	if again := load("bbbbbbbbbbbb"); again.Public() != clone.Public() || again.Aside != "" {
		t.Error("the clone changes its key with each start")
	}
}
