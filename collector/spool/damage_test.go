package spool

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
)

// written makes a set of a process that ended, and returns its folder and how many
// records it holds. Sizes differ, so that frames begin at odd places.
func written(t *testing.T, dir string, count uint64) (set string) {
	t.Helper()
	s := open(t, dir, small)
	for n := uint64(0); n < count; n++ {
		mustAppend(t, s, records(n, n+1, sizeOf(n)))
	}
	set = s.own.dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return set
}

func sizeOf(n uint64) int { return 8 + int(n*37%300) }

// outcome is what a reader made of a damaged set.
type outcome struct {
	got     map[uint64]bool
	damages []*Damage
}

// readBack adopts what lies in dir, checks every record and that numbers and damages
// leave nothing out, and leaves it as it was.
func readBack(t *testing.T, dir string, count uint64) outcome {
	t.Helper()
	s := open(t, dir, small)
	defer s.Close()
	mustAdopt(t, s)
	o := outcome{got: map[uint64]bool{}}
	next, open := uint64(0), false
	for _, e := range all(t, s) {
		if d := e.Damage; d != nil {
			o.damages = append(o.damages, d)
			if d.From != next {
				t.Fatalf("damage from %d, next is %d", d.From, next)
			}
			next, open = d.To, open || !d.Known
			for _, l := range d.Lost {
				if want := record(l.Seq, sizeOf(l.Seq)); l.Session != want.Session || l.Size != want.Size || l.Seq < d.From {
					t.Fatalf("wrongly named: %+v", l)
				}
			}
		} else {
			check(t, e, record(e.Seq, sizeOf(e.Seq)))
			if e.Seq != next {
				t.Fatalf("record %d, next is %d", e.Seq, next)
			}
			next++
			o.got[e.Seq] = true
		}
	}
	if next != count && !open {
		t.Fatalf("ended at %d of %d, and no damage said so", next, count)
	}
	return o
}

// freeAll ships a damaged set and fails if anything of it stays.
func freeAll(t *testing.T, dir string) {
	t.Helper()
	s := open(t, dir, small)
	mustAdopt(t, s)
	for _, e := range all(t, s) {
		mustFree(t, s, e.Position)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("left in the directory: %v", left)
	}
}

// each runs do for every offset of every segment, and puts the file back after it.
func each(t *testing.T, set string, do func(path string, b []byte, offset int)) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(set, "*"+segmentSuffix))
	if len(files) < 3 {
		t.Fatalf("only %d segments", len(files))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for offset := range b {
			do(file, bytes.Clone(b), offset)
			if t.Failed() {
				t.Fatalf("at offset %d of %s", offset, filepath.Base(file))
			}
			if err := os.WriteFile(file, b, fileMode); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestEveryFlippedByteCostsOneRecordAndIsNamed(t *testing.T) {
	const count = 75 // 16 KiB
	dir := t.TempDir()
	each(t, written(t, dir, count), func(path string, b []byte, offset int) {
		b[offset] ^= byte(1 + rand.IntN(255))
		if err := os.WriteFile(path, b, fileMode); err != nil {
			t.Fatal(err)
		}
		o := readBack(t, dir, count)
		lost := 1
		if offset < headerBytes {
			lost = 0
		}
		if len(o.damages) != 1 || o.damages[0].Torn || count-len(o.got) != lost {
			t.Errorf("%d records of %d, damages %v", len(o.got), count, o.damages)
		}
	})
}

func TestEveryTruncationKeepsWhatIsBefore(t *testing.T) {
	const count = 24
	dir := t.TempDir()
	set := written(t, dir, count)
	list, err := segments(set)
	if err != nil {
		t.Fatal(err)
	}
	last := list[len(list)-1]
	each(t, set, func(path string, b []byte, offset int) {
		if err := os.Truncate(path, int64(offset)); err != nil {
			t.Fatal(err)
		}
		before := uint64(0)
		scan := scanner{file: bytes.NewReader(b), set: uuid.MustParse(filepath.Base(set))}
		s, _ := parseName(filepath.Base(path))
		scan.segment, scan.at.Number = *s, s.first
		scan.size = int64(len(b))
		for e, ok := scan.next(); ok && e.Position.Offset <= int64(offset); e, ok = scan.next() {
			before++
		}
		if s.index != last.index { // the next segment tells what is missing
			o := readBack(t, dir, count)
			if n := len(o.damages); n == 0 || n > 2 {
				t.Errorf("damages %v", o.damages)
			}
			if missing := uint64(count - len(o.got)); missing != list[s.index+1].first-s.first-before {
				t.Errorf("%d records missing", missing)
			}
			return
		}
		// The end of a set cannot tell that whole records are missing.
		o := readBack(t, dir, s.first+before)
		if uint64(len(o.got)) != s.first+before {
			t.Errorf("%d records, want %d", len(o.got), s.first+before)
		}
		for _, d := range o.damages {
			if !d.Torn || d.Known {
				t.Errorf("a torn end is %+v", d)
			}
		}
	})
}

func TestHolesAndGarbageAreNamed(t *testing.T) {
	const count = 200
	origin := t.TempDir()
	set := written(t, origin, count)
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		dir := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
			t.Fatal(err)
		}
		list, _ := segments(filepath.Join(dir, filepath.Base(set)))
		s := list[random.IntN(len(list)-1)]
		b, _ := os.ReadFile(s.path)
		from := random.IntN(len(b))
		to := from + random.IntN(len(b)-from)
		switch random.IntN(4) {
		case 0: // a lost sector
			clear(b[from:to])
		case 1:
			for i := range b[from:to] {
				b[from+i] = byte(random.Uint32())
			}
		case 2: // bytes that are gone
			b = append(b[:from], b[to:]...)
		case 3: // bytes that are there twice
			b = append(bytes.Clone(b[:to]), b[from:]...)
		}
		if random.IntN(20) == 0 {
			os.Remove(s.path)
			if s.index == 0 {
				continue // as if it had been freed
			}
		} else if err := os.WriteFile(s.path, b, fileMode); err != nil {
			t.Fatal(err)
		}
		o := readBack(t, dir, count)
		for _, d := range o.damages {
			if !d.Known {
				t.Fatalf("unknown count inside a set: %v", d)
			}
		}
		freeAll(t, dir)
	}
}

// A message may hold the very bytes of a spool. They must not come to life when the
// frame around them is damaged.
func TestFramesInsideAMessageAreNotBelieved(t *testing.T) {
	forged := durable.Record{Session: uuid.UUID{9}, Seq: 666, Value: []byte("never happened")}
	dir := t.TempDir()
	s := open(t, dir)
	outer := record(0, 8)
	for salt := uint64(0); salt < 100; salt++ {
		outer.Value = appendFrame(outer.Value, &forged, 1, 0, salt)
	}
	mustAppend(t, s, []durable.Record{outer, record(1, 50)})
	path := s.tail.segment.path
	s.Close()
	b, _ := os.ReadFile(path)
	b[headerBytes+20] ^= 1 // in the heading of the outer frame
	os.WriteFile(path, b, fileMode)
	s = open(t, dir)
	mustAdopt(t, s)
	entries := all(t, s)
	if len(entries) != 2 || entries[0].Damage == nil {
		t.Fatalf("got %+v", entries)
	}
	check(t, entries[1], record(1, 50))
}

// What a failed fsync left behind the acknowledged records comes from the next segment.
func TestDamageEndsWhereTheNextSegmentBegins(t *testing.T) {
	s := newSegment("", 0, 0)
	b := s.header(uuid.Nil)
	var starts []int
	for n := range uint64(4) {
		starts = append(starts, len(b))
		r := record(n, 50)
		b = appendFrame(b, &r, n, 0, s.salt)
	}
	b[starts[1]]++
	b[starts[2]]++
	s.until, s.size = 2, int64(len(b))
	scan := scanner{file: bytes.NewReader(b), segment: *s}
	e, _ := scan.next()
	check(t, e, record(0, 50))
	if e, _ = scan.next(); e.Damage == nil || e.Damage.From != 1 || e.Damage.To != 2 || !e.Damage.Known {
		t.Fatalf("got %+v", e)
	}
	if e, ok := scan.next(); ok {
		t.Fatalf("and then %+v", e)
	}
}

// badSectors cannot be read in one place.
type badSectors struct {
	*bytes.Reader
	from, to int64
}

func (b badSectors) ReadAt(p []byte, off int64) (int, error) {
	if off < b.to && off+int64(len(p)) > b.from {
		return 0, syscall.EIO
	}
	return b.Reader.ReadAt(p, off)
}

func TestUnreadableSectorsAreDamage(t *testing.T) {
	s := newSegment("", 0, 0)
	b := s.header(uuid.Nil)
	const count = 500
	for n := range uint64(count) {
		r := record(n, 1000)
		b = appendFrame(b, &r, n, 0, s.salt)
	}
	s.until, s.size = count, int64(len(b))
	scan := scanner{file: badSectors{bytes.NewReader(b), 50 * sector, 52 * sector}, segment: *s}
	got, lost := 0, uint64(0)
	for e, ok := scan.next(); ok; e, ok = scan.next() {
		if d := e.Damage; d != nil {
			lost += d.To - d.From
			continue
		}
		check(t, e, record(e.Seq, 1000))
		got++
	}
	if got+int(lost) != count || lost < 8 || lost > 30 {
		t.Errorf("%d records and %d lost", got, lost)
	}
}

func TestMissingSegmentsAreDamage(t *testing.T) {
	for _, which := range []int{1, 4} {
		dir := t.TempDir()
		list, err := segments(written(t, dir, 40))
		if err != nil || len(list) != 5 {
			t.Fatal(len(list), err)
		}
		s := open(t, dir)
		mustAdopt(t, s)
		for _, segment := range s.sets[0].segments { // as those beyond maxHeld
			segment.file.Close()
			segment.file = nil
		}
		os.Remove(list[which].path)
		got := 0
		var last *Damage
		for _, e := range all(t, s) {
			if e.Damage == nil {
				got++
			} else {
				last = e.Damage
			}
			mustFree(t, s, e.Position)
		}
		if got < 20 || last == nil || last.Known != (which == 1) || last.Known && got+int(last.To-last.From) != 40 {
			t.Errorf("segment %d: %d records, damage %+v", which, got, last)
		}
	}
}

func FuzzScanner(f *testing.F) {
	dir := f.TempDir()
	s := open(f, dir)
	mustAppend(f, s, records(0, 5, 60))
	mustAppend(f, s, records(5, 6, 3000))
	good, _ := os.ReadFile(s.tail.segment.path)
	salt, set := s.tail.segment.salt, s.own.id
	f.Add(good, uint64(6))
	f.Add(good[:len(good)-10], uint64(unknown))
	f.Add(append(bytes.Clone(good[:200]), good[300:]...), uint64(6))
	f.Add(bytes.Repeat(frameMagic, 100), uint64(3))
	f.Fuzz(func(t *testing.T, b []byte, until uint64) {
		scan := scanner{file: bytes.NewReader(b), set: set, segment: segment{salt: salt, until: until, size: int64(len(b))}}
		entries, last := 0, scan.at
		for e, ok := scan.next(); ok; e, ok = scan.next() {
			if entries++; !last.before(e.Position) || e.Position != scan.at {
				t.Fatalf("from %+v to %+v", last, e.Position)
			}
			if d := e.Damage; d != nil && (d.From != last.Number || d.To < d.From || d.Bytes < 0 || d.Known && d.To != e.Position.Number) {
				t.Fatalf("from %+v: damage %+v", last, d)
			}
			last = e.Position
		}
		if entries > len(b)/headingBytes*2+3 {
			t.Fatalf("%d entries in %d bytes", entries, len(b))
		}
		if until != unknown && scan.at.Number != until {
			t.Fatalf("ended at %d of %d", scan.at.Number, until)
		}
	})
}
