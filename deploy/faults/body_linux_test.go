package faults

import (
	"encoding/json"
	"syscall"
)

// where says which message of the oracle a payload is: run, session, number, and
// whether it is the answer.
func where(payload []byte) (at [4]int, ok bool) {
	type numbers struct{ Run, Session, N *int }
	var m struct {
		Params struct{ Arguments numbers }
		Result numbers
	}
	if json.Unmarshal(payload, &m) != nil {
		return at, false
	}
	is := m.Params.Arguments
	if is.N == nil {
		is = m.Result
		at[3] = 1
	}
	if is.Run == nil || is.Session == nil || is.N == nil {
		return at, false
	}
	at[0], at[1], at[2] = *is.Run, *is.Session, *is.N
	return at, true
}

// limitFiles bounds how large a file of this process may grow.
func limitFiles(bytes uint64) error {
	if bytes == 0 {
		return nil
	}
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes})
}
