package secret

import (
	"bytes"
	"compress/flate"
	"io"
	"unicode/utf8"
)

// opening decides from the first decoded bytes how to read them as text; nil where they
// are none: an image, a key, a hash.
func opening(head []byte) func(*Engine, []byte, *Budget) []byte {
	switch {
	case len(head) < 8:
		return nil
	case head[0] == 0x1f && head[1] == 0x8b && head[2] == 8, head[0] == 0x78 && (head[1] == 0x01 || head[1] == 0x5e || head[1] == 0x9c || head[1] == 0xda):
		return inflate
	case printable(head[:len(head)-1]):
		return func(_ *Engine, text []byte, _ *Budget) []byte { return text }
	}
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == 0 || head[i] >= 0x80 || head[i+1] != 0 {
			return nil
		}
	}
	return narrow
}

// narrow takes the zero bytes out of UTF-16.
func narrow(_ *Engine, text []byte, _ *Budget) []byte {
	n := 0
	for i := 0; i+1 < len(text); i += 2 {
		if text[i+1] == 0 && text[i] < utf8.RuneSelf {
			text[n] = text[i]
			n++
		}
	}
	return text[:n]
}

const (
	// maxInflated is how many bytes of a compressed text are scanned.
	maxInflated = 256 << 10
	// stepsToInflate is the cost of resetting the decompressor, in steps of a Budget.
	stepsToInflate = 2000
)

// inflate unpacks gzip and zlib. What is broken ends where it breaks.
func inflate(e *Engine, packed []byte, b *Budget) []byte {
	if !b.Spend(stepsToInflate) {
		return nil
	}
	if e.packed == nil {
		e.packed = flate.NewReader(bytes.NewReader(nil))
	}
	if e.packed.(flate.Resetter).Reset(bytes.NewReader(deflated(packed)), nil) != nil {
		return nil
	}
	var plain bytes.Buffer
	n, _ := io.Copy(&plain, io.LimitReader(e.packed, maxInflated)) // as far as it goes
	b.Spend(3 * int(n))
	return plain.Bytes()
}

// deflated is what stands behind the head of gzip (RFC 1952) or zlib (RFC 1950).
func deflated(packed []byte) []byte {
	if packed[0] != 0x1f {
		return packed[2:]
	}
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
