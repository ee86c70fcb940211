package secret

import "bytes"

// credential decides by how sure the name is and how much the value looks like
// something to keep: what is code, a type, a word or a place for a value stays.
func (a *assignment) credential() bool {
	v := a.value
	if a.sep == ' ' && !a.flag && a.quote == 0 && a.class < Password && len(v) < minStrong {
		return false // most of what stands behind a name in prose
	}
	if placeholder(v) || isMark(v) || sameName(a.name, v) || a.quotedName && Version(v) {
		return false
	}
	if bytes.HasPrefix(v, []byte(markPrefix)) {
		return true // a mark and more
	}
	if scheme := bytes.IndexByte(v, ' '); scheme > 0 && isMark(v[scheme+1:]) {
		return false
	}
	switch a.class {
	case Always:
		return a.alwaysStored()
	case Weak:
		return a.sep != ' ' && a.sep != ',' && (a.sep != ':' || a.quote != 0 || a.line || a.tight) && strong(v) && !uuid(v) && !code(v) && !pathLike(v)
	case Identity:
		return identityNumber(v)
	}
	if a.ends && a.sep == '=' && a.tight && a.quote == 0 && a.class >= Secret && !code(v) {
		return true // the next message may hold the rest
	}
	if a.quote != 0 {
		return a.quotedCredential()
	}
	return a.bareCredential()
}

// alwaysStored decides on the value of a name that is a credential's everywhere.
func (a *assignment) alwaysStored() bool {
	v := a.value
	digits, _, others := count(v)
	bare := bytes.TrimRight(v, ";,)}] ")
	switch {
	case a.sep == ' ' || a.sep == 'i' || a.sep == ',' || a.sep == '(':
		return (a.quote == 0 || a.sep == ',' || a.sep == '(') && strong(v)
	case identifier(bare) || code(bare) || bytes.Contains(v, []byte("${")):
		return false
	}
	return len(v) >= 6 && (digits > 0 || len(v) >= 20 || others > 0)
}

func (a *assignment) quotedCredential() bool {
	v := a.value
	spaces := bytes.IndexByte(v, ' ') >= 0
	digits, letters, others := count(v)
	switch {
	case a.quotedName && a.sep == ':':
		// JSON inside of the text.
		switch a.class {
		case Password:
			return true
		case Secret:
			return len(v) >= 4 && (!spaces || phrase(v))
		}
		return len(v) >= 6 && !spaces && (digits > 0 || len(v) >= 16 && !wordy(v))
	case spaces && phrase(v) && a.class >= Secret:
		return true
	case a.sep == ' ' && !a.flag:
		// CREATE ROLE x PASSWORD 'y' of SQL, setx PASSWORD "y".
		return a.class == Password && (a.quote == '\'' || a.sql) && !spaces && len(v) >= 3 && (upperName(a.name) || a.sql) && !label(v)
	case spaces && (a.class != Password || digits == 0) || len(v) < 4:
		return false
	case a.sep == ',' || a.sep == '(':
		return !code(v) && !knownWord(v) && (a.class == Password && (digits > 0 || others > 0) && letters > 0 && len(v) >= 6 || a.class == Secret && a.sep == ',' && digits > 1 && letters > 0 && len(v) >= 16 || strong(v))
	case a.class == Password:
		return !label(v)
	}
	return digits > 0 && (letters > 0 || len(v) > 7) && !code(v) && len(v) >= 6 || len(v) >= 16 && !wordy(v) && !code(v)
}

// maxCode is the length of the longest code of digits that is sent to a person.
const maxCode = 10

func (a *assignment) bareCredential() bool {
	v := a.value
	digits, letters, others := count(v)
	switch {
	case a.sep == ',' || a.sep == '(':
		return false // names, not values
	case a.class >= Secret && phraseName(a.name) && phrase(v):
		return true
	case a.sep == '>':
		return len(v) >= 3 && (digits > 0 || others > 0 || a.class == Password && !label(v))
	case a.flag && (a.sep == ' ' || a.sep == '='):
		return v[0] != '-' && len(v) >= 3 && !code(v) && (digits > 0 || others > 0 || a.class == Password || len(v) > 8 && !wordy(v))
	case a.sep == ' ':
		return a.class >= Password && len(v) >= 6 && digits > 0 && letters > 0 && !code(v) && !knownWord(v) || strong(v)
	case a.query:
		return len(v) >= 4 && (digits > 0 || len(v) >= 12 || a.class == Password) && !code(v)
	case a.sep == '=' && a.tight && upperName(a.name):
		return len(v) >= 3 && (a.class >= Secret || len(v) >= 6 && (digits > 0 || !wordy(v))) && !shellCode(v)
	case a.line && !code(v):
		if a.class == Password {
			return (len(v) >= 4 || len(v) == 3 && digits == 3) && !typeName(v) && !label(v)
		}
		return len(v) >= 6 && (digits > 0 && letters > 0 || len(v) >= 12 && !wordy(v))
	}
	if code(v) || len(v) < 6 {
		return a.class == Password && len(v) >= 3 && digits == len(v) && (a.sep == ':' || a.sep == 'i' || a.sep == '=' && a.tight)
	}
	if a.class == Password && (digits > 0 && letters > 0 || !wordy(v) || digits == len(v) && len(v) <= maxCode) {
		return true
	}
	return strong(v) || digits > 0 && letters > 0 && len(v) >= 8 && !identifier(v)
}
