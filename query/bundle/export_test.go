package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// CheckContents checks files whose sums are right. Those for people are not compared.
func CheckContents(m Manifest, keys, seals, events []byte, trusted *seal.Trusted) (*verify.Report, error) {
	file := func(b []byte) *io.SectionReader {
		return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
	}
	return checkContents(&m, map[string]*io.SectionReader{keysFile: file(keys), sealsFile: file(seals), eventsFile: file(events), readableFile: file(nil)}, trusted)
}

// Files of a bundle by their names. A forger has them, and this program.
type Files map[string][]byte

// Manifest changes the manifest, and gives it the sums of the other files.
func (f Files) Manifest(change func(m *Manifest)) {
	var m Manifest
	if err := json.Unmarshal(f[manifestFile], &m); err != nil {
		panic(err)
	}
	m.Files = nil
	for _, name := range names[:5] {
		sum := sha256.Sum256(f[name])
		m.Files = append(m.Files, File{Name: name, Size: int64(len(f[name])), SHA256: hex.EncodeToString(sum[:])})
	}
	change(&m)
	f[manifestFile], _ = line(m)
}

// Sum makes SHA256SUMS anew.
func (f Files) Sum() {
	var sums bytes.Buffer
	for _, name := range names[:6] {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f[name]), name)
	}
	f[sumsFile] = sums.Bytes()
}

// Zip puts the files together, all headers as they have to be.
func (f Files) Zip() []byte { return f.ZipWithChecksums(func(crc uint32) uint32 { return crc }) }

// ZipWithChecksums has the zip's own checksums be what the function makes of them.
func (f Files) ZipWithChecksums(of func(crc uint32) uint32) []byte {
	var data []byte
	var entries []entry
	for _, name := range names {
		e := entry{name: name, at: int64(len(data)), crc: of(crc32.ChecksumIEEE(f[name])), size: uint32(len(f[name]))}
		data = append(append(data, e.local()...), f[name]...)
		entries = append(entries, e)
	}
	return append(data, tail(entries, int64(len(data)))...)
}

// WriteLimited writes as into a zip that has room for so many bytes.
func WriteLimited(w io.Writer, left int64, p []byte) error {
	_, err := (&contents{out: w, left: left}).Write(p)
	return err
}

// ErrTooLarge is what it says where they are too many.
var ErrTooLarge = errTooLarge
