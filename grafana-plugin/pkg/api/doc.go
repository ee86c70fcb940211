// Package api is the client of the query service. Its types and calls are generated
// from the description that the service gives of itself.
//
// The one rule: an error is a sentence for the person who looks at a panel, and
// says what to do.
package api

// oapi-codegen was tried: it makes pointers to slices of everything and reads
// payloads into interface{}, where long numbers lose digits.
//go:generate go run ./generate openapi.json client.gen.go
