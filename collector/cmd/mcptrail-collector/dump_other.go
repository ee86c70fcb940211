//go:build !linux

package main

// noDump does nothing: only Linux has such a setting.
func noDump() {}
