package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
)

// BenchmarkSession is what a person waits for when opening a session of events of
// about a kilobyte: its timeline, its first events, all of its events.
func BenchmarkSession(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		c, record, _ := start(b)
		s := recordtest.NewSession(1)
		for len(s.Events) < size {
			s.ReadFile("/srv/notes.txt", strings.Repeat("some text ", 60))
		}
		record.Store(b, s.Events...)
		id := recordtest.ID(1).String()
		b.Run(fmt.Sprintf("timeline/%d", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Timeline(b.Context(), id); err != nil {
					b.Fatal(err)
				}
			}
		})
		for name, from := range map[string]uint64{"first page": 0, "middle page": uint64(size / 2)} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				for b.Loop() {
					if t, err := c.TimelinePage(b.Context(), id, from, 200); err != nil || len(t.Operations) != 200 {
						b.Fatal(err)
					}
				}
			})
		}
		for name, limit := range map[string]int{"first100": 100, "events": size} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				for b.Loop() {
					n := 0
					for _, err := range c.Events(b.Context(), id, 0, true) {
						if err != nil {
							b.Fatal(err)
						}
						if n++; n == limit {
							break
						}
					}
				}
			})
		}
		b.Run(fmt.Sprintf("search/%d", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Search(b.Context(), wire.Search{Text: "some text some"}, "", 50); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("list/%d", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Sessions(b.Context(), wire.Filter{}, "", 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
