// Package readers holds what servers take for a call against what the record shows of it.
//
// testdata/readers.tsv is the list of readers' differences: for each way to write a call,
// which SDK executes it. The one rule: what a server executed is a request of tools/call in
// the record and an operation in the timeline, whoever reads it so and however it is
// written.
package readers
