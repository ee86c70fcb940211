package httpproxy_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
	"pgregory.net/rapid"
)

// pieces draws a body as the pieces it is sent in.
func pieces(t *rapid.T, label string, stream bool) [][]byte {
	if stream {
		word := rapid.SampledFrom([]string{"data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}", "data:", "id: 7", "event: message",
			": ping", "\n", "\r\n", "\n\n", "\r", "\ufeff", "data: \xff\xfe", "retry: 1"})
		var all [][]byte
		for _, w := range rapid.SliceOfN(word, 0, 20).Draw(t, label) {
			all = append(all, []byte(w))
		}
		return all
	}
	piece := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 1, 50), rapid.SliceOfN(rapid.Byte(), 5000, 70_000))
	return rapid.SliceOfN(piece, 0, 5).Draw(t, label)
}

// send writes pieces one by one, each on its way before the next.
func send(w io.Writer, pieces [][]byte) {
	for _, p := range pieces {
		w.Write(p)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
}

func TestBodiesPassByteForByte(t *testing.T) {
	var answer [][]byte
	var framed, stream bool
	var got []byte
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.Header()["Content-Type"] = []string{"application/json"}
		if stream {
			w.Header()["Content-Type"] = []string{"text/event-stream"}
		}
		if framed {
			w.Header().Set("Content-Length", fmt.Sprint(len(bytes.Join(answer, nil))))
		}
		send(w, answer)
	}))
	rapid.Check(t, func(t *rapid.T) {
		question := pieces(t, "request", false)
		stream = rapid.Bool().Draw(t, "stream")
		framed = rapid.Bool().Draw(t, "content-length")
		answer = pieces(t, "answer", stream)
		r, w := io.Pipe()
		go func() {
			send(w, question)
			w.Close()
		}()
		request, err := http.NewRequest("POST", p.url+"/mcp", r)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Join(question, nil)
		if rapid.Bool().Draw(t, "request content-length") {
			request.ContentLength = int64(len(want))
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		back, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("the upstream got %d bytes of %d", len(got), len(want))
		}
		if !bytes.Equal(back, bytes.Join(answer, nil)) {
			t.Fatalf("the client got %d bytes of %d", len(back), len(bytes.Join(answer, nil)))
		}
	})
}

func TestHeadersPassUnchanged(t *testing.T) {
	var got http.Header
	var host, uri string
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, host, uri = r.Header, r.Host, r.RequestURI
		h := w.Header()
		h["Date"], h["X-Upstream"] = nil, []string{"a", "b"}
		h.Set("Trailer", "X-Sum")
		h.Set("Connection", "X-Hop")
		h.Set("X-Hop", "1")
		w.WriteHeader(http.StatusTeapot)
		w.(http.Flusher).Flush()
		h.Set("X-Sum", "5")
		h.Set(http.TrailerPrefix+"X-Late", "6")
	}))
	request, _ := http.NewRequest("PURGE", p.url+"/a%2Fb/../c?x=%zz&y=%2f", http.NoBody)
	request.Header = http.Header{"X-Any": {"1", "2"}, "Connection": {"X-Mine"}, "X-Mine": {"1"}, "User-Agent": {""},
		"Upgrade": {"h2c"}, "Authorization": {"Bearer x"}, "Accept-Encoding": {"br"}}
	request.URL.Opaque, request.URL.RawQuery = "/a%2Fb/../c", "x=%zz&y=%2f"
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if want := (http.Header{"X-Any": {"1", "2"}, "Authorization": {"Bearer x"}, "Accept-Encoding": {"br"}}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the upstream got %v, want %v", got, want)
	}
	if uri != "/a%2Fb/../c?x=%zz&y=%2f" || "http://"+host == p.url {
		t.Errorf("the upstream was asked for %s on host %s", uri, host)
	}
	if response.StatusCode != http.StatusTeapot || fmt.Sprint(response.Header) != fmt.Sprint(http.Header{"X-Upstream": {"a", "b"}}) {
		t.Errorf("the client got %d %v", response.StatusCode, response.Header)
	}
	if response.Trailer.Get("X-Sum") != "5" || response.Trailer.Get("X-Late") != "6" {
		t.Errorf("the client got trailers %v", response.Trailer)
	}
}

func TestEncodedAnswersPassAsTheyAreAndAreReadable(t *testing.T) {
	const notification = `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"here"}}`
	encode := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	}
	for name, media := range map[string]string{"a body": "application/json", "a stream": "text/event-stream"} {
		for encoding, to := range encode {
			t.Run(name+" in "+encoding, func(t *testing.T) {
				var sent bytes.Buffer
				release := make(chan struct{})
				p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", media)
					w.Header().Set("Content-Encoding", encoding)
					z := to(io.MultiWriter(w, &sent))
					if media == "application/json" {
						io.WriteString(z, notification)
						z.Close()
						return
					}
					io.WriteString(z, "data: "+notification+"\n\n")
					z.(interface{ Flush() error }).Flush()
					w.(http.Flusher).Flush()
					wait.OrEnd(t, release) // the event must be in the record before the stream ends
					z.Close()
				}))
				request, _ := http.NewRequest("POST", p.url+"/mcp", strings.NewReader("{}"))
				request.Header.Set("Accept-Encoding", encoding)
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				e := p.find(t, "the notification", func(e *schema.Event) bool { return e.Method == "notifications/message" })
				close(release)
				if string(e.Payload) != notification {
					t.Errorf("recorded %q", e.Payload)
				}
				back, err := io.ReadAll(response.Body)
				if err != nil || !bytes.Equal(back, sent.Bytes()) {
					t.Errorf("the client got %d bytes of %d, %v", len(back), sent.Len(), err)
				}
			})
		}
	}
}

func TestAHugeBodyPassesInLittleMemory(t *testing.T) {
	const size = 64 << 20
	head, tail := `{"jsonrpc":"2.0","method":"notifications/big","params":"`, `"}`
	body := func() io.Reader {
		return io.MultiReader(strings.NewReader(head), io.LimitReader(&words{}, size-int64(len(head+tail))), strings.NewReader(tail))
	}
	arrived := sha256.New()
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(arrived, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(size))
		io.Copy(w, body())
	}))
	want := sha256.New()
	io.Copy(want, body())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	request, _ := http.NewRequest("POST", p.url+"/mcp", body())
	request.ContentLength = size
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	got := sha256.New()
	n, err := io.Copy(got, response.Body)
	runtime.ReadMemStats(&after)
	if err != nil || n != size || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	if !bytes.Equal(arrived.Sum(nil), want.Sum(nil)) {
		t.Error("something else arrived")
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d MiB were allocated on the way", grown>>20)
	}
	e := p.find(t, "the request", func(e *schema.Event) bool { return e.Direction == schema.ClientToServer })
	if e.Method != "notifications/big" || e.Size != size || !e.Flags.Has(schema.FlagTruncated) || len(e.Payload) < 1<<19 {
		t.Errorf("recorded %q with %d of %d bytes, flags %v", e.Method, len(e.Payload), e.Size, e.Flags.Names())
	}
}

// words are endless. A single word would not be kept: a cut could have halved it.
type words struct{ n int }

func (w *words) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "words "[w.n%6]
		w.n++
	}
	return len(p), nil
}
