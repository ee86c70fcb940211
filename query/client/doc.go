// Package client reads the record from a query service.
//
// The one rule: an error is a sentence that tells a person what to do, and a
// stream that broke off is an error, never an end.
package client
