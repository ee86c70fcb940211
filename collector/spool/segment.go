package spool

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// segment is one file of a set.
type segment struct {
	path string
	// index orders the segments of a set.
	index uint64
	// first is the number of its first record, until of the first that it does not
	// hold; unknown until all of it was read if the process that wrote it died.
	first, until uint64
	salt         uint64
	// size in bytes, of what was acknowledged where this process wrote it.
	size int64
	// preallocated is the length of a file that was the reserve; behind size it is zeros, which
	// are cut off when the segment is full. It is written under the token and the inventory's mu.
	preallocated int64
	// file is open for as long as the segment is not freed, nil where too many are: what was
	// acknowledged is readable in it though its directory was removed. The inventory's mu guards
	// the field. The file is closed under the reading lock.
	file *os.File
}

// footprint is what the segment takes on disk, in bytes.
func (s *segment) footprint() int64 { return max(s.size, s.preallocated) }

const (
	unknown       = math.MaxUint64
	segmentSuffix = ".seg"
	// A segment's header is a magic word, set, index, first and a CRC32C of them.
	// Readers need none of it: it tells people and programs what the file is.
	headerBytes  = 64
	segmentMagic = "mcptspl\x01"
)

// newSegment names a segment of this process; it creates no file. The salt makes the name new even
// where an index is used again.
func newSegment(dir string, index, first uint64) *segment {
	var salt [8]byte
	rand.Read(salt[:])
	s := &segment{index: index, first: first, until: first, salt: binary.LittleEndian.Uint64(salt[:])}
	s.path = filepath.Join(dir, fmt.Sprintf("%016x-%016x-%016x%s", s.index, s.first, s.salt, segmentSuffix))
	return s
}

// header of the segment in its set.
func (s *segment) header(set uuid.UUID) []byte {
	b := make([]byte, headerBytes)
	copy(b, segmentMagic)
	copy(b[8:], set[:])
	binary.LittleEndian.PutUint64(b[24:], s.index)
	binary.LittleEndian.PutUint64(b[32:], s.first)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

// parseName reads a segment's name; ok is false for other files.
func parseName(name string) (s *segment, ok bool) {
	s = &segment{until: unknown}
	base, found := strings.CutSuffix(name, segmentSuffix)
	if n, err := fmt.Sscanf(base, "%016x-%016x-%016x", &s.index, &s.first, &s.salt); !found || err != nil || n != 3 {
		return nil, false
	}
	return s, len(base) == 3*16+2
}

// segments lists what is in the directory of a set, in order.
func segments(dir string) ([]*segment, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []*segment
	for _, f := range files {
		s, ok := parseName(f.Name())
		if !ok {
			continue
		}
		info, err := f.Info()
		if os.IsNotExist(err) {
			continue // freed by its owner meanwhile
		} else if err != nil {
			return nil, err
		}
		s.path, s.size = filepath.Join(dir, f.Name()), info.Size()
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *segment) int { return cmp.Compare(a.index, b.index) })
	for i, s := range list {
		if i+1 < len(list) && list[i+1].first >= s.first {
			s.until = list[i+1].first
		}
	}
	return list, nil
}
