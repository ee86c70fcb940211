package seal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func leavesOf(n int) []schema.Hash {
	leaves := make([]schema.Hash, n)
	for i := range leaves {
		leaves[i] = schema.LeafHash(binary.AppendUvarint(nil, uint64(i)))
	}
	return leaves
}

// another is a second implementation of RFC 6962, the one of the Go checksum database.
type another struct{ hashes []tlog.Hash }

func (a *another) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = a.hashes[x]
	}
	return out, nil
}

func (a *another) add(n int64, leaf schema.Hash) {
	more, err := tlog.StoredHashesForRecordHash(n, tlog.Hash(leaf), a)
	if err != nil {
		panic(err)
	}
	a.hashes = append(a.hashes, more...)
}

func TestRootAndProofsAreThoseOfRFC6962(t *testing.T) {
	var a another
	leaves := leavesOf(130)
	if seal.Root(nil) != sha256.Sum256(nil) {
		t.Error("the root of nothing is not the hash of nothing")
	}
	for n := 1; n <= len(leaves); n++ {
		a.add(int64(n-1), leaves[n-1])
		want, err := tlog.TreeHash(int64(n), &a)
		if err != nil {
			t.Fatal(err)
		}
		if got := seal.Root(leaves[:n]); got != schema.Hash(want) {
			t.Fatalf("root of %d leaves is %x, want %x", n, got, want)
		}
		for i := range n {
			theirs, err := tlog.ProveRecord(int64(n), int64(i), &a)
			if err != nil {
				t.Fatal(err)
			}
			ours := seal.Prove(leaves[:n], []uint64{uint64(i)})
			if len(ours) != len(theirs) {
				t.Fatalf("proof of leaf %d of %d has %d hashes, want %d", i, n, len(ours), len(theirs))
			}
			for _, h := range theirs {
				if !slices.Contains(ours, schema.Hash(h)) {
					t.Fatalf("proof of leaf %d of %d lacks %x", i, n, h)
				}
			}
		}
	}
}

func TestAProofLeadsToTheRootAndNothingElseDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := leavesOf(rapid.IntRange(1, 300).Draw(t, "leaves"))
		root := seal.Root(leaves)
		var at []uint64
		var picked []schema.Hash
		for i := range leaves {
			if rapid.Bool().Draw(t, "in") {
				at, picked = append(at, uint64(i)), append(picked, leaves[i])
			}
		}
		proof := seal.Prove(leaves, at)
		n := uint64(len(leaves))
		if got, err := seal.RootFromProof(n, at, picked, proof); err != nil || got != root {
			t.Fatalf("%d of %d leaves lead to %x, %v", len(at), n, got, err)
		}
		if len(picked) > 0 {
			i := rapid.IntRange(0, len(picked)-1).Draw(t, "changed")
			picked[i][3] ^= 1
			if got, err := seal.RootFromProof(n, at, picked, proof); err == nil && got == root {
				t.Fatal("another leaf leads to the same root")
			}
			picked[i][3] ^= 1
		}
		if _, err := seal.RootFromProof(n, at, picked, append(proof, schema.Hash{})); err == nil {
			t.Fatal("a proof with a hash too many was taken")
		}
		if len(proof) > 0 {
			if _, err := seal.RootFromProof(n, at, picked, proof[1:]); err == nil {
				t.Fatal("a proof with a hash too few was taken")
			}
		}
	})
}

// made is a sealed run with all that is needed to check it.
type made struct {
	identity, epoch *seal.Key
	certificate     []byte
	note            []byte
	seal            seal.Seal
	leaves          []schema.Hash
}

func makeOne(t testing.TB) made {
	t.Helper()
	m := made{leaves: leavesOf(5)}
	var err error
	if m.identity, err = seal.NewKey("host 1+α"); err != nil {
		t.Fatal(err)
	}
	id := uuid.MustParse("01890000-0000-7000-8000-000000000001")
	if m.epoch, err = seal.NewKey(id.String()); err != nil {
		t.Fatal(err)
	}
	m.certificate, err = m.identity.Certify(&seal.Certificate{Tenant: "t", CollectorID: "host 1+α", Epoch: id, Number: 7, Key: m.epoch.Public(), Time: 5})
	if err != nil {
		t.Fatal(err)
	}
	m.seal = seal.Seal{Tenant: "t", CollectorID: "host 1+α", Epoch: id, First: 0, Count: 5, Root: seal.Root(m.leaves), Time: 9,
		Heads: []seal.Head{{Session: id, Seq: 3, Hash: m.leaves[3]}, {Session: uuid.MustParse("01890000-0000-7000-8000-000000000002"), Seq: 0, Hash: m.leaves[4], Closed: true}}}
	if m.note, err = m.epoch.Sign(&m.seal); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m made) trusted(t testing.TB) *seal.Trusted {
	t.Helper()
	trusted, err := seal.Trust("# keys\n\n" + m.identity.Public() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return trusted
}

func TestASealIsCheckedFromItsIdentityDown(t *testing.T) {
	m := makeOne(t)
	certificate, err := m.trusted(t).OpenCertificate(m.certificate)
	if err != nil {
		t.Fatal(err)
	}
	s, err := certificate.OpenSeal(m.note)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := m.epoch.Sign(s); !bytes.Equal(again, m.note) {
		t.Errorf("the seal that was read signs differently:\n%s\n%s", again, m.note)
	}
	stranger := makeOne(t)
	if _, err := stranger.trusted(t).OpenCertificate(m.certificate); !errors.Is(err, seal.ErrUntrusted) {
		t.Errorf("a certificate of a stranger: %v", err)
	}
	if _, err := certificate.OpenSeal(stranger.note); err == nil {
		t.Error("a seal of another key was taken")
	}
	key, err := seal.ParseKey(m.identity.Private())
	if err != nil || key.Public() != m.identity.Public() {
		t.Errorf("a key that was kept: %v", err)
	}
}

// TestNoByteOfASealCanChange flips every bit of a note and of a certificate: none of
// them has a second encoding.
func TestNoByteOfASealCanChange(t *testing.T) {
	m := makeOne(t)
	trusted := m.trusted(t)
	certificate, err := trusted.OpenCertificate(m.certificate)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		open func([]byte) error
	}{
		"note":        {m.note, func(b []byte) error { _, err := certificate.OpenSeal(b); return err }},
		"certificate": {m.certificate, func(b []byte) error { _, err := trusted.OpenCertificate(b); return err }},
	} {
		for i := range c.data {
			for bit := range 8 {
				b := slices.Clone(c.data)
				b[i] ^= 1 << bit
				if c.open(b) == nil {
					t.Errorf("%s: bit %d of byte %d was changed and it still opens: %q", name, bit, i, b)
				}
			}
		}
		if c.open(append(slices.Clone(c.data), '\n')) == nil {
			t.Errorf("%s: opens with a line too many", name)
		}
	}
}

func TestARecordComesBack(t *testing.T) {
	m := makeOne(t)
	r := seal.Record{Note: m.note, Certificate: m.certificate, Leaves: m.leaves}
	b := r.Append(nil)
	back, s, err := seal.DecodeRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.Append(nil), b) || s.Root != m.seal.Root || len(s.Heads) != 2 {
		t.Errorf("came back as %+v", s)
	}
	if seal.IsRecord((&schema.Event{Tenant: "t"}).Append(nil)) {
		t.Error("an event is taken for a seal")
	}
	for cut := range b {
		if _, _, err := seal.DecodeRecord(b[:cut]); !errors.Is(err, seal.ErrInvalid) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

func TestWhatNoCollectorSigns(t *testing.T) {
	m := makeOne(t)
	for name, change := range map[string]func(*seal.Seal){
		"a run that is too long":              func(s *seal.Seal) { s.Count = seal.MaxEvents + 1 },
		"a number that wraps":                 func(s *seal.Seal) { s.First = 1<<64 - 1 },
		"sessions out of order":               func(s *seal.Seal) { slices.Reverse(s.Heads) },
		"a session twice":                     func(s *seal.Seal) { s.Heads[1] = s.Heads[0] },
		"events of no session":                func(s *seal.Seal) { s.Heads = nil },
		"a session and no event":              func(s *seal.Seal) { s.Count = 0 },
		"a first one with one before it":      func(s *seal.Seal) { s.Previous[0] = 1 },
		"a second one with nothing before it": func(s *seal.Seal) { s.Index = 1 },
	} {
		s := m.seal
		s.Heads = slices.Clone(s.Heads)
		change(&s)
		if _, err := m.epoch.Sign(&s); err == nil {
			t.Errorf("signed %s", name)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	m := makeOne(f)
	r := seal.Record{Note: m.note, Certificate: m.certificate, Leaves: m.leaves}
	f.Add(r.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := seal.DecodeRecord(data)
		if err == nil && !bytes.Equal(r.Append(nil), data) {
			t.Error("decoded bytes encode differently")
		}
	})
}

func BenchmarkTree(b *testing.B) {
	leaves := leavesOf(seal.MaxEvents)
	var tree seal.Tree
	for b.Loop() {
		tree.Reset()
		for i := range leaves {
			tree.Add(leaves[i])
		}
		_ = tree.Root()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(leaves)), "ns/event")
}
