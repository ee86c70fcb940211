//go:build unix

package background_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/background"
)

func TestStopEndsTheProgram(t *testing.T) {
	p, err := background.Start(exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	p.Stop()
	p.Stop()
	if err := syscall.Kill(p.Pid(), 0); err == nil {
		t.Error("it runs on")
	}
	if p.Err() == nil {
		t.Error("a program that was ended by a signal ended well")
	}
}

func TestAnswersTellsOfAProgramThatEnded(t *testing.T) {
	p, err := background.Start(exec.Command("true"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Answers(t.Context(), "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "true did not start") {
		t.Errorf("got %v", err)
	}
	if _, err := background.Start(exec.Command("/no/such/program")); err == nil || !strings.Contains(err.Error(), "starting program") {
		t.Errorf("got %v", err)
	}
}
