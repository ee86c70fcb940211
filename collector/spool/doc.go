// Package spool keeps events on disk between the recorder and the shipper.
//
// The one rule: what Append acknowledged was fsynced, and is delivered by Next, in
// this process or a later one, until Free declares it stored elsewhere. Records that
// cannot be read are delivered too, as a Damage: nothing is skipped.
//
// A host has one directory. In it every process has a set of segments of its own, a
// folder named by its epoch, and holds the lock of it for as long as it lives:
//
//	DIR/<epoch>/lock                              flock, and the pid of its owner
//	DIR/<epoch>/<index>-<first>-<salt>.seg        a segment, from record number first on
//	DIR/<epoch>/cursor                            what was freed, so that less is delivered twice
//	DIR/<epoch>/state                             what the process says about itself
//	DIR/<epoch>/reserve                           space for control records on a full disk
//
// A set whose lock is free belongs to a dead process, and any living one may Adopt
// it: read it, free it, and in the end remove it. Nothing is ever appended to it.
//
// A segment is a header and then frames, each a heading of 72 bytes and a value. The
// checksums of frames start from the salt, a random number that no event contains: a
// message that holds the bytes of a frame is not taken for one when the frame around
// it is damaged. The salt and the first number are in the file's name, so that no
// damage inside a file can hide the rest of it.
//
// What may come twice: all that was not freed before a restart or a Rewind. After a
// failed fsync its records are written again under the same numbers into the next
// segment, and the reader stops in the old one where the next begins, so that they
// come once. If Append failed for good, its records come back only if the process
// dies before it appends anything else.
package spool
