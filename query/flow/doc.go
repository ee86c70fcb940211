// Package flow finds the values that an agent read in one result and used in the
// arguments of a later call.
//
// The one rule: only a value that two messages do not share by chance is evidence, and
// only the fingerprints of results are kept, never the results.
package flow
