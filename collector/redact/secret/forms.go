package secret

// forms are the constructions that hold a credential whoever issued it.
func forms() []matcher {
	ms := []matcher{
		{rule: "private-key", anchor: "-----begin", form: pemBlock},
		{rule: "private-key", anchor: "private-lines:", form: puttyKey},
		{rule: "jwt", anchor: "eyj", form: jwt},
		{rule: "url-credentials", anchor: "://", form: urlCredentials},
		{rule: "bearer", anchor: "bearer", form: bearer},
		{rule: "basic", anchor: "basic", form: basic},
		{rule: "signed-url", anchor: "sig=", form: signature},
		{rule: "signed-url", anchor: "x-amz-sign", form: signature},
		{rule: "user-password", anchor: " -u ", form: userFlag},
		{rule: "user-password", anchor: "--user ", form: userFlag},
		{rule: "user-password", anchor: "sshpass -p", form: sshpass},
		{rule: "user-password", anchor: "mysql", form: mysqlFlag},
		{rule: "user-password", anchor: "mariadb", form: mysqlFlag},
		{rule: "docker-auth", anchor: `"auth"`, form: dockerAuth},
	}
	for _, word := range nameWords() {
		ms = append(ms, matcher{rule: "assigned", anchor: word, form: assigned})
	}
	return ms
}

// nameWords are the literals that names of credentials hold.
func nameWords() []string {
	all := []string{"passw", "passphrase", "passcode", "pwd", "kennwort", "secret", "token", "credential", "cookie",
		"authoriz", "mcp-session", "dpop", "phpsessid", "jsessionid", "connect.si", "connection", "_auth", "mnemonic", "_pass",
		"jwt", "request_st", "requeststa", "dbpass", "pgpass", "seed phrase", "pass=", "pass:", "otp", "cvv", "cvc"}
	for _, what := range []string{"api", "access", "private", "auth", "encryption", "signing", "master", "account", "shared",
		"storage", "subscripti", "app", "service", "license", "hmac", "ssh", "deploy", "session", "admin", "webhook"} {
		for _, sep := range []string{"", "_", "-", ".", " "} {
			all = append(all, what+sep+"key")
		}
	}
	return all
}

func startsWithFold(text []byte, at int, word string) bool {
	if at < 0 || at+len(word) > len(text) {
		return false
	}
	for i := range len(word) {
		if lower(text[at+i]) != lower(word[i]) {
			return false
		}
	}
	return true
}
