package secret

import "strings"

// Class is what the name of a value implies for it, from weak to strong.
type Class uint8

const (
	// Plain: the name implies nothing.
	Plain Class = iota
	// Token: often a credential, sometimes a word of a grammar or a page mark.
	Token
	// Secret: a credential, rarely something that people type.
	Secret
	// Password: may be any text, also a short one, also a number.
	Password
	// Always: never stored, whatever the policy.
	Always
)

// Names classifies names of members, headers, variables and flags.
type Names struct {
	cut, keep map[string]bool
}

// NewNames adds names to those that are built in. Case and separators do not matter.
func NewNames(cut, keep []string) Names {
	n := Names{cut: map[string]bool{}, keep: map[string]bool{}}
	for _, name := range cut {
		n.cut[string(normal(nil, []byte(name)))] = true
	}
	for _, name := range keep {
		n.keep[string(normal(nil, []byte(name)))] = true
	}
	return n
}

// always are the names that are credentials in MCP and HTTP.
var always = words(`authorization proxyauthorization cookie setcookie dpop xapikey xauthtoken xaccesstoken
	mcpsessionid requeststate`)

// passwords and secrets are ends of names, the others whole names.
var (
	passwords = strings.Fields(`password passwd passwords passwds passphrase passcode pwd passwort kennwort motdepasse`)
	secrets   = strings.Fields(`secret apikey secretkey accesskey privatekey authkey encryptionkey signingkey masterkey
		accountkey sharedkey storagekey subscriptionkey appkey applicationkey servicekey servicerolekey licensekey
		hmackey sshkey deploykey integrationkey sessionkey adminkey webhookkey credential credentials connectionstring
		clientsecret keyphrase seedphrase recoveryphrase mnemonic authorization cookie functionskey`)
	tokens = strings.Fields(`token jwt bearer tokens`)

	exactPasswords = words(`pass dbpass userpass mysqlpass rootpass adminpass smtppass mailpass ftppass redispass pgpass
		authpass httppass sshpass emailpass proxypass pin cvv cvc cvv2 ssn otp totp otpcode mfacode pincode`)
	exactSecrets = words(`authtoken npmconfigauth sessid phpsessid jsessionid connectsid`)
	// kept are marks of pages, of progress and of grammars that end like tokens.
	kept = words(`progresstoken nexttoken nextpagetoken prevpagetoken pagetoken continuationtoken cursortoken canceltoken
		cancellationtoken tokentype eostoken bostoken padtoken unktoken septoken clstoken masktoken stoptoken starttoken
		endtoken synctoken nextsynctoken clientrequesttoken maxtokens mintokens inputtokens outputtokens totaltokens prompttokens
		completiontokens reasoningtokens cachedtokens thinkingtokens numtokens ntokens stoptokens specialtokens addedtokens`)
)

func words(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// stages are ends of names that qualify where a value is used, not what it is.
var stages = strings.Fields(`production prod staging stage development dev test live old new value base64 b64 plain text`)

// normal appends the letters and digits of name in lower case.
func normal(dst, name []byte) []byte {
	for _, b := range name {
		if b = lower(b); 'a' <= b && b <= 'z' || '0' <= b && b <= '9' {
			dst = append(dst, b)
		}
	}
	return dst
}

// maxName is how many bytes of a name are classified, its last ones: what a name is the
// name of stands at its end.
const maxName = 96

// Class of the value that has this name.
func (n Names) Class(name []byte) Class {
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	var buf [maxName]byte
	s := normal(buf[:0], name)
	if len(s) < 3 {
		return Plain
	}
	if always[string(s)] {
		return Always
	}
	if n.keep[string(s)] {
		return Plain
	}
	if n.cut[string(s)] {
		return Password
	}
	c := builtin(s)
	if c == Plain {
		if t := withoutStage(s); len(t) < len(s) && len(t) > 2 {
			c = builtin(t)
		}
	}
	return c
}

func builtin(s []byte) Class {
	switch {
	case kept[string(s)]:
		return Plain
	case exactPasswords[string(s)]:
		return Password
	case exactSecrets[string(s)]:
		return Secret
	}
	switch {
	case endsWith(s, passwords):
		return Password
	case endsWith(s, secrets):
		return Secret
	case endsWith(s, tokens):
		return Token
	}
	return Plain
}

func withoutStage(s []byte) []byte {
	for len(s) > 0 && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' {
		s = s[:len(s)-1]
	}
	for _, stage := range stages {
		if len(s) > len(stage) && string(s[len(s)-len(stage):]) == stage {
			return s[:len(s)-len(stage)]
		}
	}
	return s
}

func endsWith(s []byte, ends []string) bool {
	for _, e := range ends {
		if len(s) >= len(e) && s[len(s)-1] == e[len(e)-1] && string(s[len(s)-len(e):]) == e {
			return true
		}
	}
	return false
}
