//go:build !linux

package main

// noDump does nothing: only Linux lets a process say that it leaves no core dump.
func noDump() {}
