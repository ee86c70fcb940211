//go:build !linux

package stdio

import "syscall"

// diesWithUs is nothing here: the child sees the end of its input when we die.
func diesWithUs() *syscall.SysProcAttr { return nil }
