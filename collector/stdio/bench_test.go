package stdio_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Bare, the client talks to its server through two pipes. Wrapped, the wrapper is a
// process of its own between them, and its record leads nowhere. Unrecorded, its
// queue is full from the start: what is left is the traffic's path.
func BenchmarkPipe(b *testing.B)       { bench(b, "") }
func BenchmarkWrapped(b *testing.B)    { bench(b, "wrapper") }
func BenchmarkUnrecorded(b *testing.B) { bench(b, "full wrapper") }

// bench measures with cat, which does nothing, and with a server that decodes each
// request and encodes an answer.
func bench(b *testing.B, role string) {
	for _, server := range []struct {
		name    string
		command []string
		answer  func([]byte) []byte
	}{
		{"cat", []string{"cat"}, bytes.Clone},
		{"server", []string{"env", roleVar + "=server", os.Args[0]}, answer},
	} {
		command := func() *exec.Cmd {
			if role == "" {
				return exec.Command(server.command[0], server.command[1:]...)
			}
			cmd := exec.Command(os.Args[0], server.command...)
			cmd.Env = append(os.Environ(), roleVar+"="+role)
			return cmd
		}
		for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/lines of %d KiB", server.name, size>>10), func(b *testing.B) {
				bandwidth(b, command(), call(size), len(server.answer(call(size))))
			})
		}
		b.Run(server.name+"/round trip", func(b *testing.B) {
			roundTrip(b, command(), call(1<<10), len(server.answer(call(1<<10))))
		})
		b.Run(server.name+"/start to first byte", func(b *testing.B) {
			for b.Loop() {
				in, out, end := serve(b, command())
				in.Write(call(100))
				out.ReadByte()
				end()
			}
		})
	}
}

// answerLines is a server that answers each call with what it was given.
func answerLines() {
	in, out := bufio.NewReaderSize(os.Stdin, pumpSize), bufio.NewWriterSize(os.Stdout, pumpSize)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		out.Write(answer(line))
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

func answer(line []byte) []byte {
	var request struct {
		ID     any `json:"id"`
		Params struct {
			Arguments struct {
				Message string `json:"message"`
			} `json:"arguments"`
		} `json:"params"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		panic(err)
	}
	type content struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type result struct {
		Content []content `json:"content"`
	}
	b, err := json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      any    `json:"id"`
		Result  result `json:"result"`
	}{"2.0", request.ID, result{[]content{{"text", request.Params.Arguments.Message}}}})
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}

// call is a tools/call of that many bytes with its newline.
func call(size int) []byte {
	head := []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"`)
	tail := []byte("\"}}}\n")
	return append(append(head, bytes.Repeat([]byte("x"), size-len(head)-len(tail))...), tail...)
}

func serve(b *testing.B, cmd *exec.Cmd) (io.Writer, *bufio.Reader, func()) {
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return in, bufio.NewReaderSize(out, pumpSize), func() {
		in.Close()
		cmd.Wait()
	}
}

const pumpSize = 64 << 10

// bandwidth sends lines and reads an answer of that many bytes for each.
func bandwidth(b *testing.B, cmd *exec.Cmd, line []byte, answer int) {
	in, out, end := serve(b, cmd)
	defer end()
	lines := max(1, pumpSize/len(line))
	chunk := bytes.Repeat(line, lines)
	b.SetBytes(int64(len(chunk)))
	b.ResetTimer()
	go func() {
		for range b.N {
			in.Write(chunk)
		}
	}()
	if _, err := io.CopyN(io.Discard, out, int64(lines)*int64(answer)*int64(b.N)); err != nil {
		b.Fatal(err)
	}
	b.StopTimer() // what is left in the record is nobody's wait
}

// roundTrip sends one line and awaits its answer, again and again.
func roundTrip(b *testing.B, cmd *exec.Cmd, line []byte, answer int) {
	in, out, end := serve(b, cmd)
	defer end()
	back := make([]byte, answer)
	for b.Loop() {
		in.Write(line)
		if _, err := io.ReadFull(out, back); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
}
