// Package faults breaks the parts of mcptrail, each in a process of its own, and
// counts what is in the store against what was accepted.
//
// The one rule: what was accepted is known outside of the process that is killed. An
// oracle process issues messages through the code that collectors run and says of
// each event, once it is fsynced, what bytes it has. After a fault each of these is
// in the store exactly once, or in a gap with the exact count, and every number of
// every session and of every epoch is accounted for. That the fault did happen is
// asserted too.
//
// Each count has two sizes, see package soak.
package faults
