package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// A record stream is what GET /api/v1/record answers: frames of a letter, a length
// (uint32, big endian) and so many bytes. All seals come before the first event.
//
//	A  the beginning: about how many events will come (uint64)
//	S  a seal: the name of a column that does not say what the seal says, or
//	   nothing, then the record of the seal ([seal.Record])
//	E  an event: topic, partition (uint32), offset (uint64), stored_at in ms
//	   (uint64), hash and place (32 bytes each), the name of a column that holds
//	   what the event does not, or nothing, then its canonical bytes
//	Z  the end: the number of seals and of events (uint64 each)
//
// Texts have their length (uint16) before them. A stream without its end is cut.
const (
	frameBegin = 'A'
	frameSeal  = 'S'
	frameEvent = 'E'
	frameEnd   = 'Z'
)

// RecordType is the content type of a record stream.
const RecordType = "application/vnd.mcptrail.record"

// maxFrame is the longest frame that is read.
const maxFrame = max(schema.MaxEncoded, seal.MaxRecord) + 4<<10

// RecordWriter writes a record stream.
type RecordWriter struct {
	w             *bufio.Writer
	buf           []byte
	seals, events uint64
}

// NewRecordWriter writes to w, which it does not flush.
func NewRecordWriter(w *bufio.Writer) *RecordWriter { return &RecordWriter{w: w} }

// Begin writes the beginning.
func (w *RecordWriter) Begin(events uint64) error {
	return w.frame(frameBegin, binary.BigEndian.AppendUint64(nil, events))
}

// Seal writes a seal.
func (w *RecordWriter) Seal(r *seal.Record, stray string) error {
	w.seals++
	w.buf = r.Append(text(w.buf[:0], stray))
	return w.frame(frameSeal, w.buf)
}

// Event writes an event.
func (w *RecordWriter) Event(e *schema.Event, at *schema.Location) error {
	w.events++
	b := text(w.buf[:0], at.Topic)
	b = binary.BigEndian.AppendUint32(b, uint32(at.Partition))
	b = binary.BigEndian.AppendUint64(b, uint64(at.Offset))
	b = binary.BigEndian.AppendUint64(b, uint64(at.StoredAt.UnixMilli()))
	b = append(append(b, at.Hash[:]...), at.Sum[:]...)
	w.buf = e.Append(text(b, at.Stray))
	return w.frame(frameEvent, w.buf)
}

// End writes the end.
func (w *RecordWriter) End() error {
	return w.frame(frameEnd, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, w.seals), w.events))
}

func (w *RecordWriter) frame(kind byte, data []byte) error {
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(data)))
	_, err := w.w.Write(head[:])
	if err == nil {
		_, err = w.w.Write(data)
	}
	return err
}

func text(b []byte, s string) []byte {
	s = s[:min(len(s), 1<<16-1)]
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// Entry of a record stream: a seal, or an event.
type Entry struct {
	// Seal is nil for an event.
	Seal *seal.Record
	// Stray of a seal; that of an event is in its place.
	Stray     string
	Canonical []byte
	Location  schema.Location
}

// ErrCutRecord says that a record stream broke off. What came is not all of it.
var ErrCutRecord = errors.New("the record broke off before its end")

// RecordReader reads a record stream.
type RecordReader struct {
	// Events is about how many events will come.
	Events        uint64
	r             *bufio.Reader
	seals, events uint64
}

// NewRecordReader reads the beginning of a stream.
func NewRecordReader(r io.Reader) (*RecordReader, error) {
	reader := &RecordReader{r: bufio.NewReaderSize(r, 256<<10)}
	kind, f, err := reader.frame()
	if err == nil && kind != frameBegin {
		err = errors.New("reading a record: this is none")
	}
	if err != nil {
		return nil, err
	}
	reader.Events = f.number(8)
	return reader, f.err
}

func (r *RecordReader) frame() (kind byte, f *fields, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrCutRecord, noEOF(err))
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > uint32(maxFrame) {
		return 0, nil, fmt.Errorf("reading a record: a frame of %d bytes", n)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r.r, data); err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrCutRecord, noEOF(err))
	}
	return head[0], &fields{left: data}, nil
}

// Next returns the next entry, whose bytes are the caller's, and io.EOF after the
// last.
func (r *RecordReader) Next() (*Entry, error) {
	kind, f, err := r.frame()
	if err != nil {
		return nil, err
	}
	switch kind {
	case frameSeal:
		r.seals++
		e := &Entry{Stray: f.text()}
		record, _, err := seal.DecodeRecord(f.left)
		if err != nil {
			// What is no seal is for the verifier to say.
			record = &seal.Record{Note: f.left}
		}
		e.Seal = record
		return e, f.err
	case frameEvent:
		r.events++
		e := &Entry{Location: schema.Location{Topic: f.text(), Partition: int32(f.number(4)), Offset: int64(f.number(8)),
			StoredAt: time.UnixMilli(int64(f.number(8))).UTC(), Hash: f.hash(), Sum: f.hash(), Stray: f.text()}}
		e.Canonical = f.left
		return e, f.err
	case frameEnd:
		if seals, events := f.number(8), f.number(8); f.err != nil || seals != r.seals || events != r.events {
			return nil, fmt.Errorf("%w: %d seals and %d events of %d and %d", ErrCutRecord, r.seals, r.events, seals, events)
		}
		return nil, io.EOF
	}
	return nil, fmt.Errorf("reading a record: a frame of kind %q", kind)
}

// noEOF makes an end that comes too early no end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fields reads values. After the first error it returns zero values.
type fields struct {
	left []byte
	err  error
}

func (f *fields) take(n int) []byte {
	if n > len(f.left) || f.err != nil {
		f.err = fmt.Errorf("reading a record: %w", io.ErrUnexpectedEOF)
		return make([]byte, n)
	}
	b := f.left[:n]
	f.left = f.left[n:]
	return b
}

func (f *fields) number(size int) (n uint64) {
	for _, b := range f.take(size) {
		n = n<<8 | uint64(b)
	}
	return n
}

func (f *fields) text() string { return string(f.take(int(f.number(2)))) }

func (f *fields) hash() (h schema.Hash) {
	copy(h[:], f.take(len(h)))
	return h
}
