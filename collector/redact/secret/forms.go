package secret

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// forms are the constructions that hold a credential whoever issued it, each under the
// literals at which it may begin.
func forms(names *Names) []matcher {
	ms := []matcher{
		{rule: "private-key", anchor: "-----begin", form: pemBlock},
		{rule: "private-key", anchor: "---- begin", form: pemBlock},
		{rule: "private-key", anchor: "private-lines:", form: keyLines},
		{rule: "private-key", anchor: "encrypted secret key", form: keyLines},
		{rule: "jwt", anchor: "eyj", form: jwt},
		{rule: "url-credentials", anchor: "://", form: address},
		{rule: "url-credentials", anchor: "@tcp(", form: dataSource},
		{rule: "url-credentials", anchor: "@unix(", form: dataSource},
		{rule: "url-credentials", anchor: "@udp(", form: dataSource},
		{rule: "url-credentials", anchor: "@cloudsql(", form: dataSource},
		{rule: "bearer", anchor: "bearer", form: bearer},
		{rule: "basic", anchor: "basic", form: basic},
		{rule: "docker-auth", anchor: `"auth"`, form: dockerAuth},
		{rule: "docker-auth", anchor: ":_auth", form: dockerAuth},
		{rule: "docker-auth", anchor: "_auth=", form: dockerAuth},
		{rule: "docker-auth", anchor: "_auth =", form: dockerAuth},
		{rule: "sql-password", anchor: "identified", form: identified},
		{rule: "url-credentials", anchor: "jdbc:oracle:", form: oracleSource},
		{rule: "user-password", anchor: "login(", form: signInCall},
		{rule: "user-password", anchor: "authenticate(", form: signInCall},
		{rule: "user-password", anchor: "sign_in(", form: signInCall},
		{rule: "user-password", anchor: "basicauth(", form: signInCall},
		{rule: "user-password", anchor: "basic_auth(", form: signInCall},
		{rule: "user-password", anchor: "usernamepasswordcredentials(", form: signInCall},
		{rule: "user-password", anchor: "networkcredential(", form: signInCall},
		{rule: "user-password", anchor: "passwordauthentication(", form: signInCall},
		{rule: "user-password", anchor: "auth=(", form: signInCall},
		{rule: "user-password", anchor: ".auth(", form: signInCall},
		{rule: "user-password", anchor: "mysqli(", form: connectCall},
		{rule: "user-password", anchor: "new pdo(", form: connectCall},
		{rule: "user-password", anchor: "connect(", form: connectCall},
		{rule: "user-password", anchor: "getconnection(", form: connectCall},
		{rule: "user-password", anchor: "pass ", form: sessionPass},
		{rule: "user-password", anchor: " login ", form: sessionLogin},
		{rule: "user-password", anchor: "auth ", form: sessionLogin},
		{rule: "user-password", anchor: " | sudo -s", form: pipedSecret},
		{rule: "user-password", anchor: " | passwd", form: pipedSecret},
		{rule: "user-password", anchor: " | chpasswd", form: pipedSecret},
		{rule: "user-password", anchor: "--password-stdin", form: pipedSecret},
		{rule: "user-password", anchor: "password-command", form: echoed},
		{rule: "user-password", anchor: "send \"", form: expectSend},
		{rule: "user-password", anchor: "chpasswd:", form: passwordLines},
		{rule: "user-password", anchor: " / ", form: slashPair},
		{rule: "assigned", anchor: "new value: ", form: newValue},
		{rule: "assigned", anchor: "wifi:", form: wifiCode},
		{rule: "assigned", anchor: "backup codes", form: codeLines},
		{rule: "assigned", anchor: "recovery codes", form: codeLines},
		{rule: "assigned", anchor: "form-data; name=\"", form: formData},
		{rule: "private-key", anchor: "$ansible_vault;", form: vaultBlock},
		{rule: "password-hash", anchor: ":0101000000000000", form: netHash},
		{rule: "password-hash", anchor: "| *", form: nativeHash},
		{rule: "private-key", anchor: `"kty`, form: webKey},
		{rule: "netrc", anchor: "machine ", form: netrc},
		{rule: "pgpass", anchor: ":5432:", form: pgpass},
		{rule: "pgpass", anchor: ":5433:", form: pgpass},
		{rule: "pgpass", anchor: ":6432:", form: pgpass},
		{rule: "pgpass", anchor: ":6543:", form: pgpass},
		{rule: "pgpass", anchor: ":*:", form: pgpass},
		{rule: "password-hash", anchor: ":::", form: samHashes},
		{rule: "kubernetes-secret", anchor: "kind: secret", form: yamlSecret},
		{rule: "kubernetes-secret", anchor: `kind: "secret"`, form: yamlSecret},
		{rule: "cookie", anchor: "\tTRUE\t", form: cookieJar},
		{rule: "cookie", anchor: "\tFALSE\t", form: cookieJar},
		{rule: "object", anchor: `"kty`, form: object},
		{rule: "object", anchor: `"Secret`, form: object},
		{rule: "object", anchor: `"columns`, form: object},
		{rule: "object", anchor: `"--`, form: object},
		{rule: "dump", anchor: "00000000", form: dump},
		{rule: "dump", anchor: "00000010", form: dump},
		{rule: "dump", anchor: "0000000 ", form: dump},
		{rule: "dump", anchor: "0000010 ", form: dump},
		{rule: "dump", anchor: "0x0000", form: dump},
		{rule: "dump", anchor: "0000: ", form: dump},
		{rule: "dump", anchor: "0010: ", form: dump},
		{rule: "object", anchor: `"-`, form: object},
	}
	for word := range names.literals() {
		ms = append(ms, matcher{rule: "assigned", anchor: word, form: assigned})
	}
	for word := range names.query {
		ms = append(ms, matcher{rule: "signed-url", anchor: word + "=", form: parameter})
	}
	for program := range newCommands() {
		ms = append(ms, matcher{rule: "user-password", anchor: program + " ", form: command})
	}
	for _, flag := range []string{" -p", " -a ", " -w ", " -u ", " --user "} {
		ms = append(ms, matcher{rule: "user-password", anchor: flag, form: command})
	}
	for i := range ms {
		switch ms[i].rule {
		case "object", "dump":
		default:
			ms[i].holds = true
		}
	}
	return ms
}

// object notes that the text holds an object whose structure says which members are
// credentials.
func object(s *scan, _ int, _ *matcher) { s.hints |= HintObject }

// literals returns the words of names as texts write them, without those that begin or end
// in another: what stands around a word belongs to the name anyway. Short words and weak
// ones are everywhere in texts: of these only what a name and a value makes.
func (n *Names) literals() map[string]bool {
	words := slices.Clone(n.spelled)
	slices.SortStableFunc(words, func(a, b spelledWord) int { return cmp.Compare(len(a.text), len(b.text)) })
	all, whole := map[string]bool{}, map[string]bool{}
	for _, word := range words {
		parts := strings.FieldsFunc(strings.ToLower(word.text), func(r rune) bool { return strings.ContainsRune(" -_.", r) })
		if len(parts) == 0 {
			continue
		}
		joined := strings.Join(parts, "")
		ascii := len(joined) == utf8.RuneCountInString(joined)
		if ascii && joined != "pwd" && (len(joined) <= shortWord || word.class == Weak) {
			for _, form := range []string{"_%s", "%s=", "%s:", `%s"`} {
				all[fmt.Sprintf(form, joined)] = true
			}
			switch word.class {
			case Identity:
				all[","+joined+","] = true // the head of a column
			case Password:
				all[joined+" ="] = true
			}
			continue
		}
		for i, sep := range []string{"", "_", " ", "-"} {
			if i > 0 && len(parts) == 1 || sep == "-" && !word.english && word.class != Identity && !strings.Contains(word.text, "-") {
				break
			}
			spelled := strings.Join(parts, sep)
			if holdsOne(spelled, whole) {
				continue
			}
			whole[spelled], all[spelled] = true, true
			if !ascii && sep != "_" {
				first, size := utf8.DecodeRuneInString(spelled)
				all[toLower(strings.ToUpper(spelled))] = true
				all[toLower(string(unicode.ToUpper(first))+spelled[size:])] = true
			}
		}
	}
	return all
}

// holdsOne reports whether a shorter one of the words begins or ends a word.
func holdsOne(word string, words map[string]bool) bool {
	for i := 3; i < len(word)-2; i++ {
		if words[word[i:]] || words[word[:i]] {
			return true
		}
	}
	return false
}
