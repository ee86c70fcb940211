package verify

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Run is a seal with the leaf hashes that it vouches for. The verifier keeps the slices.
//
// Partial with no place says that none of the run's events is given, and the proof is the
// root alone.
type Run struct {
	// Note is the signed note of the seal, Certificate that of its epoch key.
	Note        []byte
	Certificate []byte
	// Leaves of the whole run or, with Partial, of the places At in it, which the
	// Proof leads to the root.
	Leaves  []schema.Hash
	Partial bool
	At      []uint64
	Proof   []schema.Hash
	// Stray names a column of the seal's row that does not hold what the note says, empty
	// where all do, or where the record is no table's.
	Stray string
}

// pending is a run whose signatures are not checked yet.
type pending struct {
	Run
	seal *seal.Seal
	hash schema.Hash
}

// epoch is one run of a collector.
type epoch struct {
	id        uuid.UUID
	collector string
	// number, signer and trusted are those of the certificate.
	number  uint64
	signer  string
	trusted bool
	// runs in their order, each once.
	runs []run
	// at is the index of the run that covers the event before, a cache.
	at int
	// holes are the indexes of runs before which seals are missing.
	holes []int
}

// run is what one seal covers.
type run struct {
	*seal.Seal
	hash   schema.Hash
	leaves []schema.Hash
	// at are the places of the leaves in the run, nil where they are all.
	at    []uint64
	proof []schema.Hash
	// seen has a bit for each leaf whose event was there, by slot.
	seen []uint64
	// open says that the leaves that came with the seal do not lead to its root. They
	// are no part of what was signed, the root is: leaves are then taken from the events,
	// and whether these lead to the root is seen in the end.
	open bool
}

// end is the number behind the last that a seal covers.
func (e *epoch) end() uint64 { return e.runs[len(e.runs)-1].End() }

// signedSeals answers which runs of events somebody signed, and whether each seal follows
// the one before it.
type signedSeals struct {
	*inquiry
	chains *chains
	// pending are the seals until the first event comes; their signatures are checked
	// then, in the order of their epochs.
	pending []pending
	epochs  map[uuid.UUID]*epoch
	// last is the epoch of the event before, a cache: most events come in runs.
	last *epoch
	// checked says that pending was taken: no seal may come any more.
	checked bool
}

// AddSeal takes a seal. All seals come before the first event, in any order, and may
// come twice. Bytes that are no seal are a mismatch, not an error.
// Memory for the leaves is the caller's slice; no signature is checked yet.
func (v *Verifier) AddSeal(r Run) {
	s, err := seal.Read(r.Note)
	if err != nil {
		v.addProblem(Mismatch, Problem{Kind: Unreadable, Detail: fmt.Sprintf("bytes stand for a seal and are none: %v", err)})
		return
	}
	v.seals.pending = append(v.seals.pending, pending{Run: r, seal: s, hash: seal.Hash(r.Note)})
}

// checkSeals checks the seals once all are there, that is at the first event. The order
// by hash makes two different seals of one number come in the same order each time.
func (v *signedSeals) checkSeals() {
	if v.checked {
		return
	}
	v.checked = true
	slices.SortStableFunc(v.pending, func(a, b pending) int {
		return cmp.Or(bytes.Compare(a.seal.Epoch[:], b.seal.Epoch[:]), cmp.Compare(a.seal.Index, b.seal.Index),
			bytes.Compare(a.hash[:], b.hash[:]))
	})
	for len(v.pending) > 0 {
		n := 1
		for n < len(v.pending) && v.pending[n].seal.Epoch == v.pending[0].seal.Epoch {
			n++
		}
		v.checkEpoch(v.pending[:n])
		v.pending = v.pending[n:]
	}
	v.pending = nil
}

// checkEpoch checks the signatures of an epoch's seals and puts them in order.
// Seals whose signature does not hold are reported and count for nothing: the events under
// them are then unsealed, and a hole is left between their neighbours.
func (v *signedSeals) checkEpoch(of []pending) {
	e := &epoch{id: of[0].seal.Epoch, collector: of[0].seal.CollectorID}
	certificate := v.certify(e, of)
	for i := range of {
		p := &of[i]
		if certificate == nil {
			continue
		}
		if !bytes.Equal(p.Certificate, certificate.signed) {
			problem := Problem{Kind: BadSeal, Detail: fmt.Sprintf("seal %d comes with another certificate than the other seals of its epoch", p.seal.Index)}.in(e)
			if c, err := v.Trusted.OpenCertificate(p.Certificate); errors.Is(err, seal.ErrUntrusted) || err == nil && c.Key != certificate.Key {
				problem.Kind, problem.Detail = UntrustedKey, fmt.Sprintf("seal %d comes with a certificate by the key %s", p.seal.Index, seal.Signer(p.Certificate))
			}
			v.addProblem(Mismatch, run{Seal: p.seal}.name(problem))
		}
		if _, err := certificate.OpenSeal(p.Note); err != nil {
			v.addProblem(Mismatch, run{Seal: p.seal}.name(Problem{Kind: BadSeal, Detail: fmt.Sprintf("seal %d: %v", p.seal.Index, err)}.in(e)))
			continue
		}
		if p.Stray != "" {
			v.addProblem(Mismatch, run{Seal: p.seal}.name(Problem{Kind: Column, Column: "seals." + p.Stray,
				Detail: fmt.Sprintf("the row of seal %d does not say what the seal says", p.seal.Index)}.in(e)))
		}
		v.addRun(e, p)
	}
	if len(e.runs) == 0 {
		return
	}
	v.epochs[e.id] = e
	v.report.Epochs++
	v.report.Seals += uint64(len(e.runs))
	v.linkSeals(e)
	for i := range e.runs {
		v.chains.checkHeads(e, &e.runs[i])
	}
}

// certificate with the bytes that were signed.
type certificate struct {
	*seal.Certificate
	signed []byte
}

// certify finds the certificate of an epoch, best one that is trusted. Each seal comes
// with one; a certificate by a stranger beside a trusted one must not take its place.
// Where no key is trusted the first readable one in the order of the seals is taken, so the
// record can still be checked against itself; its events count as sealed and not as verified.
func (v *signedSeals) certify(e *epoch, of []pending) *certificate {
	var found *certificate
	var refused error
	for i := range of {
		signed := of[i].Certificate
		if found != nil && (e.trusted || bytes.Equal(found.signed, signed)) {
			continue
		}
		c, err := v.Trusted.OpenCertificate(signed)
		trusted := err == nil
		if errors.Is(err, seal.ErrUntrusted) {
			c, err = seal.ReadCertificate(signed)
		}
		if err == nil && c.Epoch != e.id {
			err = fmt.Errorf("it is of epoch %s", c.Epoch)
		}
		if err != nil {
			refused = err
			continue
		}
		if found == nil || trusted {
			found = &certificate{c, signed}
			e.trusted, e.number, e.signer = trusted, c.Number, seal.Signer(signed)
		}
	}
	switch {
	case found == nil:
		v.addProblem(Mismatch, Problem{Kind: BadSeal, Detail: fmt.Sprintf("none of %d seals comes with a certificate of its epoch: %v", len(of), refused)}.in(e))
	case !e.trusted:
		v.addProblem(Untrusted, Problem{Kind: UntrustedKey, Detail: fmt.Sprintf("its key is certified by %s, which is not trusted", e.signer)}.in(e))
	}
	return found
}

// addRun takes a seal that its key signed. Of two copies of one seal the one with good
// leaves counts.
// Seals come by number, so another one of the same number can only be the last that was added.
func (v *signedSeals) addRun(e *epoch, p *pending) {
	r := run{Seal: p.seal, hash: p.hash, leaves: p.Leaves}
	if p.Partial {
		r.at, r.proof = p.At, p.Proof
		if r.at == nil {
			r.at = []uint64{}
		}
	}
	root, err := r.root()
	if err != nil || root != r.Root {
		r.open = true
		v.addProblem(Mismatch, r.name(Problem{Kind: BadSeal, Column: "seals.leaves", Detail: fmt.Sprintf("the leaf hashes of seal %d do not lead to its root", r.Index)}.in(e)))
		if r.at != nil {
			return // Without the proof, other events cannot make up for wrong leaves.
		}
		// At most [seal.MaxEvents]: a seal of more was refused when it was parsed.
		r.leaves = make([]schema.Hash, r.Count)
	}
	if n := len(e.runs); n > 0 && e.runs[n-1].Index == r.Index {
		last := &e.runs[n-1]
		switch {
		case last.hash != r.hash:
			v.addProblem(Mismatch, r.name(Problem{Kind: Equivocation, Detail: fmt.Sprintf("two different seals are number %d of their epoch", r.Index)}.in(e)))
			return
		case !last.open || r.open:
			return
		}
		e.runs = e.runs[:n-1]
	}
	// Sized by the leaves that were checked, and never by a number in the seal alone.
	r.seen = make([]uint64, (len(r.leaves)+63)/64)
	e.runs = append(e.runs, r)
}

// root that the leaves lead to, by the proof where they are a part of the run.
func (r *run) root() (schema.Hash, error) {
	if r.at != nil {
		return seal.RootFromProof(r.Count, r.at, r.leaves, r.proof)
	}
	if uint64(len(r.leaves)) != r.Count {
		return schema.Hash{}, seal.ErrProof
	}
	return seal.Root(r.leaves), nil
}

// name gives a problem the numbers of the run, of one without events its place.
func (r run) name(p Problem) Problem {
	if r.Count == 0 {
		return p.at(r.First, r.First)
	}
	return p.at(r.First, r.End()-1)
}

// linkSeals checks that each seal follows the one before it: by its index, the hash of
// the seal that it names, and the numbers that it covers. That keeps a collector from
// sealing two histories of one epoch. A hole is judged in the end, when it is known what
// the collector states it lost.
func (v *signedSeals) linkSeals(e *epoch) {
	if first := &e.runs[0]; v.Whole && first.Index > 0 {
		e.holes = append(e.holes, 0)
	}
	for i := 1; i < len(e.runs); i++ {
		last, r := &e.runs[i-1], &e.runs[i]
		wrong := ""
		switch {
		case last.Final:
			wrong = "follows the last seal of its epoch"
		case r.Index != last.Index+1 && r.First < last.End():
			wrong = "covers numbers that another seal covers"
		case r.Index != last.Index+1:
			e.holes = append(e.holes, i)
		case r.Previous != last.hash:
			wrong = "does not name the one before it"
		case r.First != last.End():
			wrong = "does not begin where the one before it ends"
		}
		if wrong != "" {
			v.addProblem(Mismatch, r.name(Problem{Kind: BadSeal, Detail: fmt.Sprintf("seal %d %s", r.Index, wrong)}.in(e)))
		}
	}
}

// covering returns the epoch of an event and the run that covers it, nil for none.
func (v *signedSeals) covering(e *schema.Event) (*epoch, *run) {
	v.checkSeals()
	if v.last == nil || v.last.id != e.Epoch {
		found := v.epochs[e.Epoch]
		if found == nil {
			return nil, nil
		}
		v.last = found
	}
	return v.last, v.last.run(e.CollectorSeq)
}

// run returns the run that covers a number, nil for none.
// The runs ascend and do not overlap where linkSeals found nothing wrong; where they overlap,
// one of them is found, and the problem was reported there.
func (e *epoch) run(n uint64) *run {
	if r := &e.runs[e.at]; r.First <= n && n < r.End() {
		return r
	}
	i, _ := slices.BinarySearchFunc(e.runs, n, func(r run, n uint64) int {
		if r.End() <= n {
			return -1
		}
		return 1
	})
	if i < len(e.runs) && e.runs[i].First <= n {
		e.at = i
		return &e.runs[i]
	}
	return nil
}

// slot is the index of a number's leaf in the run's leaves; false says that the run has
// none, which only a partial one can be without.
func (r *run) slot(n uint64) (int, bool) {
	if r.at == nil {
		return int(n - r.First), true
	}
	return slices.BinarySearch(r.at, n-r.First)
}

func (r *run) has(slot int) bool { return r.seen[slot/64]&(1<<(slot%64)) != 0 }
func (r *run) mark(slot int)     { r.seen[slot/64] |= 1 << (slot % 64) }
