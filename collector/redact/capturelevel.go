package redact

import (
	"bytes"
	"path"
	"slices"
)

// levels from the one that stores least.
// Their index is what is compared: the words have no order.
var levels = []Level{LevelNone, LevelMetadata, LevelDigest, LevelRequest, LevelFull}

// level of a message, and the index of the rule that gives it, -1 for the default.
func (p Policy) level(in *Input) (Level, int) {
	// What it answers may be of any method, so no rule for a method may raise its level.
	if in.Unknown {
		return p.lowest(in.Upstream)
	}
	level, rule := p.levelOf(in.Upstream, in.Method, in.Target)
	if in.About.Method != "" {
		of, its := p.levelOf(in.Upstream, in.About.Method, in.About.Target)
		if slices.Index(levels, of) < slices.Index(levels, level) {
			return of, its
		}
	}
	return level, rule
}

// levelOf is by the first rule that fits; the order in the file decides, not how exact a
// rule is.
func (p Policy) levelOf(server, method, target string) (Level, int) {
	for i, r := range p.Capture.Rules {
		if r.fits(server, method, target) {
			return r.Level, i
		}
	}
	return p.Capture.Default, -1
}

// lowest level that a message of this server can have.
func (p Policy) lowest(server string) (level Level, rule int) {
	level, rule = LevelFull, -1
	for i, r := range p.Capture.Rules {
		if !glob(r.Server, server) {
			continue
		}
		if slices.Index(levels, r.Level) < slices.Index(levels, level) {
			level, rule = r.Level, i
		}
		if r.covers(Scope{Server: server}) {
			return level, rule // nothing is left for the rules behind it
		}
	}
	if slices.Index(levels, p.Capture.Default) < slices.Index(levels, level) {
		return p.Capture.Default, -1
	}
	return level, rule
}

func (s Scope) fits(server, method, target string) bool {
	return glob(s.Server, server) && glob(s.Method, method) && glob(s.Target, target)
}

// glob matches like path.Match where slashes are letters like any other.
//
// An error of the pattern is no match: Parse has refused such patterns.
func glob(pattern, name string) bool {
	if pattern == "" || pattern == "*" {
		return true
	}
	ok, err := path.Match(flat(pattern), flat(name))
	return err == nil && ok
}

// flat puts a byte in the place of each slash that no name of a method or tool has:
// path.Match stops its stars at slashes, and a URI is full of them.
func flat(s string) string {
	return string(bytes.ReplaceAll([]byte(s), []byte{'/'}, []byte{1}))
}
