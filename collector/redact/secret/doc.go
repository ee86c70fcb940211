// Package secret finds credentials in text.
//
// The one rule: what it finds it finds in bounded time. One pass over the text
// looks for the literals of all rules at once; only where one stands is a matcher
// tried, and no matcher goes back over what it has read.
//
// There are three kinds of evidence: the documented form of an issuer's token
// (rules.go), a construction that holds a credential whoever issued it (forms.go: keys in
// PEM, credentials in URLs and headers), and a name that says what the value after
// it is (assign.go, values.go). Text that is wrapped, in base64, percent or backslash
// escapes, is looked through (views.go), also in entities, mails, hexadecimal, UTF-16 and
// packed (encodings.go), and as it reads without what shows nothing (suspect.go).
package secret
