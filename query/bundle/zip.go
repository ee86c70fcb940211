package bundle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// entry is a file in the zip.
type entry struct {
	name string
	crc  uint32
	size uint32
	// at is where its header begins.
	at int64
}

// Sizes of a zip's headers without names, and bounds. The date of every file is the
// first that a zip can say, so that the bytes depend on the contents alone.
//
// The layout is that of PKWARE's APPNOTE, sections 4.3.7 (local), 4.3.12 (central) and 4.3.16
// (end), without extra fields, comments, encryption or a data descriptor.
const (
	localSize   = 30
	centralSize = 46
	endSize     = 22
	// maxZip is what 32 bits can say of an offset.
	maxZip = 1<<32 - 1<<20
	// midnight of 1980-01-01, the date of every file.
	date = 1<<5 | 1
)

// local is the header before the contents.
// Sizes and sum stand in it and not behind the contents, so a reader finds the next file
// without the directory.
func (e *entry) local() []byte {
	b := make([]byte, localSize, localSize+len(e.name))
	binary.LittleEndian.PutUint32(b, 0x04034b50)
	e.common(b[4:])
	return append(b, e.name...)
}

// central is the entry in the directory at the end.
func (e *entry) central() []byte {
	b := make([]byte, centralSize, centralSize+len(e.name))
	binary.LittleEndian.PutUint32(b, 0x02014b50)
	binary.LittleEndian.PutUint16(b[4:], 3<<8|20) // made by Unix
	e.common(b[6:])
	// A regular file that its owner may write: without it, unzip makes files of no mode.
	binary.LittleEndian.PutUint32(b[38:], 0o100644<<16)
	binary.LittleEndian.PutUint32(b[42:], uint32(e.at))
	return append(b, e.name...)
}

// common is what both headers say: version, flags, method, time, date, sums, sizes.
// Flags, method (stored) and time stay zero.
func (e *entry) common(b []byte) {
	binary.LittleEndian.PutUint16(b, 20)
	binary.LittleEndian.PutUint16(b[8:], date)
	binary.LittleEndian.PutUint32(b[10:], e.crc)
	binary.LittleEndian.PutUint32(b[14:], e.size)
	binary.LittleEndian.PutUint32(b[18:], e.size)
	binary.LittleEndian.PutUint16(b[22:], uint16(len(e.name)))
}

// tail is the directory and the end of a zip.
func tail(entries []entry, at int64) []byte {
	var b []byte
	for i := range entries {
		b = append(b, entries[i].central()...)
	}
	size := len(b)
	b = binary.LittleEndian.AppendUint32(b, 0x06054b50)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(at))
	return append(b, 0, 0)
}

// output is where a zip is written: a file.
// The header of a file is written twice, which a pipe cannot do.
type output interface {
	io.Writer
	io.WriterAt
}

// zipWriter writes a zip whose layout follows from its contents.
type zipWriter struct {
	out     output
	at      int64
	entries []entry
}

// errTooLarge says that the zip would need 64-bit sizes, which not every unzip reads.
var errTooLarge = errors.New("a bundle holds at most 4 GiB; choose one session or a shorter time")

// add writes a file. Its header is completed once its contents are known.
// An error leaves the file unfinished; the writer must not be used after it.
func (z *zipWriter) add(name string, write func(io.Writer) error) error {
	e := entry{name: name, at: z.at}
	if _, err := z.out.Write(e.local()); err != nil {
		return err
	}
	c := &contents{out: z.out, left: maxZip - z.at}
	if err := write(c); err != nil {
		return err
	}
	e.crc, e.size = c.crc, uint32(c.size)
	if _, err := z.out.WriteAt(e.local(), e.at); err != nil {
		return err
	}
	z.at += int64(len(e.local())) + c.size
	z.entries = append(z.entries, e)
	return nil
}

// close writes the directory. Without it the file is no zip.
// It does not sync or close the file.
func (z *zipWriter) close() error {
	_, err := z.out.Write(tail(z.entries, z.at))
	return err
}

// contents writes one file of the zip and refuses more than there is space for.
type contents struct {
	out  io.Writer
	crc  uint32
	size int64
	left int64
}

// Write counts and sums what passes.
func (c *contents) Write(p []byte) (int, error) {
	if c.size += int64(len(p)); c.size > c.left {
		return 0, errTooLarge
	}
	c.crc = crc32.Update(c.crc, crc32.IEEETable, p)
	return c.out.Write(p)
}

// readZip finds the files of a bundle, and refuses any byte that is not where, and
// what, it has to be. Contents are not read.
//
// It does not look for the directory at the end, as an unzip does, but follows the headers
// from the start and makes the directory anew: a zip whose directory names other files than
// its headers would show one thing to people and another to this program. Sizes are added and
// not allocated, so a header may say what it likes.
func readZip(in io.ReaderAt, size int64) ([]entry, error) {
	var entries []entry
	at := int64(0)
	for _, name := range names {
		e := entry{name: name, at: at}
		head := make([]byte, len(e.local()))
		if _, err := in.ReadAt(head, at); err != nil {
			return nil, broken("reading the header of %s: %v", name, err)
		}
		e.crc, e.size = binary.LittleEndian.Uint32(head[14:]), binary.LittleEndian.Uint32(head[18:])
		if !bytes.Equal(head, e.local()) {
			// The first header is the one that tells a bundle from any other file.
			if at == 0 {
				return nil, ErrNone
			}
			return nil, broken("the header of %s is not the one it has to have", name)
		}
		at += int64(len(head)) + int64(e.size)
		entries = append(entries, e)
	}
	want := tail(entries, at)
	if at+int64(len(want)) != size {
		return nil, broken("it has %d bytes and should have %d", size, at+int64(len(want)))
	}
	got := make([]byte, len(want))
	if _, err := in.ReadAt(got, at); err != nil {
		return nil, fmt.Errorf("reading the directory of the bundle: %w", err)
	}
	if !bytes.Equal(got, want) {
		return nil, broken("its directory is not the one it has to have")
	}
	return entries, nil
}

// ErrNone says that a file is no bundle at all.
var ErrNone = errors.New("this is no bundle of mcptrail, or its first bytes were changed")

// BrokenError says that a bundle is not as it was written.
type BrokenError struct{ text string }

// Error says what is wrong with the form.
func (e *BrokenError) Error() string { return "the bundle was changed or damaged: " + e.text }

// broken makes a [BrokenError].
func broken(format string, args ...any) error { return &BrokenError{fmt.Sprintf(format, args...)} }
