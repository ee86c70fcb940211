package dsn

import (
	"io"
	"net"
	"testing"
	"time"
)

// TestAClosedConnectionIsNotReset closes one with answers unread, and more to come.
func TestAClosedConnectionIsNotReset(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	tcp, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := &peaceful{TCPConn: tcp.(*net.TCPConn)}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := server.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(client, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 10)); err != net.ErrClosed {
		t.Errorf("reading after Close: %v", err)
	}
	_ = server.SetDeadline(time.Now().Add(5 * time.Second))
	if n, err := server.Read(make([]byte, 10)); err != io.EOF {
		t.Fatalf("the server reads %d bytes, %v; want the end", n, err)
	}
	for range 50 {
		if _, err := server.Write(make([]byte, 100_000)); err != nil {
			t.Fatalf("the server writes: %v", err)
		}
	}
}

// TestCloseEndsAReadUnderWay is what a cancelled query waits for.
func TestCloseEndsAReadUnderWay(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	tcp, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := &peaceful{TCPConn: tcp.(*net.TCPConn)}
	ended := make(chan error, 1)
	go func() {
		_, err := client.Read(make([]byte, 10))
		ended <- err
	}()
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the read gave something")
		}
	case <-time.After(5 * time.Second):
		t.Error("the read goes on")
	}
}
