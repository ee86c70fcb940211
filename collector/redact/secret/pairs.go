package secret

import "bytes"

// NamesValue reports whether a member or attribute of this name holds the name of a value
// that stands beside it: {"name": "API_KEY", "value": …}.
func NamesValue(name []byte) bool {
	var buf [2 * maxName]byte
	return len(name) <= maxName && namesValue[string(fold(buf[:0], name))]
}

// HoldsValue reports whether a member or attribute of this name holds such a value.
func HoldsValue(name []byte) bool {
	var buf [2 * maxName]byte
	return len(name) <= maxName && holdsValue[string(fold(buf[:0], name))]
}

var (
	namesValue = words(`name key field header headername variable id label title param parameter parametername paramname option setting property
		propertyname attribute attributename envvar env var k n keyname fieldname variablename configkey settingname question prompt placeholder
		namespacedname column entry argument arg flag type kind secretname secretid identifier path item credentialtype displayname parameterkey settingkey optionkey variablekey optionname settingkey element`)
	holdsValue = words(`value values val data content contents current currentvalue default defaultvalue example const raw rawvalue plaintext string
		stringvalue v valuestring text answer response input inputvalue initialvalue setto to newvalue oldvalue literal secretvalue secretstring
		payload plain actual body cell set expression valuefrom displayvalue resolved effective effectivevalue parametervalue settingvalue optionvalue attributevalue propertyvalue variablevalue fieldvalue paramvalue envvalue`)
)

// maxPair is how far behind a name its value may stand in a text, in bytes.
const maxPair = 200

// pair takes the value of a name that is itself the value of a member, from the next
// member: name: API_KEY, value: …. It reports whether there was one.
func (s *scan) pair(a *assignment) bool {
	text := s.text
	if a.class < Token || !namedByRole(text, a.nameFrom) {
		return false
	}
	end := min(len(text), a.nameTo+maxPair)
	s.budget.Spend(end - a.nameTo)
	for i := a.nameTo; i < end; i++ {
		if !isAlpha(text[i]) || isNameByte(text[i-1]) {
			continue
		}
		from := i
		for i < end && isNameByte(text[i]) {
			i++
		}
		switch role := text[from:i]; {
		case NamesValue(role) && text[from-1] != '<' && i < end && bytes.IndexByte([]byte(":=\"'"), text[i]) >= 0 && !HoldsValue(role):
			return false // the next pair begins
		case HoldsValue(role):
			v := assignment{name: a.name, class: a.class, nameFrom: from, nameTo: i}
			if next := v.separate(text); next >= 0 && v.sep != ' ' && v.sep != ',' && v.sep != '(' && v.take(text, next) && pairedCredential(&v) {
				s.assign(&v)
				return true
			}
		}
	}
	return false
}

// namedByRole reports whether what stands before text[at] gives a name: name: or key=" or
// <name>.
func namedByRole(text []byte, at int) bool {
	i, low := at, max(0, at-48)
	for i > low && (isBlank(text[i-1]) || isQuote(text[i-1]) || text[i-1] == '\\') {
		i--
	}
	if i == low || text[i-1] != ':' && text[i-1] != '=' && text[i-1] != '>' {
		return false
	}
	i--
	for i > low && (isBlank(text[i-1]) || isQuote(text[i-1]) || text[i-1] == '\\') {
		i--
	}
	to := i
	for i > low && isNameByte(text[i-1]) {
		i--
	}
	return to > i && NamesValue(bytes.TrimLeft(text[i:to], "-"))
}

// pairedCredential is like credential for a value that only a pair can hold.
func pairedCredential(a *assignment) bool {
	return !sameName(a.name, a.value) && !code(a.value) && Paired(a.class, a.value)
}

// Paired reports whether v is the value of a credential's name that stands beside it: the
// name is sure, so that short values are taken too.
func Paired(class Class, v []byte) bool {
	if placeholder(v) || isMark(v) || Version(v) || Reference(v) || File(v) {
		return false
	}
	digits, _, others := count(v)
	spaces := bytes.IndexByte(v, ' ') >= 0
	switch class {
	case Password, Always:
		return len(v) >= 3 && !Label(v)
	case Secret:
		return len(v) >= 4 && (phrase(v) || !spaces && (digits > 0 || others > 0 || len(v) >= 8 && !label(v)))
	case Identity:
		return identityNumber(v)
	case Weak:
		return !spaces && strong(v) && !uuid(v) && !code(v) && !pathLike(v)
	}
	return len(v) >= 6 && !spaces && (digits > 0 || len(v) >= 16 && !wordy(v))
}

// Listed reports whether v, the element of an array behind a credential's name, can be its
// value, and is not the next of a list of names.
func Listed(class Class, v []byte) bool {
	digits, letters, others := count(v)
	switch {
	case knownWord(v) || others == 0 && digits <= 2 && plainIdentifier(v) && class < Password && !(digits > 0 && hasLower(v) && !wordy(v)):
		return false
	case class >= Password:
		return digits > 0 && letters > 0 || others > 0 && letters > 0 || strong(v)
	}
	return strong(v) || digits > 0 && letters > 0 && len(v) >= 8
}

func plainIdentifier(v []byte) bool { return identifier(bytes.ReplaceAll(v, []byte{'-'}, []byte{'_'})) }

// Label reports whether a text under a credential's name is one for people, as in forms and
// in translations: "Enter your password", "Mot de passe".
func Label(v []byte) bool {
	digits, _, others := count(v)
	if digits > 0 || len(v) == 0 {
		return false
	}
	if bytes.IndexByte(v, ' ') < 0 {
		return label(v) && passwordWords[string(fold(nil, v))]
	}
	if len(v) > maxLabel || others > bytes.Count(v, []byte{' '})+1 {
		return false
	}
	var buf [maxLabel]byte
	lowered := buf[:0]
	for _, c := range v {
		lowered = append(lowered, lower(c))
	}
	for _, word := range labelWords {
		if bytes.Contains(lowered, word) {
			return true
		}
	}
	return false
}

// maxLabel is the longest text that is taken for a label, in bytes.
const maxLabel = 200

var labelWords = bytes.Fields([]byte("passw passphrase passe contrase senha kennwort secret token key enter your please must required forgot reset confirm invalid incorrect " +
	"credential authoriz login user"))

var passwordWords = words("password passwort kennwort secret token apikey passphrase username cookie authorization bearer required optional hidden credentials")

// File reports whether v is the path of a file, which is where a credential is and not what
// it is.
func File(v []byte) bool {
	if len(v) < 3 || bytes.IndexByte(v, ' ') >= 0 || len(v) > 256 {
		return false
	}
	i := bytes.LastIndexByte(v, '.')
	named := i > 0 && len(v)-i <= 6 && i+1 < len(v) && isAlpha(v[i+1]) && wordy(v[i+1:])
	rooted := v[0] == '/' || bytes.HasPrefix(v, []byte("./")) || bytes.HasPrefix(v, []byte("../")) || bytes.HasPrefix(v, []byte("~/"))
	return rooted && bytes.IndexByte(v[1:], '/') >= 0 && (named || wordy(v)) || rooted && named
}

// proseStop are the bytes that no password in a sentence has: those of programs and tags.
var proseStop = bytesOf("\"'`\\$<>(){}[]")

// maxProse is how many bytes of a sentence may stand between a name and its value.
const maxProse = 64

// prose takes the value of a name in a sentence: the password for joe is Tr0ub4dor&3.
func (s *scan) prose(a *assignment) {
	if a.class < Secret || a.class == Identity || a.class == Always || a.quotedName || a.flag || a.nameTo-a.nameFrom > 40 {
		return
	}
	text := s.text
	if a.nameTo >= len(text) || isAlnum(text[a.nameTo]) || bytes.IndexByte([]byte("_-./[](){}=\\"), text[a.nameTo]) >= 0 {
		return // the name goes on
	}
	end := lineEnd(text, a.nameTo, maxProse)
	start := max(a.nameTo, s.proseEnd) // what was read for another name is no password
	if s.proseEnd = end; start >= end {
		return
	}
	s.budget.Spend(end - start)
	for i := start; i < end; {
		if text[i] <= ' ' {
			i++
			continue
		}
		from := i
		for i < len(text) && i < from+128 && text[i] > ' ' {
			i++
		}
		word := text[from:i]
		if from == a.nameTo && bytes.IndexByte([]byte(",;)"), word[0]) < 0 && word[0] < 0x80 {
			return // the name goes on
		}
		last := word[len(word)-1]
		f, t := trimSpan(text, from, i, "\"'`*.,;:!?()[]<>")
		if v := text[f:t]; passwordLike(v) && !proseStop.in(v) && (len(v) <= 64 || strong(v)) {
			s.nameEnd = max(s.nameEnd, t)
			s.add(f, t, "assigned")
			return
		}
		if last == '.' || last == '!' || last == '?' || last == ';' || last == '{' || last == '}' || last == '>' {
			return
		}
	}
}
