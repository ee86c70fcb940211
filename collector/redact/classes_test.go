package redact_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// classes are the kinds of places where a credential stands, each in several spellings. What
// stands between « and » must not be stored; a text that begins with { or [ is a message's
// content as it is, and the text of one besides.
var classes = map[string][]string{
	"pairs in objects": {
		`{"name":"DB_PASSWORD","value":"«w4lrus-tusk»"}`, `{"value":"«w4lrus-tusk»","name":"DB_PASSWORD"}`, `{"Key":"client_secret","Value":"«w4lrustusk99»"}`,
		`{"headerName":"X-Api-Key","headerValue":"x","content":"«w4lrus-tusk»"}`, `{"env":[{"name":"A","value":"b"},{"name":"MYSQL_ROOT_PASSWORD","value":"«w4lrus»"}]}`,
		`{"field":"password","type":"text","current":"«w4lrus»"}`, `{"variable":"API_TOKEN","default":"«w4lrus12tusk34»","sensitive":true}`,
		`{"id":"ssh_password","label":"x","v":"«w4lrus»"}`, `{"parameters":[{"parameterName":"dbPassword","parameterValue":"1","plaintext":"«w4lrus»"}]}`,
	},
	"pairs in arrays": {
		`[["Host","x"],["Authorization","«Token w4lrus12tusk34»"]]`, `["Accept","*/*","Cookie","«sid=w4lrus12tusk34»"]`, `["DB_PASSWORD","«w4lrus7!»"]`,
		`{"env":["A=b","DB_PASSWORD=«w4lrus»","C=d"]}`, `["-e","POSTGRES_PASSWORD=«w4lrus»"]`,
	},
	"pairs in text": {
		"- name: DB_PASSWORD\n  value: «w4lrus»\n", "name = \"DB_PASSWORD\"\nvalue = \"«w4lrus»\"\n", "<env name=\"DB_PASSWORD\" value=\"«w4lrus»\"/>",
		"<property>\n  <name>javax.jdo.option.ConnectionPassword</name>\n  <value>«w4lrus»</value>\n</property>", "{'name': 'DB_PASSWORD', 'value': '«w4lrus»'}",
		"<key>password</key>\n<string>«w4lrus»</string>", "<tr><td>Password</td><td>«w4lrus7»</td></tr>", `<string name="db_password">«w4lrus7»</string>`,
		`<input type="password" name="password" value="«w4lrus»">`, `setProperty("password", "«w4lrus7!»")`,
	},
	"secrets of Kubernetes": {
		`{"apiVersion":"v1","kind":"Secret","data":{"anything":"«dzRscnVzdHVzaw==»"}}`, `{"apiVersion":"v1","data":{"anything":"«dzRscnVzdHVzaw==»"},"kind":"Secret"}`,
		`{"items":[{"kind":"Secret","stringData":{"greeting":"«hello walrus»"},"metadata":{"name":"x"}}]}`,
		"apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ndata:\n  anything: «dzRscnVzdHVzaw==»\n", "apiVersion: v1\nstringData:\n  greeting: «walrus and tusk»\nkind: \"Secret\"\ntype: Opaque\n",
	},
	"SQL": {
		"CREATE USER joe IDENTIFIED BY '«w4lrus»';", "ALTER USER joe IDENTIFIED WITH mysql_native_password BY '«w4lrus»'", "create user joe identified by «w4lrus7» default tablespace x",
		"CREATE ROLE app WITH LOGIN PASSWORD '«walrus»';", "alter user app with encrypted password '«w4lrus»'", "CREATE LOGIN app WITH PASSWORD = N'«w4lrus»'",
		"SET PASSWORD FOR 'joe'@'%' = PASSWORD('«w4lrus7»');", "CREATE USER x IDENTIFIED WITH sha256_password BY '«w4lrus»'",
	},
	"argument lists": {
		`["--password","«walrus»"]`, `{"args":["run","--api-key=«w4lrus12»"]}`, `{"command":"mysql","args":["-u","root","-p«w4lrus»"]}`, `{"args":["-a","«w4lrus»"],"command":"redis-cli"}`,
		`["sqlcmd","-S","db","-P","«w4lrus»"]`, `["docker","login","-u","joe","-p","«w4lrus»"]`, `["curl","-u","joe:«w4lrus»","https://x"]`, `["psql","--set","x"],["mongosh","-u","a","-p","«walrus7»"]`,
		"redis-cli -h cache -a «w4lrus» ping", "mongosh --username joe -p «w4lrus» db", "7z x -p«w4lrus» file.7z", "ldapsearch -x -D cn=admin -w «w4lrus» -b dc=x", "smbclient //h/s -U 'joe%«w4lrus»'",
		"docker login registry -u joe -p «w4lrus»", "sqlplus scott/«t1ger9»@orcl", "snmpwalk -v2c -c «w4lrus» host", "openssl enc -d -pass pass:«w4lrus» -in x", "keytool -storepass «walrus» -list",
		"mytool -u admin -p «w4lrusT!» start", "unzip -P «w4lrus» a.zip", "curl --proxy-user joe:«w4lrus» https://x", "xfreerdp /u:joe /p:«w4lrus» /v:h",
	},
	"files of passwords": {
		"//registry.npmjs.org/:_authToken=«0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0»", "//r.example/:_auth=«am9lOmh1bnRlcjI=»", "_auth = «am9lOmh1bnRlcjI=»", "//r.example/:_password=«aHVudGVyMg==»",
		"db.example.com:5432:app:joe:«walrus»\n", "*:*:*:joe:«w4lrus»", "machine api.example.com login joe password «walrus»", "machine h\n  login joe\n  password «walrus»\n",
		"x.example\tTRUE\t/\tFALSE\t0\tid\t«w4lrus12tusk»", "Administrator:500:«aad3b435b51404eeaad3b435b51404ee»:«31d6cfe0d16ae931b73c59d7e0c089c0»:::",
	},
	"keys as JSON": {
		`{"kty":"RSA","n":"public","e":"AQAB","d":"«w4lrus12tusk34»","p":"«w4lrus12tusk35»","qi":"«w4lrus12tusk36»"}`, `{"d":"«w4lrus12tusk34»","crv":"P-256","kty":"EC","x":"public"}`,
		`{"keys":[{"k":"«w4lrus12tusk34»","kty":"oct","alg":"HS256"}]}`,
	},
	"columns": {
		"user,password,role\njoe,«w4lrus»,admin\nann,«tusk99»,user\n", "user;passwort;rolle\njoe;«w4lrus»;x\n", "id\tapi_key\n1\t«w4lrus12tusk34»\n", "| user | password |\n|---|---|\n| joe | «w4lrus» |\n",
		"+------+----------+\n| user | password |\n+------+----------+\n| joe  | «w4lrus»   |\n+------+----------+\n", "USER   PASSWORD   AGE\njoe    «w4lrus»     3d\n", `"user","password"` + "\n" + `"joe","«w4,lrus»"` + "\n",
		`{"columns":["user","password"],"rows":[["joe","«w4lrus»"],["ann","«tusk99»"]]}`, `{"columns":[{"name":"user"},{"name":"api_token"}],"data":[["joe","«w4lrus12tusk34»"]]}`,
		"password,«w4lrus7»\nuser,joe\n",
	},
	"words of ten languages": {
		"Passwort: «w4lrus»", "Kennwort lautet «w4lrus7!Q»", "mot de passe : «w4lrus»", "contraseña: «w4lrus»", "contrasena=«w4lrus»", "senha: «w4lrus»", "parola d'ordine: «w4lrus7»", "wachtwoord: «w4lrus»",
		"hasło: «w4lrus»", "heslo: «w4lrus»", "пароль: «w4lrus»", "ПАРОЛЬ=«w4lrus»", "lösenord: «w4lrus»", "adgangskode: «w4lrus»", "salasana: «w4lrus»", "jelszó: «w4lrus»", "şifre: «w4lrus»",
		"κωδικός πρόσβασης: «w4lrus»", "密码：«w4lrus»", "密码是«w4lrus7»", "パスワード: «w4lrus»", "비밀번호: «w4lrus»", "كلمة المرور: «w4lrus»", "סיסמה: «w4lrus»", "mật khẩu: «w4lrus»", "kata sandi: «w4lrus»",
		`{"mot_de_passe":"«walrus»"}`, `{"contraseña":"«walrus»"}`, `{"пароль":"«walrus»"}`, `{"密码":"«walrus»"}`, "clé secrète: «w4lrus12tusk»", "секретный ключ: «w4lrus12tusk»",
	},
	"tokens of GitHub": {
		"«ghp_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e»", "«gho_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6»", "«ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.q7Xv2Lk9Rt4Zw8Nb3-c6Md1Pf5Hs0Gj2Ka7e»",
		"«github_pat_11ABCDEFG0q7Xv2Lk9Rt4Z_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5H»", "«ghu_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e», «ghr_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0»",
	},
	"sources of data": {"root:«w4lrus»@tcp(127.0.0.1:3306)/app", "dsn: app:«w4l:rus»@unix(/tmp/m.sock)/x", `{"dsn":"u:«w4lrus»@tcp(db)/x?parseTime=true"}`, "amqp://u:«w4lrus»@mq/v"},
	"hashes of passwords": {
		"root:«$6$q7Xv2Lk9$Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2»:19000:0:99999:7:::", "«$2b$12$abcdefghijklmnopqrstuuTq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0a»",
		"«$argon2id$v=19$m=65536,t=3,p=4$q7Xv2Lk9Rt4Zw8Nb$3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4»", "joe:«$apr1$q7Xv2Lk9$Zw8Nb3Yc6Md1Pf5Hs0Gj2/»", "«pbkdf2_sha256$260000$q7Xv2Lk9Rt4Z$w8Nb3Yc6Md1Pf5Hs0Gj2Ka7e=»", "«{SSHA}q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2»",
		"«scrypt:32768:8:1$q7Xv2Lk9Rt4Zw8Nb$0123456789abcdef0123456789abcdef»", "«SCRAM-SHA-256$4096:q7Xv2Lk9Rt4Zw8Nb3Yc6Md==$Pf5Hs0Gj2Ka7e:q7Xv2Lk9Rt4»",
	},
	"keys without their lines": {
		`{"result":"«MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e»"}`,
		"key: «MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVMeGNq7Xv2Lk9Rt4oAoGCCqGSM49AwEHoUQDQgAEq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e»",
		"«b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACDq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e»",
		"«308204bd020100300d06092a864886f70d0101010500048204a7308204a30201000282010100bbe5efd8b93dd1b2e19c3c36dd86c1cba31d4f97c86b12363a8bc9»",
	},
	"addresses that sign": {
		"https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=«0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef»", "https://s.googleapis.com/b/o?GoogleAccessId=x&Expires=1&Signature=«q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2%2FKa7e»",
		"https://a.blob.core.windows.net/c?sv=2024&sig=«q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv%3D»", "https://app.example/callback?code=«q7Xv2Lk9Rt4Z»&state=x", "GET /cb?state=1&code=«4f3e2d1c0b9a8877» HTTP/1.1", "https://x/y?X-Goog-Signature=«0123456789abcdef0123456789abcdef»",
	},
	"links that sign in": {
		"https://app.example/reset-password/«q7Xv2Lk9Rt4Zw8Nb3Yc6»", "https://app.example/auth/magic?t=«q7Xv2Lk9Rt4Zw8Nb3Yc6Md1P»", "https://x.example/users/confirmation?confirmation_token=«q7Xv2Lk9Rt4Z»", "https://x.example/invite/«123e4567-e89b-42d3-a456-426614174000»",
		"https://x.example/verify-email?token=«q7Xv2Lk9Rt4Z»", "https://x.example/account/activate/MQ/«c4x9tz-8f1e2d3c4b5a69788796»/", `{"url":"https://x.example/password/recover/«q7Xv2Lk9Rt4Zw8Nb3Yc6»?u=1"}`,
	},
	"SAML": {
		"SAMLResponse=«PHNhbWxwOlJlc3BvbnNlIElEPSJfMSI%2BPHNhbWw6QXNzZXJ0aW9uPnE3WHYyTGs5UnQ0Wnc4TmIzWWM2TWQxUGY1SHMwR2oyS2E3ZQ%3D%3D»&RelayState=x", `<input type="hidden" name="SAMLResponse" value="«PHNhbWxwOlJlc3BvbnNlIElEPSJfMSI+PHNhbWw6QXNzZXJ0aW9uPnE3WHYy»"/>`,
		`{"SAMLResponse":"«PHNhbWxwOlJlc3BvbnNlIElEPSJfMSI+PHNhbWw6QXNzZXJ0aW9uPnE3WHYy»"}`,
	},
	"numbers of persons": {
		"SSN: «536-22-8714»", `{"ssn":"«536228714»"}`, `{"taxId":"«536228714»"}`, "CPF «529.982.247-25»", "DNI «12345678Z»", "NIE «X1234567L»", "codice fiscale «RSSMRA85T10A562S»", "PESEL: «44051401359»", "BSN «111222333»",
		"personnummer «19811218-9876»", "NINO «AB 12 34 56 C»", "Aadhaar «2345 6789 0124»", "SIN «046 454 286»", "身份证 «11010519491231002X»", "RUT «12.345.678-5»", "HETU «131052-308T»", "AHV «756.9217.0769.85»", "rijksregisternummer «85.07.30-033.28»",
	},
	"base32": {"see «O5UWY3DFMQ5CA4DBONZXO33SMQ6XONDMOJ2XG5DVONVTCMRTGQ======»", "«nfuhqzlsm5uxgzlwnfxw4ylqmfzxg53pojsd2nzxnrzhk43uovzww6jrgiztinju»", `{"x":"«OBQXG43XN5ZGIPLXGRWHE5LTOR2XG2ZRGIZTI===»"}`},
	"dumps": {
		"00000000  «70 61 73 73 77 6f 72 64  3d 77 34 6c 72 75 73 74»  |«password=w4lrust»|\n00000010  «75 73 6b 31 32 33 34 0a»                           |«usk1234.»|\n",
		"00000000: «7061 7373 776f 7264 3d77 346c 7275 7374»  «password=w4lrust»\n00000010: «7573 6b31 3233 340a»  «usk1234.»\n", "«70 61 73 73 77 6f 72 64 3d 77 34 6c 72 75 73 74 75 73 6b»",
		"char k[] = {«0x70, 0x61, 0x73, 0x73, 0x77, 0x6f, 0x72, 0x64, 0x3d, 0x77, 0x34, 0x6c, 0x72, 0x75, 0x73»};", "bytes: «[112, 97, 115, 115, 119, 111, 114, 100, 61, 119, 52, 108, 114, 117, 115]»", "«70:61:73:73:77:6f:72:64:3d:77:34:6c:72:75:73:74»",
	},
	"calls that sign in":        {`client.login("joe", "«w4lrus7!»")`, `http.basicAuth('joe', '«w4lrus7!»')`},
	"network devices":           {"username admin «password 7 094F471A1A0A»", "«snmp-server community w4lrus» RO", "«radius-server key w4lrus77»", "«tacacs-server host 10.0.0.1 key w4lrus77»"},
	"short names":               {`psk="«w4lrustusk»"`, "ansible_ssh_pass=«w4lrus7»", "_auth=«q7Xv2Lk9Rt4Zw8Nb3Yc6Md»", "your verification code is «402913»"},
	"schemes":                   {"Authorization: GenieKey «123e4567-e89b-42d3-a456-426614174000»", "curl -H 'Authorization: Splunk «123e4567-e89b-42d3-a456-426614174000»'", "jdbc:oracle:thin:scott/«t1ger9»@//h:1521/x"},
	"forms of blanks":           {"q=redis-cli+-a+«w4lrus7tusk»+ping"},
	"tokens above another line": {"line\n«key_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123»\nlast"},
	"prose":                     {"The password for the admin account is «w4lrusT9»", "use the password «W4lrus!tusk» to log in", "your api key (production): «w4lrus12tusk34Xy»", "**Password** → `«w4lrus7»`"},
	"tokens of unknown issuers": {"«acme_live_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1P»", "key «zzz-pat-Ab3dE6gH9kLm2Np5qRs8tUv1» here"},
	"phrases":                   {"seed phrase: «legal winner thank year wave sausage worth useful legal winner thank yellow»", `{"mnemonic":"«legal winner thank year wave sausage worth useful legal winner thank yellow»"}`},
	"JSON in JSON":              {`{"body":"{\"name\":\"DB_PASSWORD\",\"value\":\"«w4lrus»\"}"}`, `{"body":"{\"apiVersion\":\"v1\",\"data\":{\"x\":\"«dzRscnVzdHVzaw==»\"},\"kind\":\"Secret\"}"}`, `{"a":"{\"kty\":\"EC\",\"d\":\"«w4lrus12tusk34»\"}"}`, `{"log":"started {\"args\":[\"--password\",\"«walrus»\"]} ok"}`},
}

func TestEachClassIsCut(t *testing.T) {
	r := redactor(t, "")
	strip := strings.NewReplacer("«", "", "»", "")
	for class, rows := range classes {
		t.Run(class, func(t *testing.T) {
			for _, row := range rows {
				text := strip.Replace(row)
				var secrets []string
				for rest := row; ; {
					_, inner, ok := strings.Cut(rest, "«")
					if !ok {
						break
					}
					var secret string
					secret, rest, _ = strings.Cut(inner, "»")
					secrets = append(secrets, secret)
				}
				bodies := []string{answer(inner(text))}
				if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
					bodies = append(bodies, `{"jsonrpc":"2.0","id":7,"result":{"structuredContent":`+text+`}}`)
				}
				for _, body := range bodies {
					out := r.Message(input(body))
					for _, secret := range secrets {
						if stored := string(out.Payload); strings.Contains(stored, secret) || strings.Contains(stored, inner(secret)) || out.Flags.Has(schema.FlagWithheld) {
							t.Errorf("%s\nis stored as %s", body, stored)
						}
					}
					if json.Valid([]byte(body)) != json.Valid(out.Payload) {
						t.Errorf("%s\nis stored as %s", body, out.Payload)
					}
					again := input(string(out.Payload))
					if second := r.Message(again); string(second.Payload) != string(out.Payload) {
						t.Errorf("%s\nthen %s", out.Payload, second.Payload)
					}
				}
			}
		})
	}
}

// TestOrdinaryTextStays holds what the classes must not take for themselves.
func TestOrdinaryTextStays(t *testing.T) {
	r := redactor(t, "")
	for _, text := range []string{
		`{"name":"password","description":"The password of the user","required":true}`, `["username","password","email"]`, `{"type":"password","label":"Password","placeholder":"Enter your password"}`,
		"docker run -p 8080:80 -a stdout image", "mkdir -p build/x1 && cp -a src2 dst3", "go test -p 4 ./...", "curl -X POST https://api.example.com/v1/items?page=2&code=404", "SELECT password FROM users WHERE id = 3",
		"the body is identified by its digest and signed", "machine learning models", `{"kind":"ConfigMap","data":{"colour":"green"}}`, `{"kty":"RSA","n":"q7Xv2Lk9Rt4Zw8Nb3","e":"AQAB","kid":"k1"}`, "id,name,email\n1,joe,joe@example.com\n",
		"| Feature | Password | Token |\n|---|---|---|\n| login | yes | no |\n", "10:20:30:40:50", "fe80:5432:1:2:3:4", "sha256-q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk=", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7eq7Xv2Lk9Rt4Zw8Nb3Yc6",
		"https://example.com/login?next=/home&lang=en", "2026-11-22 10:20:30 12 34 56 78 90 11 22 33 44 55", "phone 536-228-7140 and date 2026-11-22", "order 123456789 of 2026", "$1$2 and $5 for lunch", "translations: Passwort, mot de passe, contraseña, senha",
		"00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 21 0a 00 00  |Hello, world!...|\n", "the secret to success is hard work", "const Password = 'password';", `{"items":[{"key":"a","value":"b"},{"key":"theme","value":"dark"}]}`,
	} {
		in := input(answer(inner(text)))
		if out := r.Message(in); len(out.Redactions) > 0 {
			t.Errorf("%s\nis stored as %s", text, out.Payload)
		}
	}
}

// TestASecretOverTwoMessagesIsCut splits texts at every byte of their secret, over two
// messages of a session with others between them. No more of it than eight bytes may stay
// before the split, and nothing behind.
func TestASecretOverTwoMessagesIsCut(t *testing.T) {
	r := redactor(t, "")
	for _, row := range []string{
		"the token is «ghp_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e» as I said", "DB_PASSWORD=«correcthorse7731»\nnext", "password: «w4lrustusk7731»\n", "postgres://app:«w4lrustusk7731»@db/x", "Authorization: Bearer «q7Xv2Lk9Rt4Zw8Nb3Yc6Md1P»\n",
		"key sk-ant-api03-«q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e» here", "-----BEGIN PRIVATE KEY-----\n«MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Xv2Lk9Rt4Zw8»\n-----END PRIVATE KEY-----", "AKIA«Q7XV2LK9RT4ZW8NB» x",
	} {
		before, rest, _ := strings.Cut(row, "«")
		secret, after, _ := strings.Cut(rest, "»")
		for cut := 0; cut <= len(secret); cut += 3 {
			var session redact.Session
			say := func(method, text string) string {
				body := `{"jsonrpc":"2.0","method":"` + method + `","params":{"progressToken":1,"message":"` + inner(text) + `"}}`
				in := redact.Input{Method: method, Kind: schema.KindNotification, Direction: schema.ServerToClient, Session: &session, Body: message.Body{Data: []byte(body), Size: uint64(len(body))}}
				return string(r.Message(in).Payload)
			}
			first := say("notifications/progress", "I found this: "+before+secret[:cut])
			say("notifications/message", "still working")
			second := say("notifications/progress", secret[cut:]+after)
			if n := min(cut, 8); cut > 8 && strings.Contains(first, inner(secret[:cut])) || len(secret)-cut > n && len(secret)-cut > 4 && strings.Contains(second, inner(secret[cut:])) {
				t.Errorf("%s split at %d:\n%s\n%s", secret, cut, first, second)
			}
		}
	}
}

// TestAStreamOfChunksKeepsNoSecret sends a text a few bytes a message, as models write.
func TestAStreamOfChunksKeepsNoSecret(t *testing.T) {
	r := redactor(t, "")
	for _, size := range []int{3, 4, 7, 20} {
		var session redact.Session
		var stored strings.Builder
		text := "Here it is: use ghp_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e for the repository, and password=w4lrustusk7731 for the database."
		for len(text) > 0 {
			n := min(size, len(text))
			body := `{"jsonrpc":"2.0","method":"notifications/progress","params":{"message":"` + text[:n] + `"}}`
			out := r.Message(redact.Input{Method: "notifications/progress", Kind: schema.KindNotification, Direction: schema.ServerToClient, Session: &session,
				Body: message.Body{Data: []byte(body), Size: uint64(len(body))}})
			var m struct{ Params struct{ Message string } }
			if err := json.Unmarshal(out.Payload, &m); err != nil {
				t.Fatal(err)
			}
			stored.WriteString(m.Params.Message)
			text = text[n:]
		}
		for _, part := range []string{"Lk9Rt4Zw8Nb3", "Yc6Md1Pf5Hs0", "tusk7731"} {
			if strings.Contains(stored.String(), part) {
				t.Errorf("in chunks of %d: %s", size, stored.String())
			}
		}
		if !strings.Contains(stored.String(), "for the repository") || !strings.Contains(stored.String(), "for the database.") {
			t.Errorf("in chunks of %d: %s", size, stored.String())
		}
	}
}

func TestBinaryBodiesAreWithheld(t *testing.T) {
	r := redactor(t, "")
	for name, body := range map[string]string{
		"gzip": gzipped("password=w4lrus"), "zlib": deflated("password=w4lrus and some more text to pack"), "zstd": "\x28\xb5\x2f\xfd\x04\x58\x01\x00\x00walrus", "gzip behind a line": "x: y\r\n\r\n" + gzipped("password=w4lrus"),
		"xz": "\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46", "zip": "PK\x03\x04\x14\x00\x00\x00\x08\x00walrus.txt", "nothing known": "\x01\x02\x8b\xff\x03\x04\x90\x05\x06\x91\x07walrus\x0e\x0f\x10",
	} {
		in := redact.Input{Kind: schema.KindHTTP, Direction: schema.ServerToClient, Body: message.Body{Data: []byte(body), Size: uint64(len(body))}}
		if out := r.Message(in); !out.Flags.Has(schema.FlagWithheld) || out.Redactions[0].Rule != redact.WithheldBinary {
			t.Errorf("%s is stored as %q", name, out.Payload)
		}
	}
	for name, body := range map[string]string{"Latin-1": "caf\xe9 cr\xe8me br\xfbl\xe9e", "UTF-16": wide("plain words", false), "colours": "\x1b[32mgreen\x1b[0m", "KOI8": "\xf0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2"} {
		in := redact.Input{Kind: schema.KindNoise, Direction: schema.ServerToClient, Body: message.Body{Data: []byte(body), Size: uint64(len(body))}}
		if out := r.Message(in); out.Flags.Has(schema.FlagWithheld) {
			t.Errorf("%s is withheld", name)
		}
	}
	var escaped strings.Builder
	for _, c := range []byte(gzipped("password=w4lrus")) {
		escaped.WriteRune(rune(c))
	}
	if out := r.Message(input(`{"result":{"data":` + quoted(escaped.String()) + `}}`)); !strings.Contains(string(out.Payload), `"data":"[mcptrail:binary:`) {
		t.Errorf("gzip in a string is stored as %s", out.Payload)
	}
	for name, packed := range map[string]string{"xz": "\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00", "7z": "7z\xbc\xaf\x27\x1c\x00\x04\x11\x22\x33\x44\x55\x66\x77\x88"} {
		if out := r.Message(input(answer(wrap(packed)))); strings.Contains(string(out.Payload), wrap(packed)) {
			t.Errorf("%s in base64 is stored", name)
		}
	}
}
