package bundle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Bounds of what is held of a bundle at once.
// Every one of them is checked before the memory is taken: the file is a stranger's.
const (
	maxLine = 4*schema.MaxEncoded/3 + 8
	// maxSealLine is a seal with all its leaves.
	maxSealLine = 2*seal.MaxNote + seal.MaxEvents*(2*66+8) + 1<<10
	// maxSmall is for the files that are read whole.
	maxSmall = 1 << 20
)

// Verify checks a bundle. An error that is a [*BrokenError] says that its form is
// not what it has to be; [ErrNone] that it is something else. The report says what
// the seals say.
//
// The file is read twice, for its sums and for its contents, one line at a time: memory
// grows with what the seals cover (32 bytes for each event), not with the file. It must not
// change meanwhile.
func Verify(in io.ReaderAt, size int64, trusted *seal.Trusted) (*Manifest, *verify.Report, error) {
	entries, err := readZip(in, size)
	if err != nil {
		return nil, nil, err
	}
	files := map[string]*io.SectionReader{}
	for i := range entries {
		e := &entries[i]
		files[e.name] = io.NewSectionReader(in, e.at+int64(len(e.local())), int64(e.size))
	}
	m, err := checkSums(entries, files)
	if err != nil {
		return nil, nil, err
	}
	report, err := checkContents(m, files, trusted)
	return m, report, err
}

// checkContents checks what the files say. Seals come before events, as the verifier takes
// them, and certificates before seals.
// A manifest without the exact counts is broken, and not merely wrong: each line was read.
func checkContents(m *Manifest, files map[string]*io.SectionReader, trusted *seal.Trusted) (*verify.Report, error) {
	o, err := m.options()
	if err != nil {
		return nil, broken("the session of its manifest: %v", err)
	}
	o.Trusted = trusted
	v := verify.New(o)
	certificates, err := readKeys(files[keysFile])
	if err != nil {
		return nil, err
	}
	seals, err := readSeals(files[sealsFile], certificates, v)
	if err != nil {
		return nil, err
	}
	n, err := readEvents(files[eventsFile], files[readableFile], m.Readable == readable, v)
	if err != nil {
		return nil, err
	}
	if n != m.Events || seals != m.Seals || uint64(len(certificates)) != m.Epochs {
		return nil, broken("it has %d events, %d seals and %d keys, and its manifest says %d, %d and %d", n, seals, len(certificates), m.Events, m.Seals, m.Epochs)
	}
	return v.Finish(), nil
}

// checkSums reads every file once and compares it with what manifest, SHA256SUMS and
// zip say of it. None of these proves anything, but each must fit: a bundle has one form.
func checkSums(entries []entry, files map[string]*io.SectionReader) (*Manifest, error) {
	var sums bytes.Buffer
	var found []File
	for i := range entries {
		e := &entries[i]
		sha, crc := sha256.New(), crc32.NewIEEE()
		if _, err := io.Copy(io.MultiWriter(sha, crc), files[e.name]); err != nil {
			return nil, fmt.Errorf("reading %s: %w", e.name, err)
		}
		if crc.Sum32() != e.crc {
			return nil, broken("%s has another checksum than the zip says", e.name)
		}
		if e.name != sumsFile {
			fmt.Fprintf(&sums, "%x  %s\n", sha.Sum(nil), e.name)
		}
		if e.name != sumsFile && e.name != manifestFile {
			found = append(found, File{Name: e.name, Size: int64(e.size), SHA256: hex.EncodeToString(sha.Sum(nil))})
		}
	}
	// SHA256SUMS has the manifest's sum, and the manifest those of the others; neither can
	// hold its own.
	if got, err := whole(files[sumsFile]); err != nil || !bytes.Equal(got, sums.Bytes()) {
		return nil, broken("%s does not have the sums of the files", sumsFile)
	}
	text, err := whole(files[manifestFile])
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := strict(text, m); err != nil {
		return nil, broken("%s: %v", manifestFile, err)
	}
	// Another format is not damage: a newer program may read it.
	if m.Format != format {
		return nil, fmt.Errorf("%w: its format is %.40q, this program reads %q", ErrNone, m.Format, format)
	}
	for i := range found {
		if len(m.Files) != len(found) || m.Files[i] != found[i] {
			return nil, broken("%s is not the file that the manifest describes", found[i].Name)
		}
	}
	return m, nil
}

// whole reads one of the small files. Its bound is checked before anything is
// allocated: the size is that of a file that somebody sent.
// ReadAt leaves the position of the file alone, which lines sets for itself.
func whole(f *io.SectionReader) ([]byte, error) {
	if f.Size() > maxSmall {
		return nil, broken("a file of %d bytes, at most %d are allowed", f.Size(), maxSmall)
	}
	b := make([]byte, f.Size())
	_, err := f.ReadAt(b, 0)
	if err == io.EOF {
		err = nil
	}
	return b, err
}

// strict reads a line that must be as it was written: what is decoded and encoded again
// gives the same bytes. So nothing can hide in spaces, unknown names or repeated ones.
func strict(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return err
	}
	again, err := line(v)
	if err == nil && !bytes.Equal(again, text) {
		err = fmt.Errorf("it is not in the one form that it has")
	}
	return err
}

// lines gives the lines of a file, each with its end.
// text is valid until yield returns. A line of more than limit bytes ends the reading before
// it is held whole.
func lines(f *io.SectionReader, limit int, yield func(text []byte) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 64<<10)
	var long []byte
	for {
		part, err := in.ReadSlice('\n')
		if err == bufio.ErrBufferFull || len(long) > 0 {
			if long = append(long, part...); len(long) > limit {
				return broken("a line of more than %d bytes", limit)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			part = long
		}
		if err == io.EOF && len(part) == 0 {
			return nil
		}
		if err == io.EOF {
			return broken("its last line has no end")
		}
		if err != nil {
			return err
		}
		if err := yield(part); err != nil {
			return err
		}
		long = long[:0]
	}
}

// readKeys reads the certificates by epoch.
// Whether an identity is trusted is for the verifier; here only what the line says of its
// certificate must be so.
func readKeys(f *io.SectionReader) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := lines(f, 2*seal.MaxNote, func(text []byte) error {
		var l keyLine
		err := strict(text, &l)
		if err == nil && (all[l.Epoch] != nil || l.Identity != seal.Signer([]byte(l.Certificate))) {
			err = fmt.Errorf("epoch %.40q comes twice, or by another identity", l.Epoch)
		}
		if err != nil {
			return broken("%s, line %d: %v", keysFile, len(all)+1, err)
		}
		all[l.Epoch] = []byte(l.Certificate)
		return nil
	})
	return all, err
}

// readSeals gives every seal to the verifier, with the certificate of its epoch.
// Every seal is partial, also one of which all events are there: its proof is then empty. One
// that is no seal goes to the verifier too, which reports it.
func readSeals(f *io.SectionReader, certificates map[string][]byte, v *verify.Verifier) (n uint64, err error) {
	err = lines(f, maxSealLine, func(text []byte) error {
		n++
		var l sealLine
		err := strict(text, &l)
		r := verify.Run{Note: []byte(l.Note), Partial: true, At: l.At}
		if err == nil {
			r.Leaves, err = hashes(l.Leaves)
		}
		if err == nil {
			r.Proof, err = hashes(l.Proof)
		}
		if err != nil {
			return broken("%s, line %d: %v", sealsFile, n, err)
		}
		if s, err := seal.Read(r.Note); err == nil {
			r.Certificate = certificates[s.Epoch.String()]
		}
		v.AddSeal(r)
		return nil
	})
	return n, err
}

// hashes reads hashes from hexadecimal digits, each of its full length: a shorter one
// would be another hash with zeros.
func hashes(texts []string) ([]schema.Hash, error) {
	all := make([]schema.Hash, len(texts))
	for i, text := range texts {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(all[i]) {
			return nil, fmt.Errorf("hash %.80q", text)
		}
		copy(all[i][:], b)
	}
	return all, nil
}

// readEvents gives every event to the verifier, and compares what people read.
func readEvents(events, people *io.SectionReader, compare bool, v *verify.Verifier) (n uint64, err error) {
	if _, err := people.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	shown := bufio.NewReaderSize(people, 64<<10)
	var buf []byte
	var order order
	err = lines(events, maxLine, func(text []byte) error {
		n++
		// Strict, since a lenient decoder takes several texts for the same bytes.
		canonical, err := base64.StdEncoding.Strict().DecodeString(string(text[:len(text)-1]))
		if err != nil {
			return broken("%s, line %d: %v", eventsFile, n, err)
		}
		e, err := schema.Decode(canonical)
		if err == nil {
			err = order.next(e)
		}
		if err != nil {
			return broken("%s, line %d: %v", eventsFile, n, err)
		}
		v.Add(e, schema.LeafHash(canonical), nil)
		if !compare {
			return nil
		}
		want, err := render(e)
		if err != nil {
			return fmt.Errorf("rendering event %d: %w", n, err)
		}
		buf = append(buf[:0], make([]byte, len(want))...)
		// The two files are read in step, so a line that is missing shows as another one.
		if _, err := io.ReadFull(shown, buf); err != nil || !bytes.Equal(buf, want) {
			return broken("%s, line %d does not show the event of session %s, seq %d", readableFile, n, e.SessionID, e.Seq)
		}
		return nil
	})
	if err == nil && compare {
		if _, end := shown.ReadByte(); end != io.EOF {
			err = broken("%s has more than the events", readableFile)
		}
	}
	return n, err
}

// order is that of the events: each session in one piece, by seq.
// before has every session that was met: 16 bytes and more for each.
type order struct {
	session uuid.UUID
	seq     uint64
	before  map[uuid.UUID]bool
}

// next takes the next event, or says why it cannot stand there. Two events of one seq
// may follow each other: an equivocation is for the verifier to find.
func (o *order) next(e *schema.Event) error {
	switch {
	case o.before == nil:
		o.before = map[uuid.UUID]bool{}
	case o.session == e.SessionID && e.Seq < o.seq:
		return fmt.Errorf("seq %d of session %s comes after seq %d", e.Seq, e.SessionID, o.seq)
	case o.session == e.SessionID:
		o.seq = e.Seq
		return nil
	}
	if o.before[e.SessionID] {
		return fmt.Errorf("session %s comes in two pieces", e.SessionID)
	}
	o.session, o.seq, o.before[e.SessionID] = e.SessionID, e.Seq, true
	return nil
}
