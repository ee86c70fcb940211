//go:build !unix

package stdio

import (
	"os"
	"syscall"
)

// caught is what a console sends, and fromTerminal always: the child has it too.
func caught() []os.Signal { return []os.Signal{os.Interrupt} }

func fromTerminal(os.Signal) bool { return true }

func signalName(s syscall.Signal) string { return s.String() }
