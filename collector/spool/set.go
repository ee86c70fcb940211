package spool

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// StateName is a file in a set that its process may write its state to, and StateBytes its
// length: one block, which is written over in place, so that a full disk takes it.
const (
	StateName  = "state"
	StateBytes = 4096
)

const (
	lockName   = "lock"
	cursorName = "cursor"
	fileMode   = 0o600
	dirMode    = 0o700
	// newPrefix and oldPrefix mark folders that are being created or removed.
	newPrefix = ".new-"
	oldPrefix = ".old-"
)

var errLocked = errors.New("held by another process")

// set is what one process wrote. The inventory's mu guards its fields, with three exceptions: id
// and dir never change, the owner of the token replaces lock, and scan and open belong to the
// reader, under the reading lock.
type set struct {
	id   uuid.UUID
	dir  string
	lock *os.File
	// segments that are not freed, in order.
	segments []*segment
	// All three are Positions of this set. at is where reading continues, last is behind the last entry that was delivered,
	// freed behind the last one that was freed.
	at, last, freed Position
	// saved is the value of freed in the cursor file, written at savedAt.
	saved   Position
	savedAt time.Time

	// scan reads a segment through its file, or through open where that is closed.
	scan *scanner
	open *os.File
}

// MakeDir creates the directory of a spool so that a power cut does not remove it. Open does
// that too; it is for those who keep something beside the sets before.
func MakeDir(path string) error { return makeDir(filepath.Clean(path)) }

// makeDir creates a directory and its parents, and syncs each parent: MkdirAll does not, and a
// directory that a power cut removes takes fsynced files with it.
func makeDir(path string) error {
	err := os.Mkdir(path, dirMode)
	if errors.Is(err, os.ErrNotExist) && filepath.Dir(path) != path {
		if err = makeDir(filepath.Dir(path)); err == nil {
			err = os.Mkdir(path, dirMode)
		}
	}
	switch info, e := os.Stat(path); {
	case err == nil:
		return syncDir(filepath.Dir(path))
	case errors.Is(err, os.ErrExist) && e == nil && info.IsDir():
		return nil
	}
	return err
}

// createSet creates the set of this process. It gets its name only once it is locked, so that
// no other process can adopt it in between.
func createSet(dir string, id uuid.UUID) (*set, error) {
	path := filepath.Join(dir, id.String())
	fresh, held, err := newHome(dir, id)
	if err != nil {
		return nil, err
	}
	// The fsync makes the set's name durable. Without it records that are synced inside could be
	// lost with the folder.
	if err = os.Rename(fresh, path); err == nil {
		if err = syncDir(dir); err == nil {
			s := &set{id: id, dir: path, lock: held, savedAt: time.Now()}
			s.at.Set = id
			s.last, s.freed, s.saved = s.at, s.at, s.at
			return s, nil
		}
		os.RemoveAll(path)
	}
	held.Close()
	os.RemoveAll(fresh)
	return nil, fmt.Errorf("creating %s: %w", path, err)
}

// newHome creates the directory of a set under another name, which nobody adopts, and locks it.
func newHome(dir string, id uuid.UUID) (path string, held *os.File, err error) {
	path = filepath.Join(dir, newPrefix+id.String())
	os.RemoveAll(path) // an attempt that failed may have left it
	if err := os.Mkdir(path, dirMode); err != nil {
		return "", nil, err
	}
	if held, err = lock(path, lockExclusive); err != nil {
		os.RemoveAll(path)
		return "", nil, err
	}
	writePID(held)
	// Without it there is no state on a disk that is full before the first is written.
	_ = writeSynced(filepath.Join(path, StateName), bytes.Repeat([]byte{' '}, StateBytes))
	return path, held, nil
}

// loadSet takes over the set of a dead process, or returns errLocked where it is not dead. The lock
// comes before the listing: until then its owner may still append, and free. The files are not
// opened yet, and the set is visible to nobody.
func loadSet(dir string, id uuid.UUID) (*set, error) {
	s := &set{id: id, dir: filepath.Join(dir, id.String()), savedAt: time.Now()}
	var err error
	if s.lock, err = lock(s.dir, lockExclusive); err != nil {
		return nil, err
	}
	writePID(s.lock)
	if s.segments, err = segments(s.dir); err != nil {
		s.lock.Close()
		return nil, fmt.Errorf("listing %s: %w", s.dir, err)
	}
	s.at = start(s.id, s.dir, s.segments)
	s.last, s.freed, s.saved = s.at, s.at, s.at
	return s, nil
}

// start is where a set is read from: the cursor if the data at it agrees, else the first
// segment on disk. A cursor is only a hint: reading from further back repeats records, and
// repeats are harmless.
func start(id uuid.UUID, dir string, list []*segment) Position {
	if len(list) == 0 {
		return Position{Set: id}
	}
	p, ok := readCursor(dir, id)
	i := slices.IndexFunc(list, func(s *segment) bool { return s.index == p.Segment })
	if ok && i >= 0 {
		s := list[i]
		if f, err := os.Open(s.path); err == nil {
			defer f.Close()
			if p.Offset == s.size && p.Number >= s.first && (s.until == unknown || p.Number == s.until) {
				return p
			}
			scan := scanner{file: f, set: id, segment: *s, at: p}
			if p.Offset >= headerBytes && p.Offset < s.size {
				if h, ok := scan.heading(p.Offset); ok && h.number == p.Number {
					return p
				}
			}
		}
	}
	return Position{Set: id, Segment: list[0].index, Number: list[0].first}
}

// The cursor file is set, segment, offset, number and a CRC32C of them.
const cursorBytes = 44

// readCursor reads the cursor of a set; ok is false if there is none, or none of this set that is
// whole.
func readCursor(dir string, id uuid.UUID) (Position, bool) {
	b, err := os.ReadFile(filepath.Join(dir, cursorName))
	if err != nil || len(b) != cursorBytes || crc32.Checksum(b[:40], castagnoli) != binary.LittleEndian.Uint32(b[40:]) {
		return Position{}, false
	}
	p := Position{Set: uuid.UUID(b[:16]), Segment: binary.LittleEndian.Uint64(b[16:]),
		Offset: int64(binary.LittleEndian.Uint64(b[24:])), Number: binary.LittleEndian.Uint64(b[32:])}
	return p, p.Set == id
}

// writeCursor replaces the cursor file: contents synced under another name, then the rename, then
// the directory. A crash leaves the old cursor or the new one, never a part.
func writeCursor(dir string, p Position) error {
	b := append(make([]byte, 0, cursorBytes), p.Set[:]...)
	b = binary.LittleEndian.AppendUint64(b, p.Segment)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Offset))
	b = binary.LittleEndian.AppendUint64(b, p.Number)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	path := filepath.Join(dir, cursorName)
	if err := writeSynced(path+".new", b); err != nil {
		return fmt.Errorf("writing cursor: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing cursor: %w", err)
	}
	return syncDir(dir)
}

// writeSynced writes a file that is on disk when it returns; on error there is none.
func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// find returns the segment of an index, or the first behind it; nil if none is left.
func (s *set) find(index uint64) *segment {
	i, _ := slices.BinarySearchFunc(s.segments, index, func(s *segment, index uint64) int { return cmp.Compare(s.index, index) })
	if i == len(s.segments) {
		return nil
	}
	return s.segments[i]
}

// dropFreed removes the freed segments from the list and returns them; the caller deletes the
// files. Segments between the last entry and the reader's position held no record. keep is
// never dropped. The inventory's mu is held.
func (s *set) dropFreed(keep *segment) (freed []*segment) {
	if !s.freed.before(s.last) && s.freed.before(s.at) {
		s.freed = s.at
	}
	for len(s.segments) > 0 {
		first := s.segments[0]
		done := first.index < s.freed.Segment || first.index == s.freed.Segment && first.until != unknown && s.freed.Number >= first.until
		if !done || first == keep {
			break
		}
		freed, s.segments = append(freed, first), s.segments[1:]
	}
	return freed
}

// release unlocks the set, so that another process can adopt it, or removes it when no segment
// is left. The rename comes first: a set is removed whole or not at all.
func (s *set) release() error {
	for _, segment := range s.segments {
		if segment.file != nil {
			segment.file.Close()
		}
	}
	if s.open != nil {
		s.open.Close()
	}
	// The lock is the last to be closed: from then on another process may adopt the set, and it must
	// find the cursor.
	defer s.lock.Close()
	if len(s.segments) > 0 {
		return s.save()
	}
	old := filepath.Join(filepath.Dir(s.dir), oldPrefix+s.id.String())
	if err := os.Rename(s.dir, old); errors.Is(err, os.ErrNotExist) {
		return nil // removed by somebody else
	} else if err != nil {
		return fmt.Errorf("removing %s: %w", s.dir, err)
	}
	return os.RemoveAll(old)
}

// save writes the cursor if it changed. Only release calls it, so that nobody else has the set.
func (s *set) save() error {
	if s.saved == s.freed {
		return nil
	}
	s.saved = s.freed
	return writeCursor(s.dir, s.freed)
}

// sets lists the sets in dir, oldest first by the modification time of their first segment.
func sets(dir string) ([]uuid.UUID, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	age := map[uuid.UUID]time.Time{}
	for _, e := range entries {
		id, err := uuid.Parse(e.Name())
		if err != nil || !e.IsDir() || strings.ToLower(e.Name()) != id.String() {
			continue
		}
		ids, age[id] = append(ids, id), time.Now()
		list, err := segments(filepath.Join(dir, e.Name()))
		if err != nil || len(list) == 0 {
			continue
		}
		if info, err := os.Stat(list[0].path); err == nil {
			age[id] = info.ModTime()
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int {
		return cmp.Or(age[a].Compare(age[b]), cmp.Compare(a.String(), b.String()))
	})
	return ids, nil
}
