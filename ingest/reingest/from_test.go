package reingest

import (
	"testing"
	"time"
)

func TestAPlaceToReadFromIsAnOffsetATimeOrTheBeginning(t *testing.T) {
	now := time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)
	for text, want := range map[string]From{
		"beginning":            {},
		"0":                    {},
		"12345":                {offset: 12345},
		"90m":                  {at: now.Add(-90 * time.Minute)},
		"2026-11-30":           {at: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)},
		"2026-11-30 13:05":     {at: time.Date(2026, 11, 30, 13, 5, 0, 0, time.UTC)},
		"2026-11-30T13:00:00Z": {at: now.Add(-time.Hour)},
	} {
		got, err := ParseFrom(text, now)
		if err != nil || got.offset != want.offset || !got.at.Equal(want.at) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "-5m", "yesterday", "1.5"} {
		if got, err := ParseFrom(text, now); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}
