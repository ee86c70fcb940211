package redact_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

const smuggled = "ghp_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e"

func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always has a JSON form
	return strings.TrimSuffix(b.String(), "\n")
}

func inner(s string) string { q := quoted(s); return q[1 : len(q)-1] }

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func wide(s string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// smuggles are bodies that hide a credential, each with the form of it that a reader
// would look for; empty for the credential itself.
func smuggles() map[string][2]string {
	s := smuggled
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	text := func(t string) string { return answer(inner(t)) }
	upperHexEscape := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `\u%04X`, r)
		}
		return b.String()
	}
	xEscape := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `\x%02x`, r)
		}
		return b.String()
	}
	entities := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `&#%d;`, r)
		}
		return b.String()
	}
	hexEntities := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `&#x%x;`, r)
		}
		return b.String()
	}
	qp := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `=%02X`, r)
		}
		return b.String()
	}
	numbers := func(s string) string {
		var all []string
		for _, c := range []byte(s) {
			all = append(all, fmt.Sprint(c))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	full := func(s string) string { // full width letters
		return strings.Map(func(r rune) rune {
			if r > 0x20 && r < 0x7f {
				return r + 0xfee0
			}
			return r
		}, s)
	}
	json3 := quoted(quoted(quoted(`{"password":"hunter2secret"}`)))
	return map[string][2]string{
		"unicode escapes":              {answer(upperHexEscape(s)), upperHexEscape(s)[:72]},
		"hex escapes in text":          {text(xEscape(s)), inner(xEscape(s))[:60]},
		"JSON in JSON in JSON":         {`{"result":{"a":` + json3 + `}}`, "hunter2secret"},
		"JSON in JSON, token":          {`{"result":{"a":` + quoted(quoted(quoted(s))) + `}}`, ""},
		"escapes in JSON in JSON":      {`{"result":{"a":` + quoted(`{"a":"`+upperHexEscape(s)+`"}`) + `}}`, inner(upperHexEscape(s))[:72]},
		"base64 twice":                 {text("x " + b64(b64("token is "+s)) + " y"), b64(b64("token is " + s))[20:50]},
		"base64 three times":           {text(b64(b64(b64("token is " + s)))), b64(b64(b64("token is " + s)))[20:50]},
		"base64 url alphabet":          {text(base64.RawURLEncoding.EncodeToString([]byte("?>?>" + s))), base64.RawURLEncoding.EncodeToString([]byte("?>?>" + s))[12:40]},
		"base64 of gzip":               {text(b64(gzipped("password: hunter2secret and " + s))), b64(gzipped("password: hunter2secret and " + s))[20:50]},
		"base64 of zlib":               {text(b64(deflated("password: hunter2secret and " + s))), b64(deflated("password: hunter2secret and " + s))[20:50]},
		"base64 of UTF-16":             {text(b64(wide("password is "+s, false))), b64(wide("password is "+s, false))[40:80]},
		"base64 with blanks":           {text(strings.Join(strings.Split(b64("here is the token "+s), ""), " ")), ""},
		"blob of a resource":           {`{"result":{"contents":[{"uri":"file:///x","blob":"` + b64("DB_PASSWORD=hunter2secret\n") + `"}]}}`, b64("DB_PASSWORD=hunter2secret\n")},
		"data URL":                     {text("data:text/plain;base64," + b64("secret "+s)), b64("secret " + s)[12:40]},
		"hex":                          {text(hex.EncodeToString([]byte("token " + s))), hex.EncodeToString([]byte("token " + s))[20:50]},
		"percent twice":                {text("x=" + url.QueryEscape(url.QueryEscape("password=hunter2secret&"))), "hunter2secret"},
		"percent of all, twice":        {text("x=" + strings.ReplaceAll(percentAll(s), "%", "%25")), strings.ReplaceAll(percentAll(s), "%", "%25")[:60]},
		"HTML entities":                {text(entities(s)), entities(s)[:60]},
		"HTML hex entities":            {text(hexEntities(s)), hexEntities(s)[:60]},
		"HTML entity quotes":           {text(`{&quot;password&quot;:&quot;hunter2secret&quot;}`), "hunter2secret"},
		"quoted-printable":             {text("Subject: =?x\nDB_PASSWORD=3D" + qp("hunter2secret")), qp("hunter2secret")},
		"soft line break":              {text("token: " + s[:20] + "=\r\n" + s[20:]), s[20:]},
		"numbers in an array":          {`{"result":{"data":` + numbers(s) + `}}`, strings.Trim(numbers(s), "[]")[:40]},
		"Buffer as JSON":               {`{"result":{"type":"Buffer","data":` + numbers("password=hunter2secret") + `}}`, "104,117,110,116,101,114,50"},
		"full width":                   {text(full(s)), full(s)[:60]},
		"split over three items":       {`{"result":{"content":[{"type":"text","text":"` + s[:13] + `"},{"type":"text","text":"` + s[13:26] + `"},{"type":"text","text":"` + s[26:] + `"}]}}`, s[14:26]},
		"split over strings":           {`{"result":["` + s[:20] + `","` + s[20:] + `"]}`, s[20:]},
		"split by an image":            {`{"result":{"content":[{"type":"text","text":"` + s[:20] + `"},{"type":"image","data":"AAAA"},{"type":"text","text":"` + s[20:] + `"}]}}`, s[20:]},
		"a letter an item":             {`{"result":["` + strings.Join(strings.Split(s, ""), `","`) + `"]}`, strings.Join(strings.Split(s, ""), `","`)[:40]},
		"as a key":                     {`{"result":{"` + s + `":{"` + s + `":1}}}`, ""},
		"as a key, escaped":            {`{"result":{"` + upperHexEscape(s) + `":1}}`, upperHexEscape(s)[:72]},
		"in the value of a key's twin": {`{"result":{"password":"a","password":"hunter2secret"}}`, "hunter2secret"},
		"under an array of a password": {`{"result":{"passwords":["hunter2secret","x"],"password":["hunter2secret"]}}`, "hunter2secret"},
		"under an object of a secret":  {`{"result":{"secret":{"data":"hunter2secret"},"credentials":{"aws":"hunter2secretXq7Xv2Lk9"}}}`, "hunter2secret"},
		"a number as password":         {`{"result":{"password":12345678}}`, "12345678"},
		"true as password":             {`{"password":{"value":"hunter2secret"}}`, "hunter2secret"},
		"BOM before JSON":              {"\ufeff" + `{"password":"hunter2secret"}`, "hunter2secret"},
		"BOM inside":                   {text(s[:10] + "\ufeff" + s[10:]), s[10:]},
		"UTF-16":                       {wide(`{"password":"hunter2secret"}`, false), wide("hunter2secret", false)},
		"UTF-16 big end first":         {wide("token "+s, true), wide(s, true)[:60]},
		"UTF-16 with BOM":              {"\xff\xfe" + wide("DB_PASSWORD=hunter2secret", false), wide("hunter2secret", false)},
		"CRLF":                         {"DB_PASSWORD=hunter2secret\r\nX=1\r\n", "hunter2secret"},
		"CR only":                      {"a\rDB_PASSWORD=hunter2secret\rX=1", "hunter2secret"},
		"form feed and vertical tab":   {"a\fDB_PASSWORD=hunter2secret\v", "hunter2secret"},
		"zero byte inside":             {answer(s[:10] + `\u0000` + s[10:]), s[10:]},
		"backspace":                    {answer(s[:10] + `x\b` + s[10:]), s[10:]},
		"colours":                      {answer(`\u001b[31mghp_\u001b[0m` + s[4:]), s[4:]},
		"colours around a name":        {answer(`\u001b[33mpassword\u001b[0m=\u001b[32mhunter2secret\u001b[0m`), "hunter2secret"},
		"markdown":                     {text("**Password:** `hunter2secret`\n\n| key | value |\n|---|---|\n| password | hunter2secret9 |"), "hunter2secret"},
		"combining letters":            {text(s[:10] + "\u0301" + s[10:]), s[10:]},
		"variation selectors":          {text(strings.Join(strings.Split(s, ""), "\ufe0f")), strings.Join(strings.Split(s[4:], ""), "\ufe0f")[:30]},
		"tag characters":               {text(tags(s)), tags(s)[:60]},
		"hyphenated":                   {text(s[:20] + "\u00ad" + s[20:]), s[20:]},
		"event stream":                 {"event: message\nid: " + s + "\ndata: {\"result\":1}\n\n", ""},
		"event stream, comment":        {": " + s + "\n\ndata: {}\n\n", ""},
		"two values in a line":         {`{"a":1} {"password":"hunter2secret"}`, "hunter2secret"},
		"trailing garbage":             {`{"a":1}password=hunter2secret9`, "hunter2secret"},
		"single quotes":                {`{'password':'hunter2secret'}`, "hunter2secret"},
		"comment in JSON":              {`{"a":1, /* password=hunter2secret9 */ "b":2}`, "hunter2secret"},
		"XML":                          {text(`<add key="password" value="hunter2secret9"/><Password type="x">hunter2secret9</Password>`), "hunter2secret"},
		"TOML and INI":                 {text("[db]\npassword = \"hunter2secret\"\n; x\npasswd : hunter2secret9\n"), "hunter2secret"},
		".netrc":                       {text("machine h login joe password hunter2secret9"), "hunter2secret"},
		".pgpass":                      {text("db.example.com:5432:app:joe:hunter2secret9\n"), ""},
		"command line":                 {text("mysql -u root -phunter2secret9 -h db; sshpass -p hunter2secret9 ssh x; curl -u joe:hunter2secret9 h"), "hunter2secret"},
		"URL with @ in it":             {text("postgres://joe:p@ss/w:hunter2secret9@db/x"), "hunter2secret"},
		"URL, user only":               {text("https://" + s + "@github.com/x.git"), ""},
		"header split over lines":      {text("Authorization: Bearer\r\n " + s), ""},
		"cookie jar":                   {text("Set-Cookie: sid=hunter2secret9; Path=/; HttpOnly\nexample.com\tFALSE\t/\tTRUE\t0\tsid\thunter2secret9"), "sid=hunter2secret"},
		"curl config":                  {text(`curl -H "X-Api-Key: hunter2secret9" -H 'Authorization: Basic aHVudGVyMjpzZWNyZXQ='`), "hunter2secret"},
		"jq path":                      {text(`.password="hunter2secret"`), "hunter2secret"},
		"long token":                   {text("token=" + strings.Repeat("aB3dE6gH9", 2000)), strings.Repeat("aB3dE6gH9", 100)},
		"upper case":                   {text("PASSWORD: HUNTER2SECRET9"), "HUNTER2SECRET"},
		"PEM with literal line ends":   {text(`-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e\nq7Xv2Lk9Rt4Zw8Nb3Yc6\n-----END RSA PRIVATE KEY-----`), "q7Xv2Lk9Rt4Zw8Nb3Yc6"},
		"PEM over items":               {`{"result":{"content":[{"type":"text","text":"-----BEGIN PRIVATE KEY-----"},{"type":"text","text":"MIIEowIBAAKCAQEAq7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e"},{"type":"text","text":"-----END PRIVATE KEY-----"}]}}`, "q7Xv2Lk9Rt4Zw8Nb3Yc6"},
	}
}

func percentAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func tags(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xe0000 }, s)
}

func TestSmuggledCredentialsAreFound(t *testing.T) {
	r := redactor(t, "")
	for name, c := range smuggles() {
		trace := c[1]
		if trace == "" {
			trace = smuggled[4:]
		}
		for _, kind := range []schema.Kind{schema.KindAnswer, schema.KindStderr} {
			in := redact.Input{Kind: kind, Direction: schema.ServerToClient, Body: message.Body{Data: []byte(c[0]), Size: uint64(len(c[0]))}}
			out := r.Message(in)
			if strings.Contains(string(out.Payload), trace) {
				t.Errorf("%s, %s: %.300q", name, kind, out.Payload)
			}
		}
	}
}
