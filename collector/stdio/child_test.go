package stdio

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

func TestOutputThatWaitsWhenTheTimeIsOverIsStillRead(t *testing.T) {
	for name, ended := range map[string]bool{"held by somebody": false, "ended": true} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			want := strings.Repeat("x", 50_000)
			w.WriteString(want)
			if ended {
				w.Close()
			}
			r.SetReadDeadline(time.Now())
			o := &output{file: r}
			got, err := io.ReadAll(o)
			if err != nil || string(got) != want || o.held.Load() == ended {
				t.Errorf("read %d of %d bytes, %v, held %v", len(got), len(want), err, o.held.Load())
			}
		})
	}
}

func TestOutputThatNeverEndsIsLeft(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for err == nil {
			_, err = w.WriteString("more\n")
		}
	}()
	r.SetReadDeadline(time.Now())
	o := &output{file: r}
	if _, err := io.Copy(io.Discard, o); err != nil || !o.held.Load() {
		t.Errorf("ended with %v, held %v", err, o.held.Load())
	}
	r.Close()
}

func TestStandardErrorThatIsNotReadIsDroppedAndCounted(t *testing.T) {
	r, w := io.Pipe()
	s := newStderrBuffer(w)
	const size = 3 * stderrBufferSize
	for range size / 1000 {
		if n, err := s.Write(make([]byte, 1000)); n != 1000 || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	s.Close()
	got := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(r)
		got <- b
	}()
	wait.Receive(t, "what waits to be written", s.done)
	w.Close()
	text := string(wait.Receive(t, "all that was passed", got))
	passed := strings.Count(text, "\x00")
	var dropped int
	if _, notice, ok := strings.Cut(text, "mcptrail-collector: "); ok {
		for _, c := range notice[:strings.IndexByte(notice, ' ')] {
			dropped = dropped*10 + int(c-'0')
		}
	}
	if dropped == 0 || passed == 0 || passed+dropped != size/1000*1000 {
		t.Errorf("%d bytes passed and %d dropped, want %d in all", passed, dropped, size/1000*1000)
	}
}
