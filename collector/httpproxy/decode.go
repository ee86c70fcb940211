package httpproxy

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxDecoded bounds how much is decoded of one body. A few bytes can stand for
// gigabytes, and decoding happens in the traffic's path.
const maxDecoded = 64 << 20

// maxWindow is what RFC 9659 allows: a head of ten bytes can ask for more, which is
// held for as long as the body comes.
const maxWindow = 8 << 20

// decoder undoes a Content-Encoding for the record, piece by piece: when Write
// returns, everything that can be decoded so far has been written on.
//
// The decoding is a coroutine that runs inside Write only, so the piece is not used after
// Write has returned. It must be closed.
type decoder struct {
	piece []byte
	next  func() (struct{}, bool)
	stop  func()
}

// encodings are those that can be undone.
var encodings = map[string]func(io.Reader) (io.Reader, error){
	"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"x-gzip":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"deflate": openDeflate,
	"br":      func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	"zstd": func(r io.Reader) (io.Reader, error) {
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(maxDecoded), zstd.WithDecoderMaxWindow(maxWindow))
	},
}

// maxEncodings is how many encodings of one body are undone. Two are rare.
const maxEncodings = 4

// encodingsOf returns the encodings of a body with this header, in the order in which
// they were applied, from all lines of the header; none for a body that is plain.
func encodingsOf(h http.Header) (all []string) {
	for _, line := range h["Content-Encoding"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" {
				all = append(all, name)
			}
		}
	}
	return all
}

// undoable reports whether all of the encodings can be undone.
func undoable(names []string) bool {
	for _, name := range names {
		if encodings[name] == nil {
			return false
		}
	}
	return len(names) <= maxEncodings
}

// newDecoder writes what an encoding of encodings stands for.
func newDecoder(encoding string, to io.Writer) *decoder {
	open := encodings[encoding]
	d := &decoder{}
	d.next, d.stop = iter.Pull(func(yield func(struct{}) bool) {
		r, err := open(input{d, yield})
		if err == nil {
			// Behind the bound, or broken input, the coroutine has ended: Write then does
			// nothing.
			_, _ = io.Copy(to, io.LimitReader(r, maxDecoded)) // broken input: what came before it is recorded
		}
		if z, ok := r.(*zstd.Decoder); ok {
			z.Close()
		}
	})
	return d
}

// openDeflate reads both things that are sent as "deflate": zlib, and bare flate.
func openDeflate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 512)
	// RFC 9110 asks for zlib; some servers send bare flate. The two bytes of a zlib header
	// are a multiple of 31 (RFC 1950).
	head, err := b.Peek(2)
	if err == nil && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

func (d *decoder) Write(p []byte) (int, error) {
	if d.piece = p; len(p) > 0 {
		d.next()
	}
	return len(p), nil
}

// Close ends the decoding; nothing is written after it.
func (d *decoder) Close() { d.stop() }

// input is what the decoding reads from: it gives the running piece and then waits
// for the next Write.
type input struct {
	d    *decoder
	more func(struct{}) bool
}

var errClosed = errors.New("decoder is closed")

func (in input) Read(p []byte) (int, error) {
	for len(in.d.piece) == 0 {
		if !in.more(struct{}{}) {
			return 0, errClosed
		}
	}
	n := copy(p, in.d.piece)
	in.d.piece = in.d.piece[n:]
	return n, nil
}
