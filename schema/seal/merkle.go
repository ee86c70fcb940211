package seal

import (
	"crypto/sha256"
	"errors"
	"math/bits"

	"github.com/mcptrail/mcptrail/schema"
)

// Root is the Merkle tree hash of RFC 6962 over leaf hashes. That of no leaves is
// the hash of nothing.
func Root(leaves []schema.Hash) schema.Hash {
	if len(leaves) == 0 {
		return sha256.Sum256(nil)
	}
	var t Tree
	for i := range leaves {
		t.Add(leaves[i])
	}
	return t.Root()
}

// Tree computes a root leaf by leaf. The zero value is an empty tree.
// It holds one hash for each bit that is set in the number of leaves, so at most 64.
type Tree struct {
	n uint64
	// peaks are the roots of the full subtrees, largest first.
	peaks []schema.Hash
}

// Add appends a leaf.
func (t *Tree) Add(leaf schema.Hash) {
	t.peaks = append(t.peaks, leaf)
	// As many merges as the old number has ones at its end: each is a full subtree whose
	// sibling has become full.
	for i := t.n; i&1 == 1; i >>= 1 {
		last := len(t.peaks) - 1
		t.peaks[last-1] = node(t.peaks[last-1], t.peaks[last])
		t.peaks = t.peaks[:last]
	}
	t.n++
}

// Root of the leaves so far.
func (t *Tree) Root() schema.Hash {
	if t.n == 0 {
		return sha256.Sum256(nil)
	}
	// From right to left: in RFC 6962 the left subtree is always the largest full one.
	root := t.peaks[len(t.peaks)-1]
	for i := len(t.peaks) - 2; i >= 0; i-- {
		root = node(t.peaks[i], root)
	}
	return root
}

// Reset empties the tree and keeps its memory.
func (t *Tree) Reset() { t.n, t.peaks = 0, t.peaks[:0] }

// node is an inner hash of RFC 6962, section 2.1. Its first byte is 1 where that of a leaf
// is 0, so that no inner node can be presented as an event.
func node(left, right schema.Hash) schema.Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// Prove returns the hashes that, with the leaves at the given places, lead to the
// root: from left to right the roots of the largest subtrees that hold none of
// them. For one place these are the hashes of its RFC 6962 inclusion proof. at must
// ascend and lie within leaves.
// For no place at all it is the root itself.
func Prove(leaves []schema.Hash, at []uint64) []schema.Hash {
	var proof []schema.Hash
	prove(leaves, 0, at, &proof)
	return proof
}

func prove(leaves []schema.Hash, base uint64, at []uint64, proof *[]schema.Hash) {
	switch {
	case len(leaves) == 0:
		return
	case len(at) == 0:
		*proof = append(*proof, Root(leaves))
		return
	// This leaf is one of the places: whoever checks has it.
	case len(leaves) == 1:
		return
	}
	half := split(uint64(len(leaves)))
	cut := before(at, base+half)
	prove(leaves[:half], base, at[:cut], proof)
	prove(leaves[half:], base+half, at[cut:], proof)
}

// ErrProof says that a proof has too few or too many hashes, or places that cannot
// be.
var ErrProof = errors.New("proof does not fit its tree")

// RootFromProof rebuilds the root of a tree with n leaves from the leaves at the given
// places and a proof that [Prove] made. Whether it is the right root is for the
// caller to see.
//
// The proof comes with the data and may be anything: the work grows with the number of
// places and of hashes (times 64 at most), not with n.
func RootFromProof(n uint64, at []uint64, leaves, proof []schema.Hash) (schema.Hash, error) {
	if len(at) != len(leaves) {
		return schema.Hash{}, ErrProof
	}
	for i := range at {
		// The recursion below splits at by position, which is right only if it ascends.
		if at[i] >= n || i > 0 && at[i] <= at[i-1] {
			return schema.Hash{}, ErrProof
		}
	}
	if n == 0 {
		if len(proof) > 0 {
			return schema.Hash{}, ErrProof
		}
		return Root(nil), nil
	}
	root, rest, err := rebuild(n, 0, at, leaves, proof)
	// A hash that nothing used would be a second encoding of the same proof.
	if err == nil && len(rest) > 0 {
		err = ErrProof
	}
	return root, err
}

func rebuild(n, base uint64, at []uint64, leaves, proof []schema.Hash) (root schema.Hash, rest []schema.Hash, err error) {
	switch {
	case len(at) == 0:
		if len(proof) == 0 {
			return root, nil, ErrProof
		}
		return proof[0], proof[1:], nil
	case n == 1:
		return leaves[0], proof, nil
	}
	half := split(n)
	cut := before(at, base+half)
	left, proof, err := rebuild(half, base, at[:cut], leaves[:cut], proof)
	if err != nil {
		return root, nil, err
	}
	right, proof, err := rebuild(n-half, base+half, at[cut:], leaves[cut:], proof)
	if err != nil {
		return root, nil, err
	}
	return node(left, right), proof, nil
}

// split is the size of the left subtree of n > 1 leaves: the largest power of two
// below n.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// before returns how many of the ascending places lie before end.
// A run has at most [MaxEvents] places, so a linear search does.
func before(at []uint64, end uint64) int {
	for i, a := range at {
		if a >= end {
			return i
		}
	}
	return len(at)
}
