package bundle

import (
	"bytes"
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
