package bundle_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// unzipped are the files of a bundle.
func unzipped(t testing.TB, data []byte) bundle.Files {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := bundle.Files{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// lines of a file, each with its end.
func lines(file []byte) [][]byte { return slices.Collect(bytes.Lines(file)) }

// replaced is a file with one text in place of another, which must be there.
func replaced(t *testing.T, file []byte, old, with string) []byte {
	t.Helper()
	if !bytes.Contains(file, []byte(old)) {
		t.Fatalf("there is no %q", old)
	}
	return bytes.Replace(file, []byte(old), []byte(with), 1)
}

// swapped is a file with two of its lines in each other's place.
func swapped(file []byte, a, b int) []byte {
	all := lines(file)
	all[a], all[b] = all[b], all[a]
	return bytes.Join(all, nil)
}

// atTheEnd is a file with one of its lines behind the others.
func atTheEnd(file []byte, n int) []byte {
	all := lines(file)
	return bytes.Join(append(slices.Delete(slices.Clone(all), n, n+1), all[n]), nil)
}

// TestAForgerWhoMakesAllSumsAnewIsFound changes a bundle and makes sums, manifest and
// zip fit again, as everybody can who has this program. What is not signed must still
// have the one form that it has.
func TestAForgerWhoMakesAllSumsAnewIsFound(t *testing.T) {
	r := newRecord(4)
	for name, c := range map[string]struct {
		change func(t *testing.T, f bundle.Files)
		says   string
	}{
		"nothing": {func(*testing.T, bundle.Files) {}, ""},
		"events in another order": {func(_ *testing.T, f bundle.Files) {
			f["events.b64"], f["events.jsonl"] = swapped(f["events.b64"], 1, 2), swapped(f["events.jsonl"], 1, 2)
		}, "seq 1 of session " + session.String() + " comes after seq 2"},
		"a session in two pieces": {func(_ *testing.T, f bundle.Files) {
			f["events.b64"], f["events.jsonl"] = atTheEnd(f["events.b64"], 3), atTheEnd(f["events.jsonl"], 3)
		}, "comes in two pieces"},
		"an event shown otherwise": {func(t *testing.T, f bundle.Files) {
			f["events.jsonl"] = replaced(t, f["events.jsonl"], `"seq":2`, `"seq":3`)
		}, "events.jsonl, line 3 does not show the event"},
		"an event shown that is not there": {func(_ *testing.T, f bundle.Files) {
			f["events.jsonl"] = append(f["events.jsonl"], lines(f["events.jsonl"])[0]...)
		}, "events.jsonl has more than the events"},
		"an event in other base64": {func(t *testing.T, f bundle.Files) {
			f["events.b64"] = looseBase64(t, f["events.b64"])
		}, "illegal base64 data"},
		"an event that is none": {func(_ *testing.T, f bundle.Files) {
			f["events.b64"] = append([]byte("AAAA\n"), f["events.b64"]...)
		}, "events.b64, line 1:"},
		"a last line without an end": {func(_ *testing.T, f bundle.Files) {
			f["seals.jsonl"] = bytes.TrimSuffix(f["seals.jsonl"], []byte("\n"))
		}, "its last line has no end"},
		"a line without an end in sight": {func(_ *testing.T, f bundle.Files) {
			f["keys.jsonl"] = append(bytes.Repeat([]byte("x"), 2*seal.MaxNote+1), '\n')
		}, "a line of more than"},
		"a key twice": {func(_ *testing.T, f bundle.Files) {
			f["keys.jsonl"] = append(f["keys.jsonl"], f["keys.jsonl"]...)
		}, "keys.jsonl, line 2: epoch"},
		"a key by another identity": {func(t *testing.T, f bundle.Files) {
			f["keys.jsonl"] = replaced(t, f["keys.jsonl"], `"identity":"laptop`, `"identity":"server`)
		}, "comes twice, or by another identity"},
		"a hash that is too short": {func(t *testing.T, f bundle.Files) {
			f["seals.jsonl"] = replaced(t, f["seals.jsonl"], `"leaves":["`, `"leaves":["00","`)
		}, `seals.jsonl, line 1: hash "00"`},
		"a seal in another form": {func(t *testing.T, f bundle.Files) {
			f["seals.jsonl"] = replaced(t, f["seals.jsonl"], `"at":[`, `"at": [`)
		}, "it is not in the one form that it has"},
		"a manifest in another form": {func(_ *testing.T, f bundle.Files) {
			f["manifest.json"] = append([]byte(" "), f["manifest.json"]...)
		}, "manifest.json: it is not in the one form that it has"},
		"a manifest without end": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.By = strings.Repeat("x", 1<<20) })
		}, "a file of 1049"},
		"a manifest that counts other events": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.Events++ })
		}, "its manifest says 9, 2 and 1"},
		"a manifest that counts other seals": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.Seals++ })
		}, "its manifest says 8, 3 and 1"},
		"a manifest that counts other runs": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.Epochs++ })
		}, "its manifest says 8, 2 and 2"},
		"a manifest of other files": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.Files[4].SHA256 = m.Files[3].SHA256 })
		}, "VERIFY.md is not the file that the manifest describes"},
		"a manifest of fewer files": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.Files = m.Files[:4] })
		}, "is not the file that the manifest describes"},
		"a manifest of another format": {func(_ *testing.T, f bundle.Files) {
			f.Manifest(func(m *bundle.Manifest) { m.Format = "mcptrail bundle 2" })
		}, `its format is "mcptrail bundle 2"`},
	} {
		t.Run(name, func(t *testing.T) {
			files := unzipped(t, r.write(t, bundle.Scope{}))
			manifest := files["manifest.json"]
			c.change(t, files)
			if bytes.Equal(manifest, files["manifest.json"]) {
				files.Manifest(func(*bundle.Manifest) {})
			}
			files.Sum()
			want := 1
			switch name {
			case "nothing":
				want = 0
			case "a manifest of another format":
				want = 3
			}
			if status, says := check(files.Zip(), r.collector.Trusted()); status != want || !strings.Contains(says, c.says) {
				t.Errorf("status %d, want %d with %q in\n%.2000s", status, want, c.says, says)
			}
		})
	}
}

// looseBase64 gives the first event that is padded another last digit, of which a
// lenient decoder ignores the low bits.
func looseBase64(t *testing.T, file []byte) []byte {
	t.Helper()
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	all := lines(file)
	for i, line := range all {
		text := string(line[:len(line)-1])
		short := strings.TrimRight(text, "=")
		if short == text {
			continue
		}
		last := strings.IndexByte(digits, short[len(short)-1])
		other := short[:len(short)-1] + string(digits[last+1]) + text[len(short):]
		was, _ := base64.StdEncoding.DecodeString(text)
		if is, err := base64.StdEncoding.DecodeString(other); err != nil || !bytes.Equal(was, is) {
			t.Fatalf("%q and %q are not the same to a lenient decoder: %v", text, other, err)
		}
		all[i] = []byte(other + "\n")
		return bytes.Join(all, nil)
	}
	t.Fatal("no event is padded")
	return nil
}

// TestSumsThatDoNotFitAreFound changes one kind of sum alone.
func TestSumsThatDoNotFitAreFound(t *testing.T) {
	r := newRecord(3)
	files := unzipped(t, r.write(t, bundle.Scope{}))
	trusted := r.collector.Trusted()
	if status, says := check(files.ZipWithChecksums(func(crc uint32) uint32 { return crc + 1 }), trusted); status != 1 || !strings.Contains(says, "has another checksum than the zip says") {
		t.Errorf("the zip's: status %d\n%s", status, says)
	}
	files["SHA256SUMS"][0] ^= 1
	if status, says := check(files.Zip(), trusted); status != 1 || !strings.Contains(says, "SHA256SUMS does not have the sums of the files") {
		t.Errorf("those for sha256sum: status %d\n%s", status, says)
	}
}

// written writes what a stream gives, and returns the files and the manifest.
func written(t *testing.T, record iter.Seq2[*wire.Entry, error]) (bundle.Files, *bundle.Manifest, error) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "b.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := bundle.Write(f, bundle.Manifest{}, record)
	if err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return unzipped(t, data), m, nil
}

// TestWhatCannotBeProvenIsNotWritten gives a writer a record that contradicts itself.
func TestWhatCannotBeProvenIsNotWritten(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *record)
		stream func(r *record) iter.Seq2[*wire.Entry, error]
		says   string
	}{
		"leaves that are not those of the seal": {func(r *record) { r.seals[0].Leaves[0][0] ^= 1 }, (*record).stream, "do not lead to its root"},
		"fewer leaves than the seal covers":     {func(r *record) { r.seals[0].Leaves = r.seals[0].Leaves[1:] }, (*record).stream, "do not lead to its root"},
		"events that are out of order": {func(r *record) { slices.Reverse(r.events) }, func(r *record) iter.Seq2[*wire.Entry, error] {
			return unordered(r.events)
		}, "out of order"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecord(4)
			c.change(r)
			if _, _, err := written(t, c.stream(r)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func unordered(events []*schema.Event) iter.Seq2[*wire.Entry, error] {
	return func(yield func(*wire.Entry, error) bool) {
		for _, e := range events {
			if !yield(&wire.Entry{Canonical: e.Append(nil)}, nil) {
				return
			}
		}
	}
}

// TestWhatIsStoredTwiceIsWrittenOnce has the first certificate of an epoch be the one
// that is written: a verifier reads no other.
func TestWhatIsStoredTwiceIsWrittenOnce(t *testing.T) {
	r := newRecord(4)
	once := bundle.Manifest{Events: 8, Seals: 2, Epochs: 1}
	r.seals[1].Certificate = []byte("another")
	r.seals = append(r.seals, r.seals...)
	r.events = twice(r.events)
	files, m, err := written(t, r.stream())
	if err != nil || m.Events != once.Events || m.Seals != once.Seals || m.Epochs != once.Epochs {
		t.Fatalf("%+v, %v", m, err)
	}
	for name, want := range map[string]int{"events.b64": 8, "events.jsonl": 8, "seals.jsonl": 2, "keys.jsonl": 1} {
		if got := len(lines(files[name])); got != want {
			t.Errorf("%s has %d lines, want %d", name, got, want)
		}
	}
	if !bytes.Contains(files["keys.jsonl"], []byte(`"identity":"laptop+`)) {
		t.Errorf("the certificate is %s", files["keys.jsonl"])
	}
}

func TestABundleIsNotWrittenBeyondWhatAZipCanHold(t *testing.T) {
	for size, want := range map[int]error{3: nil, 4: bundle.ErrTooLarge} {
		if err := bundle.WriteLimited(io.Discard, 3, make([]byte, size)); !errors.Is(err, want) {
			t.Errorf("%d bytes where 3 fit: %v", size, err)
		}
	}
}
