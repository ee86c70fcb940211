package bundle_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
	"github.com/mcptrail/mcptrail/schema/seal"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

var (
	session = uuid.MustParse("0193a000-0000-7000-8000-000000000001")
	other   = uuid.MustParse("0193a000-0000-7000-8000-000000000002")
	when    = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
)

// record is two sessions under the same seals.
type record struct {
	collector *sealtest.Collector
	seals     []seal.Record
	events    []*schema.Event
}

func newRecord(events uint64) *record {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(when.UnixNano())
	for n := range events {
		for _, id := range []uuid.UUID{session, other} {
			one := &schema.Event{SessionID: id, Seq: n, Kind: schema.KindRequest, Time: when.UnixNano() + int64(n), Payload: fmt.Appendf(nil, `{"n":"%d\u001b[31m"}`, n)}
			if n == events-1 {
				one.Kind = schema.KindClose
			}
			e.Add(one)
			r.events = append(r.events, one)
		}
		if n%3 == 1 {
			r.seals = append(r.seals, e.Seal(false))
		}
	}
	r.seals = append(r.seals, e.Seal(true))
	return r
}

// only is the record of one session.
func (r *record) only(id uuid.UUID) *record {
	one := *r
	one.events = slices.DeleteFunc(slices.Clone(r.events), func(e *schema.Event) bool { return e.SessionID != id })
	return &one
}

func (r *record) stream() iter.Seq2[*wire.Entry, error] {
	return func(yield func(*wire.Entry, error) bool) {
		for i := range r.seals {
			if !yield(&wire.Entry{Seal: &r.seals[i]}, nil) {
				return
			}
		}
		events := slices.Clone(r.events)
		slices.SortStableFunc(events, func(a, b *schema.Event) int {
			return cmp.Or(bytes.Compare(a.SessionID[:], b.SessionID[:]), cmp.Compare(a.Seq, b.Seq))
		})
		for _, e := range events {
			if !yield(&wire.Entry{Canonical: e.Append(nil)}, nil) {
				return
			}
		}
	}
}

func twice(events []*schema.Event) (all []*schema.Event) {
	for _, e := range events {
		all = append(all, e, e)
	}
	return all
}

// write gives the bytes of a bundle.
func (r *record) write(t testing.TB, scope bundle.Scope) []byte {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "b.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := bundle.Write(f, bundle.Manifest{Scope: scope, Exported: when, By: "ada@host", From: "http://localhost"}, r.stream()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// check is the exit status of mcptrail-verify, and what it says.
func check(data []byte, trusted *seal.Trusted) (status int, says string) {
	_, report, err := bundle.Verify(bytes.NewReader(data), int64(len(data)), trusted)
	if _, broken := errors.AsType[*bundle.BrokenError](err); broken {
		return 1, err.Error()
	}
	if err != nil {
		return 3, err.Error()
	}
	var b strings.Builder
	report.Print(&b, func(word string, _ verify.Severity) string { return word })
	return report.Status(), b.String()
}

func TestABundleProvesWhatIsInIt(t *testing.T) {
	r := newRecord(7)
	one := bundle.Scope{Session: session.String()}
	for name, c := range map[string]struct {
		record *record
		scope  bundle.Scope
		status int
		says   string
	}{
		"everything":                     {r, bundle.Scope{}, 0, "verified: 14 events as sealed by a trusted key, of 14 events in 2 sessions"},
		"a session":                      {r.only(session), one, 0, "verified: 7 events as sealed by a trusted key, of 7 events in 1 session"},
		"a time":                         {r, bundle.Scope{Since: &when}, 0, "verified: 14 events"},
		"stored twice":                   {&record{r.collector, append(r.seals, r.seals...), twice(r.only(session).events)}, one, 0, "verified: 7 events"},
		"a session open":                 {&record{r.collector, r.seals[:2], r.only(session).events[:5]}, one, 2, "open:"},
		"not sealed":                     {&record{r.collector, nil, r.only(session).events}, one, 2, "unsealed:"},
		"an event left out":              {&record{r.collector, r.seals, slices.Delete(slices.Clone(r.only(session).events), 3, 4)}, one, 1, "seq 3"},
		"its tail left out":              {&record{r.collector, r.seals, r.only(session).events[:4]}, one, 1, "seq 4 to 6"},
		"another left out of everything": {r.only(session), bundle.Scope{}, 1, "missing:"},
		"a seal left out":                {&record{r.collector, slices.Delete(slices.Clone(r.seals), 1, 2), r.events}, bundle.Scope{}, 1, "missing_seal"},
		"sealed by another":              {&record{sealtest.New("acme", "laptop"), r.seals, r.events}, bundle.Scope{}, 3, "not trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, says := check(c.record.write(t, c.scope), c.record.collector.Trusted()); status != c.status || !strings.Contains(says, c.says) {
				t.Errorf("status %d, want %d with %q in\n%s", status, c.status, c.says, says)
			}
		})
	}
	t.Run("an event edited, and all sums made anew", func(t *testing.T) {
		edited := *r.events[4]
		edited.Target = "x"
		events := slices.Clone(r.events)
		events[4] = &edited
		data := (&record{r.collector, r.seals, events}).write(t, bundle.Scope{})
		if status, says := check(data, r.collector.Trusted()); status != 1 || !strings.Contains(says, "altered: ") || !strings.Contains(says, "seq 2") {
			t.Errorf("status %d\n%s", status, says)
		}
	})
}

// TestNoByteOfABundleIsFree changes each byte of a bundle in turn.
func TestNoByteOfABundleIsFree(t *testing.T) {
	r := newRecord(3).only(session)
	data := r.write(t, bundle.Scope{Session: session.String()})
	trusted := r.collector.Trusted()
	if status, says := check(data, trusted); status != 0 {
		t.Fatalf("untouched: %d\n%s", status, says)
	}
	for i := range data {
		was := data[i]
		data[i] ^= 1 << (i % 8)
		if status, says := check(data, trusted); status == 0 {
			t.Errorf("byte %d of %d was changed and it verifies:\n%s", i, len(data), says)
		}
		data[i] = was
	}
	for _, n := range []int{0, 1, 29, len(data) / 2, len(data) - 1} {
		if status, _ := check(data[:n], trusted); status == 0 {
			t.Errorf("cut to %d bytes it verifies", n)
		}
	}
	if status, _ := check(append(data, 0), trusted); status == 0 {
		t.Error("with a byte more it verifies")
	}
	t.Logf("%d bytes", len(data))
}

// TestOtherToolsOpenABundle unzips it with another program and has sha256sum check it.
func TestOtherToolsOpenABundle(t *testing.T) {
	data := newRecord(5).write(t, bundle.Scope{})
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if f.Name == "events.jsonl" && bytes.ContainsRune(text, 0x1b) {
			t.Error("the events for people hold an escape sequence")
		}
	}
	sum := exec.Command("sha256sum", "-c", "SHA256SUMS")
	sum.Dir = dir
	if sum.Err != nil {
		t.Skip("SKIPPED: no sha256sum here")
	}
	if out, err := sum.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != 6 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTheFormForPeopleHasANumber fails when events.jsonl would be written otherwise
// than bundles of this version were: then the version of the form must change, or
// old bundles are called broken.
func TestTheFormForPeopleHasANumber(t *testing.T) {
	full := schematest.Full()
	data := (&record{events: []*schema.Event{full}}).write(t, bundle.Scope{})
	golden := filepath.Join("testdata", "readable-2.jsonl")
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	in, err := z.Open("events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: got\n%swant\n%s", err, got, want)
	}
}

func FuzzVerify(f *testing.F) {
	r := newRecord(3)
	f.Add(r.only(session).write(f, bundle.Scope{Session: session.String()}))
	f.Add(r.write(f, bundle.Scope{}))
	trusted := r.collector.Trusted()
	good := map[string]bool{}
	for _, data := range [][]byte{r.only(session).write(f, bundle.Scope{Session: session.String()}), r.write(f, bundle.Scope{})} {
		good[string(data)] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if status, says := check(data, trusted); status == 0 && !good[string(data)] {
			t.Errorf("a bundle that nobody wrote verifies:\n%s", says)
		}
	})
}

// FuzzContents changes what lies in the files, with all sums as they have to be.
func FuzzContents(f *testing.F) {
	r := newRecord(3)
	trusted := r.collector.Trusted()
	good := map[string]bool{}
	for _, e := range r.events {
		good[string(e.Append(nil))] = true
	}
	for scope, one := range map[bundle.Scope]*record{{}: r, {Session: session.String()}: r.only(session)} {
		data := one.write(f, scope)
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			f.Fatal(err)
		}
		files := map[string][]byte{}
		for _, file := range z.File {
			in, err := file.Open()
			if err != nil {
				f.Fatal(err)
			}
			if files[file.Name], err = io.ReadAll(in); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(scope.Session, files["keys.jsonl"], files["seals.jsonl"], files["events.b64"], uint64(len(one.events)))
	}
	f.Fuzz(func(t *testing.T, id string, keys, seals, events []byte, n uint64) {
		report, err := bundle.CheckContents(bundle.Manifest{Scope: bundle.Scope{Session: id}, Events: n,
			Seals: uint64(bytes.Count(seals, []byte("\n"))), Epochs: uint64(bytes.Count(keys, []byte("\n")))}, keys, seals, events, trusted)
		if err != nil || report.Verified == 0 {
			return
		}
		for text := range bytes.Lines(events) {
			canonical, err := base64.StdEncoding.DecodeString(string(bytes.TrimSuffix(text, []byte("\n"))))
			if report.Status() == 0 && (err != nil || !good[string(canonical)]) {
				t.Errorf("an event that nobody sealed verifies: %x", canonical)
			}
		}
	})
}
