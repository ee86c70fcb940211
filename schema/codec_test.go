package schema_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

func TestEachVersionHasItsGoldenBytes(t *testing.T) {
	events := map[string]*schema.Event{"event-v2-bounded-gap.hex": schematest.Bounded()}
	for version := uint8(1); version <= schema.Version; version++ {
		events[fmt.Sprintf("event-v%d.hex", version)] = schematest.FullOf(version)
	}
	for file, e := range events {
		golden := filepath.Join("testdata", file)
		got := []byte(hex.EncodeToString(e.Append(nil)) + "\n")
		if _, err := os.Stat(golden); *update && errors.Is(err, os.ErrNotExist) { // what is stored out there is never written anew
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: encoded differently from what is stored out there:\n got %s\nwant %s", file, got, want)
		}
	}
}

// TestEventsOfVersion1KeepTheirBytes reads what the last program before version 2
// recorded and exported.
func TestEventsOfVersion1KeepTheirBytes(t *testing.T) {
	bundle, err := zip.OpenReader(filepath.Join("testdata", "v1", "record.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer bundle.Close()
	file, err := bundle.Open("events.b64")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for line := range strings.Lines(string(text)) {
		canonical, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		e, err := schema.Decode(canonical)
		if err != nil || e.Version != 1 || !bytes.Equal(e.Append(nil), canonical) {
			t.Errorf("event %d is read as %+v, %v", events, e, err)
		}
		events++
	}
	if events != 130 {
		t.Errorf("%d events", events)
	}
}

// TestAnyReaderOfMsgpackTakesAnEvent has another's reader go over the bytes: who checks a
// bundle without our programs begins there.
func TestAnyReaderOfMsgpackTakesAnEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := schematest.Any().Draw(t, "event")
		e.Version = schema.Version
		if e.Validate() != nil {
			t.Skip("an event of version 1 only")
		}
		data := bytes.NewReader(e.Append(nil))
		if err := msgpack.NewDecoder(data).Skip(); err != nil || data.Len() > 0 {
			t.Fatalf("%d bytes are left, %v", data.Len(), err)
		}
	})
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
	eachLeaf(reflect.TypeFor[schema.Event](), nil, func(name string, path []int) {
		set := false
		for _, e := range []*schema.Event{schematest.Full(), schematest.Bounded()} {
			whole := e.Append(nil)
			field := reflect.ValueOf(e).Elem()
			for _, i := range path {
				if field.Kind() == reflect.Slice {
					field = field.Index(0)
				}
				field = reflect.Indirect(field).Field(i)
			}
			set = set || !field.IsZero()
			zero := field.IsZero()
			field.SetZero()
			if !zero && bytes.Equal(e.Append(nil), whole) {
				t.Errorf("%s is not part of the encoding", name)
			}
		}
		if !set {
			t.Errorf("%s is not set in a full event", name)
		}
	})
}

func eachLeaf(typ reflect.Type, path []int, visit func(string, []int)) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		at := append(append([]int{}, path...), i)
		visit(f.Name, at)
		inner := f.Type
		if inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			eachLeaf(inner, at, visit)
		}
	}
}

// TestNoFieldOfVersion2IsLostInVersion1 sets one field after the other in an event of
// version 1, which has no bytes for what it does not have.
func TestNoFieldOfVersion2IsLostInVersion1(t *testing.T) {
	eachLeaf(reflect.TypeFor[schema.Event](), nil, func(name string, path []int) {
		for _, full := range []*schema.Event{schematest.Full(), schematest.Bounded()} {
			e := schematest.FullV1()
			to, from := reflect.ValueOf(e).Elem(), reflect.ValueOf(full).Elem()
			for _, i := range path {
				if to.Kind() == reflect.Slice {
					if to.Len() == 0 {
						to.Set(reflect.MakeSlice(to.Type(), 1, 1))
					}
					to, from = to.Index(0), from.Index(0)
				}
				to, from = reflect.Indirect(to).Field(i), reflect.Indirect(from).Field(i)
			}
			to.Set(from)
			e.Version = 1
			if valid := e.Validate() == nil; !valid {
				continue
			}
			back, err := schema.Decode(e.Append(nil))
			if err != nil || !reflect.DeepEqual(back, e) {
				t.Errorf("%s: a valid event of version 1 comes back as %+v, %v", name, back, err)
			}
		}
	})
}

func TestDecodeRefusesWhatIsNotAnEvent(t *testing.T) {
	whole := schematest.FullV1().Append(nil)
	again := func(change func(*schema.Event)) []byte {
		e := schematest.Full()
		change(e)
		return e.Append(nil)
	}
	status := bytes.Index(whole, []byte{0xcd, 400 >> 8, 400 & 0xff})
	for name, data := range map[string][]byte{
		"a status of more than 16 bits":  slices.Concat(whole[:status], []byte{0xce, 1, 0, 0, 1}, whole[status+3:]),
		"version 0":                      again(func(e *schema.Event) { e.Version = 0 }),
		"version 1 with more elements":   slices.Concat(again(func(*schema.Event) {})[:3], []byte{1}, again(func(*schema.Event) {})[4:]),
		"version 2 with fewer elements":  append([]byte{whole[0], whole[1], whole[2], 2}, whole[4:]...),
		"a gap that counts wrong":        again(func(e *schema.Event) { e.Gap.Count++ }),
		"an exact gap with a bound":      again(func(e *schema.Event) { e.Gap.AtMost = 9 }),
		"a gap with no bound at all":     again(func(e *schema.Event) { e.Gap = &schema.Gap{From: e.Seq, To: e.Seq - 1} }),
		"a bounded gap with numbers":     again(func(e *schema.Event) { e.Gap = &schema.Gap{From: 3, To: 4, AtMost: 2} }),
		"a bounded gap somewhere else":   again(func(e *schema.Event) { e.Gap = &schema.Gap{From: 4, To: 3, AtMost: 2} }),
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

func TestTrimDropsSealedValuesThatDoNotFitWhole(t *testing.T) {
	e := schematest.Full()
	e.Payload = make([]byte, schema.MaxPayload-25)
	e.Redactions = make([]schema.Redaction, 3)
	for i := range e.Redactions {
		e.Redactions[i].Sealed = make([]byte, 10)
	}
	e.Trim()
	if got := []int{len(e.Redactions[0].Sealed), len(e.Redactions[1].Sealed), len(e.Redactions[2].Sealed)}; !slices.Equal(got, []int{10, 10, 0}) {
		t.Errorf("sealed values of %v bytes are kept", got)
	}
	if err := e.Validate(); err != nil || !e.Flags.Has(schema.FlagTruncated) {
		t.Errorf("flags %v, %v", e.Flags.Names(), err)
	}
}

func TestANewerVersionIsRefusedWithTheVersionsThatAreRead(t *testing.T) {
	e := schematest.Full()
	e.Version = schema.Version + 1
	for _, data := range [][]byte{e.Append(nil), append([]byte{0xdc, 1, 0}, e.Append(nil)[3:]...)} {
		_, err := schema.Decode(append(data, make([]byte, 300)...))
		if err == nil || !strings.Contains(err.Error(), "version 3, this program reads 1 to 2") {
			t.Errorf("%d elements: %v", data[2], err)
		}
	}
}

// TestTheLargestEventFitsItsBound fills every text and list beyond its limit and has
// Trim cut them.
func TestTheLargestEventFitsItsBound(t *testing.T) {
	e := schematest.Full()
	fill(reflect.ValueOf(e).Elem())
	e.Version, e.Kind, e.Gap = schema.Version, schema.KindGap, schematest.Full().Gap
	e.Trim()
	e.Payload = make([]byte, schema.MaxPayload-2000*schema.MaxRedactions)
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	if n := len(e.Append(nil)); n > schema.MaxEncoded || n < schema.MaxPayload+1<<20 {
		t.Errorf("the largest event has %d bytes, the bound is %d", n, schema.MaxEncoded)
	}
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.Repeat("x", schema.MaxText+1))
	case reflect.Int64:
		v.SetInt(1<<63 - 1)
	case reflect.Uint64, reflect.Uint16:
		v.SetUint(1<<(8*v.Type().Size()) - 1)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		const n = 2000 // of any list, and the bytes of each sealed value
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range n {
				fill(v.Index(i))
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(schematest.FullV1().Append(nil))
	f.Add(schematest.Full().Append(nil))
	f.Add(schematest.Bounded().Append(nil))
	f.Add((&schema.Event{Version: 1, Tenant: "t", Kind: schema.KindOpen}).Append(nil))
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
	e.Delegation = append(e.Delegation, make([]schema.Party, schema.MaxDelegation)...)
	e.Token.Audience[0], e.Charset = long, long
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

// kilobyte is an event of about 1.1 KB, the size that the figures are given for, with
// what collectors record today.
func kilobyte() *schema.Event {
	e := schematest.FullV1()
	e.Version, e.Kind, e.Gap = schema.Version, schema.KindAnswer, nil
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
