package secret

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

const (
	// binaryRule is the rule of what is compressed and cannot be undone.
	binaryRule = "binary"
	// maxInflated is how many bytes of a compressed text are scanned.
	maxInflated = 256 << 10
	// maxUnzipped is the same for archives, whose first members are read.
	maxUnzipped = 64 << 10
	// stepsToInflate is the cost of resetting a decompressor, in steps of a Budget.
	stepsToInflate = 2000
	// maxZstdMemory bounds what a frame of zstd may ask for, in bytes.
	maxZstdMemory = 8 << 20
)

// format is a way to compress, known by the bytes it begins with.
type format struct {
	magic string
	// undo opens a compressed text; nil where nothing here can.
	undo func(*Engine, []byte) io.Reader
}

// formats that begin with three bytes or more that no text begins with.
var formats = []format{
	{"\x1f\x8b\x08", func(e *Engine, p []byte) io.Reader { return e.inflate(afterGzip(p)) }},
	{"\x28\xb5\x2f\xfd", (*Engine).zstd},
	{"BZh", func(_ *Engine, p []byte) io.Reader { return bzip2.NewReader(bytes.NewReader(p)) }},
	{"\x04\x22\x4d\x18", func(_ *Engine, p []byte) io.Reader { return lz4.NewReader(bytes.NewReader(p)) }},
	{"PK\x03\x04", (*Engine).unzip},
	{"\xfd7zXZ\x00", nil},
	{"7z\xbc\xaf\x27\x1c", nil},
	{"Rar!\x1a\x07", nil},
	{"\x5d\x00\x00\x80\x00", nil}, // LZMA
	{"LZIP\x01", nil},
	{"\xff\x06\x00\x00sNaPpY", nil},
	{"\x1f\x9d\x90", nil},     // compress
	{"\xce\xb2\xcf\x81", nil}, // framed brotli
}

// Compressed reports whether bytes begin like something compressed, of which neither a
// reader nor a rule sees what it says.
func Compressed(b []byte) bool { return formatOf(b) != nil }

func formatOf(b []byte) *format {
	if len(b) == 0 || !magicBytes.has(b[0]) {
		return nil
	}
	for i := range formats {
		f := &formats[i]
		if len(b) > len(f.magic)+2 && string(b[:len(f.magic)]) == f.magic && (f.magic != "BZh" || isDigit(b[3]) && b[4] == 0x31 && b[5] == 0x41) {
			return f
		}
	}
	if len(b) > 8 && b[0] == 0x78 && (b[1] == 0x01 || b[1] == 0x5e || b[1] == 0x9c || b[1] == 0xda) {
		return &zlibFormat
	}
	return nil
}

// magicBytes are the first bytes of all formats.
var magicBytes = bytesOf("\x1f\x28B\x04P\xfd7R\x5dL\xff\xce\x78")

var zlibFormat = format{"\x78", func(e *Engine, p []byte) io.Reader { return e.inflate(p[2:]) }}

// opening decides from the first decoded bytes how to read them as text; nil where they
// are none: an image, a key, a hash. What it returns gives nil for bytes that are
// compressed and cannot be undone.
func opening(head []byte) func(*Engine, []byte, *Budget) []byte {
	if len(head) < 8 {
		return nil
	}
	if f := formatOf(head); f != nil {
		return f.open
	}
	if printable(head[:len(head)-1]) {
		return func(_ *Engine, text []byte, _ *Budget) []byte { return text }
	}
	for _, low := range []int{0, 1} { // where the byte of the letter is
		wide := true
		for i := 0; i+1 < len(head); i += 2 {
			letter, zero := head[i+low], head[i+1-low]
			bom := i == 0 && (letter == 0xff && zero == 0xfe || letter == 0xfe && zero == 0xff)
			wide = wide && (letter != 0 && letter < 0x80 && zero == 0 || bom)
		}
		if wide {
			return func(_ *Engine, text []byte, _ *Budget) []byte { return narrow(text, low) }
		}
	}
	return nil
}

// narrow takes the zero bytes out of UTF-16.
func narrow(text []byte, low int) []byte {
	n := 0
	for i := 0; i+1 < len(text); i += 2 {
		if c := text[i+low]; text[i+1-low] == 0 && c < utf8.RuneSelf {
			text[n] = c
			n++
		}
	}
	return text[:n]
}

// open undoes a compression as far as it goes: what is broken ends where it breaks.
func (f *format) open(e *Engine, packed []byte, b *Budget) []byte {
	if f.undo == nil {
		return nil
	}
	plain := []byte{}
	if !b.Spend(stepsToInflate) {
		return plain
	}
	r := f.undo(e, packed)
	if r == nil {
		return plain
	}
	buffer := bytes.NewBuffer(plain)
	_, _ = io.Copy(buffer, io.LimitReader(r, maxInflated)) // as far as it goes
	b.Spend(3 * buffer.Len())
	if utf8.Valid(buffer.Bytes()) {
		return buffer.Bytes()
	}
	return legible(buffer.Bytes())
}

// minLegible is the shortest run of letters that is looked at inside of binary, in bytes.
const minLegible = 8

// legible drops from bytes what is no text, as the tool strings does.
func legible(b []byte) []byte {
	n, run := 0, 0
	for i, c := range b {
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' {
			run++
			if i+1 < len(b) {
				continue
			}
			i++
		}
		if run >= minLegible {
			n += copy(b[n:], b[i-run:i])
			if i < len(b) {
				b[n] = '\n'
				n++
			}
		}
		run = 0
	}
	return b[:n]
}

func (e *Engine) inflate(deflated []byte) io.Reader {
	if e.inflater == nil {
		e.inflater = flate.NewReader(bytes.NewReader(nil))
	}
	if e.inflater.(flate.Resetter).Reset(bytes.NewReader(deflated), nil) != nil {
		return nil
	}
	return e.inflater
}

func (e *Engine) zstd(packed []byte) io.Reader {
	if e.unzstd == nil {
		r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxZstdMemory))
		if err != nil {
			return nil
		}
		e.unzstd = r
	}
	if e.unzstd.Reset(bytes.NewReader(packed)) != nil {
		return nil
	}
	return e.unzstd
}

// unzip reads the members of an archive one after the other, by their own heads, as far as
// they are stored or deflated.
func (e *Engine) unzip(packed []byte) io.Reader {
	var all bytes.Buffer
	for all.Len() < maxUnzipped && len(packed) > 30 && string(packed[:4]) == "PK\x03\x04" {
		method, size := packed[8], int(binary.LittleEndian.Uint32(packed[18:]))
		head := 30 + int(binary.LittleEndian.Uint16(packed[26:])) + int(binary.LittleEndian.Uint16(packed[28:]))
		if head > len(packed) {
			break
		}
		body := packed[head:]
		if size > 0 && size <= len(body) {
			body = body[:size]
		}
		switch method {
		case 0:
			all.Write(body[:min(len(body), maxUnzipped)])
		case 8:
			_, _ = io.Copy(&all, io.LimitReader(e.inflate(body), int64(maxUnzipped-all.Len()))) // as far as it goes
		}
		all.WriteByte('\n')
		next := bytes.Index(packed[head:], []byte("PK\x03\x04"))
		if next < 0 {
			break
		}
		packed = packed[head+next:]
	}
	return &all
}

// afterGzip is what stands behind the head of gzip (RFC 1952).
func afterGzip(packed []byte) []byte {
	if len(packed) < 10 {
		return nil
	}
	flags, rest := packed[3], packed[10:]
	if flags&4 != 0 && len(rest) > 2 { // extra field
		rest = rest[min(len(rest), 2+int(rest[0])|int(rest[1])<<8):]
	}
	for _, text := range []byte{8, 16} { // name, comment
		if flags&text != 0 {
			rest = rest[bytes.IndexByte(rest, 0)+1:]
		}
	}
	if flags&2 != 0 && len(rest) > 2 {
		rest = rest[2:]
	}
	return rest
}
