package spool

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// model is what a spool must be: per process a list of records, of which some were
// freed and some delivered since the last start over.
type model struct {
	t         *rapid.T
	dir       string
	spool     *Spool
	next      uint64
	written   map[uuid.UUID][]uint64
	freed, at map[uuid.UUID]int
	delivered []Entry
	options   func(*Options)
}

// start begins a process that adopts what the last one left.
func (m *model) start(t *testing.T) {
	m.spool = open(t, m.dir, m.options)
	if _, err := m.spool.Adopt(); err != nil {
		m.t.Fatal(err)
	}
	m.delivered = nil
	for id := range m.written {
		m.at[id] = -1 // begins anywhere up to what was freed
	}
}

func (m *model) read(max int) {
	entries, err := m.spool.readNext(max)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, e := range entries {
		set := e.Position.Set
		if e.Damage != nil {
			m.t.Fatalf("damage out of nothing: %v", e.Damage)
		}
		if m.at[set] < 0 {
			m.at[set] = int(e.Position.Number) - 1
			if m.at[set] > m.freed[set] {
				m.t.Fatalf("begins at %d, only %d were freed", m.at[set], m.freed[set])
			}
		}
		want := m.written[set]
		if m.at[set] >= len(want) || e.Seq != want[m.at[set]] || string(e.Value) != string(record(e.Seq, len(e.Value)).Value) {
			m.t.Fatalf("got record %d, want number %d of %v", e.Seq, m.at[set], want)
		}
		m.at[set]++
		m.delivered = append(m.delivered, e)
	}
	if len(entries) == 0 {
		for id, want := range m.written {
			if m.at[id] >= 0 && m.at[id] != len(want) || m.at[id] < 0 && m.freed[id] != len(want) {
				m.t.Fatalf("nothing more, at %d of %d, %d freed", m.at[id], len(want), m.freed[id])
			}
		}
	}
}

func TestSpoolIsItsModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &model{t: r, dir: t.TempDir(), written: map[uuid.UUID][]uint64{}, freed: map[uuid.UUID]int{}, at: map[uuid.UUID]int{}}
		limit := rapid.SampledFrom([]int64{30_000, 1 << 30}).Draw(r, "limit")
		m.options = func(o *Options) { o.SegmentBytes, o.Reserve, o.MaxBytes = 1500, 2000, limit }
		m.start(t)
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) {
				size := rapid.IntRange(8, 700).Draw(r, "size")
				list := records(m.next, m.next+rapid.Uint64Range(1, 8).Draw(r, "count"), size)
				m.next += uint64(len(list))
				for i := range list {
					list[i].Control = rapid.IntRange(0, 5).Draw(r, "control") == 0
				}
				refused := map[int]bool{}
				if err := m.spool.Append(context.Background(), list); err != nil {
					var full *FullError
					if !errors.As(err, &full) || !errors.Is(err, ErrFull) {
						r.Fatal(err)
					}
					for _, i := range full.Refused {
						refused[i] = true
					}
				}
				for i, rec := range list {
					if !refused[i] {
						m.written[m.spool.options.Epoch] = append(m.written[m.spool.options.Epoch], rec.Seq)
					}
				}
			},
			"next": func(r *rapid.T) { m.read(rapid.IntRange(1, 20).Draw(r, "max")) },
			"free": func(r *rapid.T) {
				if len(m.delivered) == 0 {
					r.Skip("nothing delivered")
				}
				e := rapid.SampledFrom(m.delivered).Draw(r, "entry")
				if err := m.spool.Free(e.Position); err != nil {
					r.Fatal(err)
				}
				set := e.Position.Set
				m.freed[set] = max(m.freed[set], int(e.Position.Number))
				if m.at[set] >= 0 && m.at[set] < m.freed[set] {
					m.at[set] = m.freed[set] // a receipt for what was rewound
				}
			},
			"rewind": func(r *rapid.T) {
				m.spool.Rewind()
				for id := range m.at {
					if m.at[id] >= 0 {
						m.at[id] = m.freed[id]
					} else {
						m.at[id] = -1
					}
				}
				if id := m.spool.options.Epoch; m.at[id] < 0 {
					m.at[id] = m.freed[id]
				}
			},
			"reopen": func(r *rapid.T) {
				if err := m.spool.Close(); err != nil {
					r.Fatal(err)
				}
				m.start(t)
			},
			"": func(r *rapid.T) {
				if n := diskUse(t, m.dir); n > limit {
					r.Fatalf("%d bytes on disk of %d", n, limit)
				}
			},
		})
		m.spool.Close()
	})
}

// diskUse adds up the segments and reserves in dir.
func diskUse(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == lockName || d.Name() == cursorName || d.Name() == StateName {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
