package bundle

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Write writes a bundle of what a record stream gives into an empty file. Scope,
// Exported, By and From of the manifest are the caller's; it returns the rest too.
//
// The record must give each seal before the events that it covers, and the events in their
// order; they are read once. After an error the file has no directory and is no zip: the
// caller removes it.
func Write(f *os.File, m Manifest, record iter.Seq2[*wire.Entry, error]) (*Manifest, error) {
	m.Format, m.Readable = format, readable
	m.Exported = m.Exported.UTC()
	w := &writer{zip: zipWriter{out: f}, manifest: &m, runs: map[uuid.UUID][]*run{}, keys: map[uuid.UUID][]byte{}}
	if err := w.write(f.Name(), record); err != nil {
		return nil, fmt.Errorf("writing the bundle: %w", err)
	}
	return w.manifest, nil
}

// writer writes one bundle. It holds the leaves of all seals, 32 bytes for each event
// that they cover, and no event.
//
// One goroutine uses it, and a writer writes one bundle.
type writer struct {
	zip      zipWriter
	manifest *Manifest
	// runs are the seals of each epoch, keys their certificates.
	runs  map[uuid.UUID][]*run
	keys  map[uuid.UUID][]byte
	sums  bytes.Buffer
	order order
	// seen are the hashes of the events under the last session and seq.
	last schema.Event
	seen []schema.Hash
}

// run is a seal, and which of its events are in the bundle.
// at are the places in leaves of the events that came, in the order in which they came.
type run struct {
	*seal.Seal
	note   []byte
	leaves []schema.Hash
	at     []uint64
}

// write writes the files in their order. Each depends on those before it: seals on
// which events are there, the manifest on all sums.
func (w *writer) write(name string, record iter.Seq2[*wire.Entry, error]) error {
	// The events are written twice, and one file of a zip is written after another.
	// It has payloads in it, so it is the user's alone (0600), and is removed in any case.
	people, err := os.CreateTemp("", "mcptrail-bundle-")
	if err != nil {
		return err
	}
	defer func() { people.Close(); os.Remove(people.Name()) }()
	if err := w.add(eventsFile, func(out io.Writer) error { return w.events(out, bufio.NewWriter(people), record) }); err != nil {
		return err
	}
	if _, err := people.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := w.add(readableFile, func(out io.Writer) error { _, err := io.Copy(out, people); return err }); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{sealsFile, w.seals}, {keysFile, w.certificates}, {helpFile, func(out io.Writer) error { _, err := io.WriteString(out, help); return err }},
		{manifestFile, func(out io.Writer) error { return put(out, w.manifest) }}, {sumsFile, func(out io.Writer) error { _, err := out.Write(w.sums.Bytes()); return err }},
	} {
		if err := w.add(f.name, f.write); err != nil {
			return err
		}
	}
	return w.zip.close()
}

// add writes a file and notes its sum.
// The sums are of the bytes as they go out, and no file is read again for them.
func (w *writer) add(name string, write func(io.Writer) error) error {
	sum := &summed{Hash: sha256.New()}
	if err := w.zip.add(name, func(out io.Writer) error { return write(io.MultiWriter(out, sum)) }); err != nil {
		return err
	}
	if name != sumsFile {
		fmt.Fprintf(&w.sums, "%x  %s\n", sum.Sum(nil), name)
	}
	if name != sumsFile && name != manifestFile {
		w.manifest.Files = append(w.manifest.Files, File{Name: name, Size: sum.size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	return nil
}

// summed counts and hashes what passes.
type summed struct {
	hash.Hash
	size int64
}

// Write never fails.
func (s *summed) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	return s.Hash.Write(p)
}

// put writes a value as a line.
func put(out io.Writer, v any) error {
	b, err := line(v)
	if err == nil {
		_, err = out.Write(b)
	}
	return err
}

// events writes the events for programs and for people.
func (w *writer) events(out io.Writer, people *bufio.Writer, record iter.Seq2[*wire.Entry, error]) error {
	for e, err := range record {
		switch {
		case err != nil:
			return err
		case e.Seal != nil:
			err = w.take(e.Seal)
		default:
			err = w.event(out, people, e.Canonical)
		}
		if err != nil {
			return err
		}
	}
	return people.Flush()
}

// take keeps a seal until it is known which of its events are there. What is no seal is
// excluded: nothing can be proven with it. Leaves that do not lead to the root are an
// error: every proof from them would be wrong.
//
// Signatures are not checked: an export needs no key, and whoever checks the bundle has them.
func (w *writer) take(r *seal.Record) error {
	s, err := seal.Read(r.Note)
	if err != nil {
		return nil
	}
	// The same seal, stored twice. Two seals of one number that differ both stay: that is
	// evidence.
	if slices.ContainsFunc(w.runs[s.Epoch], func(other *run) bool { return bytes.Equal(other.note, r.Note) }) {
		return nil
	}
	if w.keys[s.Epoch] == nil {
		w.keys[s.Epoch] = r.Certificate
	}
	if uint64(len(r.Leaves)) != s.Count || seal.Root(r.Leaves) != s.Root {
		return fmt.Errorf("the leaf hashes of seal %d of epoch %s do not lead to its root; mcptrail verify says what else is wrong", s.Index, s.Epoch)
	}
	w.runs[s.Epoch] = append(w.runs[s.Epoch], &run{Seal: s, note: r.Note, leaves: r.Leaves})
	return nil
}

// event writes an event, once: the record gives those that are stored twice twice. Its
// canonical bytes go into one file as they are, and in the form for people into
// another.
//
// The bytes are decoded for their order and for people only: what goes out for programs is
// what came in, so that nothing of the record depends on this program's encoder.
func (w *writer) event(out io.Writer, people *bufio.Writer, canonical []byte) error {
	e, err := schema.Decode(canonical)
	if err != nil {
		return fmt.Errorf("a stored event is none: %w; mcptrail verify says what else is wrong", err)
	}
	if err := w.order.next(e); err != nil {
		return fmt.Errorf("the record is out of order: %w", err)
	}
	leaf := schema.LeafHash(canonical)
	if w.last.SessionID != e.SessionID || w.last.Seq != e.Seq {
		w.seen = w.seen[:0]
	}
	if slices.Contains(w.seen, leaf) {
		return nil
	}
	w.last.SessionID, w.last.Seq, w.seen = e.SessionID, e.Seq, append(w.seen, leaf)
	w.manifest.Events++
	// An event that no seal covers is written as well; the check then counts it as unsealed.
	for _, r := range w.runs[e.Epoch] {
		if r.First <= e.CollectorSeq && e.CollectorSeq < r.End() {
			r.at = append(r.at, e.CollectorSeq-r.First)
			break
		}
	}
	text := append(base64.StdEncoding.AppendEncode(nil, canonical), '\n')
	if _, err := out.Write(text); err != nil {
		return err
	}
	text, err = render(e)
	return errors.Join(err, second(people.Write(text)))
}

// second drops the number of bytes written.
func second(_ int, err error) error { return err }

// seals writes the seals by epoch and number.
// They are written behind the events, since only then is it known which of them are there.
func (w *writer) seals(out io.Writer) error {
	var all []*run
	for _, runs := range w.runs {
		all = append(all, runs...)
	}
	slices.SortFunc(all, func(a, b *run) int {
		return cmp.Or(bytes.Compare(a.Epoch[:], b.Epoch[:]), cmp.Compare(a.Index, b.Index), bytes.Compare(a.note, b.note))
	})
	for _, r := range all {
		// Events come by session, and a proof takes places in ascending order. Two different
		// events under one number are one place.
		slices.Sort(r.at)
		r.at = slices.Compact(r.at)
		l := sealLine{Note: string(r.note), At: append([]uint64{}, r.at...), Leaves: []string{}, Proof: []string{}}
		for _, at := range r.at {
			l.Leaves = append(l.Leaves, hex.EncodeToString(r.leaves[at][:]))
		}
		for _, h := range seal.Prove(r.leaves, r.at) {
			l.Proof = append(l.Proof, hex.EncodeToString(h[:]))
		}
		if err := put(out, l); err != nil {
			return err
		}
	}
	w.manifest.Seals = uint64(len(all))
	return nil
}

// certificates writes the certificate of each epoch, in the order of their ids, so that
// the same record makes the same bundle.
func (w *writer) certificates(out io.Writer) error {
	var epochs []uuid.UUID
	for id := range w.keys {
		epochs = append(epochs, id)
	}
	slices.SortFunc(epochs, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range epochs {
		if err := put(out, keyLine{Epoch: id.String(), Identity: seal.Signer(w.keys[id]), Certificate: string(w.keys[id])}); err != nil {
			return err
		}
	}
	w.manifest.Epochs = uint64(len(epochs))
	return nil
}
