//go:build !linux

package engine

import (
	"errors"
	"syscall"
)

const canBePrivate = false

const privateTCP, privateHTTP = 9000, 8123

func private(program, string) (program, error) { return program{}, errors.ErrUnsupported }

func isolate(*syscall.SysProcAttr) {}

func serveIfHost() {}
