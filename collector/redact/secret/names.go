package secret

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Class is what the name of a value implies for it, from weak to strong.
type Class uint8

const (
	// Plain: the name implies nothing.
	Plain Class = iota
	// Weak: names of this kind mostly have other values; a random one is a credential.
	Weak
	// Token: often a credential, sometimes a word of a grammar or a page mark.
	Token
	// Secret: a credential, rarely something that people type.
	Secret
	// Identity: the number of a person; a value without digits is none.
	Identity
	// Password: may be any text, also a short one, also a number.
	Password
	// Always: never stored, whatever the policy.
	Always
)

//go:embed names.tsv
var namesTable []byte

// maxName is how many bytes of a name are classified, its last ones: what a name is the
// name of stands at its end.
const maxName = 96

// shortWord is the longest word that must begin a part of a name: "pin" ends spinPin and
// spin, and is a word of the first only.
const shortWord = 4

// Names classifies names of members, headers, variables, flags, columns and parameters.
// It is read only and safe for concurrent use.
type Names struct {
	// whole are the names that are known as such, folded. Those of a policy come before
	// the built-in ones, but for what is never stored.
	whole map[string]wholeName
	// query are names of URL parameters that make the URL itself a credential.
	query map[string]bool
	// ends are the words that end names, by their last byte.
	ends [256][]ending
	// qualifiers are the ends that say where a value is used, by their last byte.
	qualifiers [256][]string
	// mentioned are the words that make any name a weak one.
	mentioned *literals
	// spelled are the words as they are written, for the automaton.
	spelled []spelledWord
}

// wholeName is a name that is known as a whole.
type wholeName struct {
	class Class
	// qualified: it keeps its class with a qualifier behind it.
	qualified bool
}

type spelledWord struct {
	text    string
	class   Class
	english bool
}

type ending struct {
	word  string
	class Class
}

// NewNames adds names to those that are built in. Case and separators make no difference.
func NewNames(cut, keep []string) *Names {
	n := &Names{whole: map[string]wholeName{}, query: map[string]bool{}, mentioned: newLiterals(mentionedWords, anyCase)}
	for _, q := range qualifiers {
		n.qualifiers[q[len(q)-1]] = append(n.qualifiers[q[len(q)-1]], q)
	}
	classes := map[string]Class{"always": Always, "password": Password, "secret": Secret, "token": Token, "id": Identity, "weak": Weak, "kept": Plain}
	for _, row := range table(namesTable, 4) {
		word, class, match := row[0], row[1], row[2]
		key := string(fold(nil, []byte(word)))
		switch {
		case class == "query":
			n.query[key] = true
			continue
		case match == "whole":
			if _, kept := n.whole[key]; !kept || class == "kept" {
				n.whole[key] = wholeName{classes[class], class != "always"}
			}
		default:
			last := key[len(key)-1]
			n.ends[last] = append(n.ends[last], ending{key, classes[class]})
		}
		if class != "kept" {
			n.spelled = append(n.spelled, spelledWord{word, classes[class], row[3] == "en" || row[3] == "http"})
		}
	}
	own := func(names []string, class Class) {
		for _, name := range names {
			if key := string(fold(nil, []byte(name))); n.whole[key].class != Always {
				n.whole[key] = wholeName{class, false}
			}
		}
	}
	own(cut, Password)
	own(keep, Plain)
	for _, name := range cut {
		n.spelled = append(n.spelled, spelledWord{name, Password, true})
	}
	return n
}

// qualifiers are ends of names that qualify where or how a value is used.
var qualifiers = strings.Fields(`production prod staging stage development dev test live old new value base64 b64 plain text raw
	string str var env main default primary secondary current previous prev backup master root admin user db hex encoded local`)

// fold appends the letters and digits of name in lower case; other scripts stay, in lower
// case where they have one.
func fold(dst, name []byte) []byte {
	for i := 0; i < len(name); {
		b := lower(name[i])
		if b < utf8.RuneSelf {
			if 'a' <= b && b <= 'z' || isDigit(b) {
				dst = append(dst, b)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(name[i:])
		i += size
		if r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r)) {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}

// Class of the value that has this name.
func (n *Names) Class(name []byte) Class {
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	var buf [2 * maxName]byte
	s := fold(buf[:0], name)
	if len(s) < 2 {
		return Plain
	}
	if known, ok := n.whole[string(s)]; ok {
		return known.class
	}
	if c := n.ending(s, name); c != Plain {
		return c
	}
	for range 2 {
		shorter := n.withoutQualifier(s)
		if len(shorter) == len(s) || len(shorter) < 3 {
			break
		}
		s = shorter
		if known, ok := n.whole[string(s)]; ok && known.qualified {
			return known.class
		}
		if c := n.ending(s, nil); c != Plain {
			return c
		}
	}
	return n.mentions(s)
}

// ending returns the class of the longest word that ends a folded name.
func (n *Names) ending(s, name []byte) Class {
	class, longest := Plain, 0
	for _, e := range n.ends[s[len(s)-1]] {
		if len(e.word) > longest && len(e.word) <= len(s) && string(s[len(s)-len(e.word):]) == e.word &&
			(len(e.word) > shortWord || e.word == "pwd" || len(e.word) == len(s) || beginsPart(name, len(e.word))) {
			class, longest = e.class, len(e.word)
		}
	}
	return class
}

// beginsPart reports whether a part of the name begins n letters before its end, at a
// separator or a capital.
func beginsPart(name []byte, n int) bool {
	i := len(name)
	for ; i > 0 && n > 0; i-- {
		if isAlnum(name[i-1]) {
			n--
		}
	}
	if n > 0 || i == 0 || i >= len(name) {
		return false
	}
	before, first := name[i-1], name[i]
	return !isAlnum(before) || first != lower(first) && before == lower(before)
}

// mentions returns Weak where a credential's word stands inside of a name: TOKEN_FOR_CI.
func (n *Names) mentions(s []byte) Class {
	if len(s) > 5 && n.mentioned.within(s) {
		return Weak
	}
	return Plain
}

var mentionedWords = strings.Fields("password passwd passphrase secret token apikey credential privatekey accesskey")

// withoutQualifier drops digits, or a qualifier, from the end of a name.
func (n *Names) withoutQualifier(s []byte) []byte {
	for len(s) > 0 && isDigit(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if len(s) == 0 {
		return s
	}
	for _, q := range n.qualifiers[s[len(s)-1]] {
		if len(s) > len(q) && string(s[len(s)-len(q):]) == q {
			return s[:len(s)-len(q)]
		}
	}
	return s
}

// Query reports whether a URL's parameter of this name makes the URL a credential.
func (n *Names) Query(name []byte) bool {
	var buf [2 * maxName]byte
	return len(name) <= maxName && n.query[string(fold(buf[:0], name))]
}
