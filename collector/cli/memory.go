package cli

import "runtime/debug"

// A recorder makes much short-lived garbage and holds little: collecting it less often is
// worth the memory, up to a limit. With what is mapped of the program it stays below
// 64 MiB with 50 connections under load.
const (
	gcPercent   = 400
	memoryLimit = 48 << 20
	// connectionMemory is what each connection adds to the limit, in bytes: without it the
	// garbage collector takes half of the processor at five hundred.
	connectionMemory = 64 << 10
	// connectionStep is how many connections change the limit.
	connectionStep = 16
)

// boundMemory sets the limits of this process.
//
// The limit is soft: the garbage collector works more where it is near, and nothing fails.
func boundMemory() {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
}

// memoryFor adapts the limit to the number of connections.
//
// It is called with every number that the count passes, so no multiple of connectionStep is
// missed.
func memoryFor(connections int64) {
	if connections%connectionStep == 0 {
		debug.SetMemoryLimit(memoryLimit + connections*connectionMemory)
	}
}
