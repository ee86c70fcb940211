package schema_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

func TestGoldenBytesOfVersion1(t *testing.T) {
	golden := filepath.Join("testdata", "event-v1.hex")
	got := []byte(hex.EncodeToString(schematest.Full().Append(nil)) + "\n")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("version 1 encodes differently from what is stored out there:\n got %s\nwant %s", got, want)
	}
}

func TestDecodeIsTheInverseOfAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := schematest.Any().Draw(t, "event")
		b := e.Append(nil)
		back, err := schema.Decode(b)
		if err != nil {
			t.Fatalf("decoding what was encoded: %v", err)
		}
		if !bytes.Equal(back.Append(nil), b) {
			t.Fatal("decode and encode changed the bytes")
		}
		if len(e.Payload) == 0 {
			e.Payload, back.Payload = nil, nil
		}
		if !reflect.DeepEqual(e, back) {
			t.Fatalf("decoded event differs:\n got %+v\nwant %+v", back, e)
		}
	})
}

// TestEveryFieldIsInTheBytes zeroes one field after the other: one that changes
// nothing would be one that no hash protects.
func TestEveryFieldIsInTheBytes(t *testing.T) {
	whole := schematest.Full().Append(nil)
	eachLeaf(reflect.TypeFor[schema.Event](), nil, func(name string, path []int) {
		e := schematest.Full()
		field := reflect.ValueOf(e).Elem()
		for _, i := range path {
			if field.Kind() == reflect.Slice {
				field = field.Index(0)
			}
			field = reflect.Indirect(field).Field(i)
		}
		if field.IsZero() {
			t.Errorf("%s is not set in the full event", name)
		}
		field.SetZero()
		if bytes.Equal(e.Append(nil), whole) {
			t.Errorf("%s is not part of the encoding", name)
		}
	})
}

func eachLeaf(typ reflect.Type, path []int, visit func(string, []int)) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		at := append(append([]int{}, path...), i)
		visit(f.Name, at)
		inner := f.Type
		if inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			eachLeaf(inner, at, visit)
		}
	}
}

func TestDecodeRefusesWhatIsNotAnEvent(t *testing.T) {
	whole := schematest.Full().Append(nil)
	for name, data := range map[string][]byte{
		"nothing":                        {},
		"an endless array":               {0xdd, 0xff, 0xff, 0xff, 0xff},
		"a text longer than the input":   append(append([]byte{}, whole[:4]...), 0xdb, 0xff, 0xff, 0xff, 0xff),
		"a cut tail":                     whole[:len(whole)-1],
		"bytes behind the end":           append(append([]byte{}, whole...), 0),
		"an unknown version":             append([]byte{whole[0], whole[1], whole[2], 99}, whole[4:]...),
		"a number in a longer form":      bytes.Replace(whole, []byte{41}, []byte{0xcc, 41}, 1),
		"a text where an array must be":  append([]byte{0xa4}, "nope"...),
		"json":                           []byte(`{"jsonrpc":"2.0"}`),
		"more than any event can be":     make([]byte, schema.MaxEncoded+1),
		"nested arrays in place of text": append(append([]byte{}, whole[:4]...), bytes.Repeat([]byte{0x91}, 100000)...),
	} {
		t.Run(name, func(t *testing.T) {
			if e, err := schema.Decode(data); err == nil || !errors.Is(err, schema.ErrInvalid) {
				t.Errorf("got %v, %v; want ErrInvalid", e, err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(schematest.Full().Append(nil))
	f.Add((&schema.Event{Tenant: "t", Kind: schema.KindOpen}).Append(nil))
	f.Add([]byte{0xdd, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e, err := schema.Decode(data)
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<10+uint64(8*len(data)) {
			t.Errorf("decoding %d bytes allocated %d", len(data), spent)
		}
		if err == nil && !bytes.Equal(e.Append(nil), data) {
			t.Error("decoded bytes encode differently")
		}
	})
}

func TestTrimMakesAnyEventValid(t *testing.T) {
	long := string(make([]byte, schema.MaxText+1))
	e := schematest.Full()
	e.Target, e.ClientName, e.Keys[0].Value, e.Scopes[0] = long, long, long, long
	e.Payload = make([]byte, schema.MaxPayload+1)
	e.Keys = append(e.Keys, make([]schema.Key, schema.MaxKeys)...)
	if err := e.Validate(); !errors.Is(err, schema.ErrInvalid) {
		t.Fatalf("Validate: %v, want ErrInvalid", err)
	}
	e.Trim()
	if err := e.Validate(); err != nil {
		t.Errorf("after Trim: %v", err)
	}
	if !e.Flags.Has(schema.FlagTruncated) {
		t.Error("Trim cut and did not say so")
	}
}

// kilobyte is an event of about 1.1 KB, the size that the figures are given for.
func kilobyte() *schema.Event {
	e := schematest.Full()
	e.Kind, e.Gap = schema.KindAnswer, nil
	e.Payload = bytes.Repeat([]byte("0123456789"), 64)
	return e
}

func BenchmarkAppend(b *testing.B) {
	e, buf := kilobyte(), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = e.Append(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "B/event")
}

func BenchmarkDecode(b *testing.B) {
	data := kilobyte().Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
