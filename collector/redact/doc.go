// Package redact takes what must not be stored out of messages, before they become
// part of the record.
//
// The one rule: what it cannot clean it withholds. A message that is too large, too
// deep, takes too long, or makes this package fail, is stored without its body, with
// its size and its commitment, and with the reason.
//
// A message that was redacted reads as it did: the same JSON with a mark in each
// place where something was cut, and every other byte untouched. A mark holds a keyed
// hash of what was there, so that two places with the same value can be joined, and
// found by who knows the value and has the key. Redacting again changes nothing.
//
// The commitment fixes the original bytes without revealing them. Opening computes,
// with the tenant's key and the original, a number that belongs to this message
// alone; whoever is given the original, the number and the stored event checks them
// with Verify, and obtains nothing about any other message.
package redact
