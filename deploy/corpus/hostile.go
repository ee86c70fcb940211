package corpus

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
)

// answer is a tool's answer whose text is written in JSON already.
func answer(text string) string {
	return `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + text + `"}]}}`
}

// fill repeats unit to n bytes.
func fill(unit string, n int) string { return strings.Repeat(unit, n/len(unit)+1)[:n] }

const anchorsOfAllRules = `ghp_ gho_ github_pat_ glpat- AKIA ASIA xoxb- xoxp- xapp- sk_live_ rk_live_ whsec_ AIza ya29. GOCSPX- sk-ant- sk-proj- hf_ npm_ ` +
	`pypi-A dckr_pat_ dop_v1_ SG. key- SK shpat_ sq0atp- ATATT3 lin_api_ ntn_ figd_ pat NRAK- glsa_ hvs. .atlasv1. dp.pt. dapi fo1_ sbp_ password= ` +
	`token: secret= api_key= Authorization: Bearer Cookie: eyJ :// -----BEGIN PRIVATE KEY----- sig= --token <password> %41 \\u0041 `

// Hostile returns messages made to be expensive, each of about n bytes, by what makes
// them so.
func Hostile(n int) map[string]string {
	return map[string]string{
		"all keywords dense":               answer(fill(strings.ReplaceAll(anchorsOfAllRules, `\\`, `\\`), n)),
		"all keywords without blanks":      answer(strings.ReplaceAll(fill(anchorsOfAllRules, n), " ", "")),
		"numbers under a password's name":  `{"jsonrpc":"2.0","id":7,"result":{"` + fill("x", 990) + `":{"password":[` + fill("1,", n/2*2) + `1]}}}`,
		"one long string":                  answer(fill("a", n)),
		"one long string of escapes":       answer(fill(`\u0041`, n/6*6)),
		"one long string of percent":       answer(fill("%41", n)),
		"base64 of text":                   answer(base64.StdEncoding.EncodeToString([]byte(fill("ordinary words of a file ", n*3/4)))),
		"base64 in base64 in base64":       answer(wrap(wrap(wrap(fill("words ", n/3))))),
		"begins of keys":                   answer(fill("-----BEGIN PRIVATE KEY-----", n)),
		"begins of tokens":                 answer(fill("eyJ", n)),
		"dots":                             answer(fill("eyJaaaaaaaa.", n)),
		"signs of URLs":                    answer(fill("://a:", n)),
		"assignments without end":          answer(fill(`password=\"`, n)),
		"assignments to nothing":           answer(fill("password: ", n)),
		"backslashes":                      answer(fill(`\\`, n/2*2)),
		"digits":                           answer(fill("4111 1111 ", n)),
		"capitals":                         answer(fill("DE89 ", n)),
		"zero bytes in base64":             answer(fill("AAAA", n)),
		"invisible":                        answer(fill("\u200b", n/3*3)),
		"colours":                          answer(fill(`\u001b[31m`, n/10*10)),
		"entities":                         answer(fill("&#112;&quot;", n/12*12)),
		"quoted-printable":                 answer(fill("=3D=70", n/6*6)),
		"hexadecimal":                      answer(fill("70617373 70617373776f72643d31323334353637383930313233343536 ", n)),
		"packed zeros, many times":         answer(fill(packedZeros+" ", n)),
		"begins of packed texts":           answer(fill("H4sIAAAAAAAA/w== ", n)),
		"bytes in an array":                `{"result":[` + strings.TrimSuffix(fill("112,97,115,115,119,111,114,100,61,", n/34*34), ",") + `]}`,
		"many arrays of bytes":             `{"result":[` + strings.TrimSuffix(fill("[112,97,115,115,119,111,114,100,61,49,50,51,52],", n/48*48), ",") + `]}`,
		"tags without end":                 answer(fill("<password a", n)),
		"tables":                           answer(fill("| password ", n)),
		"flags without values":             answer(fill("mysql -p", n)),
		"commands without values":          answer(fill("sshpass -p", n)),
		"a million members":                "{" + strings.TrimSuffix(manyMembers(n), ",") + "}",
		"many strings":                     `{"result":["` + strings.Join(strings.Split(fill("a", n/4), ""), `","`) + `"]}`,
		"arrays in arrays":                 strings.Repeat("[", 400) + strings.TrimSuffix(fill("1,", n/2*2), ",") + strings.Repeat("]", 400),
		"text that is no JSON":             fill("password is token: secret\n", n),
		"a thousand secrets in a row":      answer(fill("ghp_0123456789abcdefABCDEF0123456789abcd ", 41*1000)) + fill(" ", n),
		"more secrets than an event holds": answer(fill("ghp_0123456789abcdefABCDEF0123456789abcd ", n)),
	}
}

func wrap(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// packedZeros are a million of them in gzip and base64.
var packedZeros = func() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, 1<<20)) // a buffer takes everything
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}()

func manyMembers(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	return b.String()
}
