package readers

import (
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/schema/charset"
)

// trick is one way to write a call that readers may differ about.
type trick struct {
	name string
	// text of a call with that text for its argument, and with that id.
	text func(text string, id int) string
	// contentType over HTTP; empty for application/json.
	contentType string
	// only is "http" or "stdio"; empty for both.
	only string
}

// call is a tools/call. meta is JSON for a member of its _meta, and more for members of
// its params.
func call(text string, id int, meta, more string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"mark","arguments":{"text":%q},"_meta":{"v":%s}%s}}`, id, text, meta, more)
}

const notification = `{"jsonrpc":"2.0","method":"notifications/initialized"}`

// plain, with one text replaced by another.
func replaced(old, new string) func(string, int) string {
	return func(text string, id int) string { return strings.Replace(call(text, id, "1", ""), old, new, 1) }
}

func meta(value string) func(string, int) string {
	return func(text string, id int) string { return call(text, id, value, "") }
}

func around(before, after string) func(string, int) string {
	return func(text string, id int) string { return before + call(text, id, "1", "") + after }
}

func encoded(name, mark string) func(string, int) string {
	return func(text string, id int) string {
		raw, known := charset.Encode(name, []byte(mark+call(text, id, "1", "")))
		if !known {
			panic("no charset " + name)
		}
		return string(raw)
	}
}

func sevenBit(old string) func(string, int) string {
	return func(text string, id int) string {
		var out strings.Builder
		for _, r := range old {
			fmt.Fprint(&out, sevenBits[r])
		}
		return strings.ReplaceAll(call(text, id, "1", ""), old, out.String())
	}
}

// sevenBits are characters in UTF-7.
var sevenBits = map[rune]string{'"': "+ACI-", '{': "+AHs-", '/': "+AC8-"}

const mark = "\ufeff"

// tricks by what they try.
var tricks = []trick{
	{name: "as it should be", text: meta("1")},

	// Charsets.
	{name: "UTF-8 with a mark", text: encoded("", mark)},
	{name: "UTF-16LE with a mark", text: encoded("utf-16le", mark)},
	{name: "UTF-16BE with a mark", text: encoded("utf-16be", mark)},
	{name: "UTF-32LE with a mark", text: encoded("utf-32le", mark)},
	{name: "UTF-32BE with a mark", text: encoded("utf-32be", mark)},
	{name: "UTF-16LE", text: encoded("utf-16le", "")},
	{name: "UTF-16BE", text: encoded("utf-16be", "")},
	{name: "UTF-32LE", text: encoded("utf-32le", "")},
	{name: "UTF-32BE", text: encoded("utf-32be", "")},
	{name: "UTF-16LE, declared", text: encoded("utf-16le", ""), contentType: "application/json; charset=utf-16le", only: "http"},
	{name: "UTF-16BE, declared", text: encoded("utf-16be", ""), contentType: "application/json; charset=utf-16be", only: "http"},
	{name: "UTF-16BE, declared as UTF-16", text: encoded("utf-16be", ""), contentType: "application/json; charset=utf-16", only: "http"},
	{name: "UTF-32LE, declared", text: encoded("utf-32le", ""), contentType: "application/json; charset=UTF-32LE", only: "http"},
	{name: "UTF-32BE, declared as UTF-32", text: encoded("utf-32be", ""), contentType: "application/json; charset=utf-32", only: "http"},
	{name: "UTF-7 for quotes", text: sevenBit(`"`), contentType: "application/json; charset=utf-7", only: "http"},
	{name: "UTF-7 for braces", text: sevenBit(`{`), contentType: `application/json; charset="UTF-7"`, only: "http"},
	{name: "UTF-7 for the method only", text: replaced("tools/call", "tools+AC8-call"), contentType: "application/json; charset=utf-7", only: "http"},
	{name: "UTF-7 under another spelling", text: sevenBit(`"`), contentType: "application/json; charset=utf-7-", only: "http"},
	{name: "UTF-7 of IMAP", text: func(text string, id int) string {
		return strings.ReplaceAll(sevenBit(`"`)(text, id), "+AC", "&AC")
	}, contentType: "application/json; charset=utf-7-imap", only: "http"},
	{name: "UTF-8, declared as UTF-16LE", text: meta("1"), contentType: "application/json; charset=utf-16le", only: "http"},
	{name: "UTF-8, declared as Latin 1", text: meta("1"), contentType: "application/json; charset=iso-8859-1", only: "http"},
	{name: "UTF-8, declared as what there is not", text: meta("1"), contentType: "application/json; charset=no-such-thing", only: "http"},
	{name: "EBCDIC, declared", text: encoded("ibm037", ""), contentType: "application/json; charset=ibm037", only: "http"},

	// Content types.
	{name: "no content type", text: meta("1"), contentType: "-", only: "http"},
	{name: "typed as plain text", text: meta("1"), contentType: "text/plain", only: "http"},
	{name: "typed as an event stream", text: meta("1"), contentType: "text/event-stream", only: "http"},
	{name: "typed as a form", text: meta("1"), contentType: "application/x-www-form-urlencoded", only: "http"},
	{name: "typed with rubbish behind it", text: meta("1"), contentType: "application/json; charset=utf-8; =", only: "http"},

	// What is no JSON.
	{name: "NaN", text: meta("NaN")},
	{name: "Infinity", text: meta("Infinity")},
	{name: "-Infinity", text: meta("-Infinity")},
	{name: "a number that no float holds", text: meta("1e999")},
	{name: "a number with a leading zero", text: meta("01")},
	{name: "a number with a plus", text: meta("+1")},
	{name: "a hexadecimal number", text: meta("0x1")},
	{name: "a tab in a string", text: meta("\"a\tb\"")},
	{name: "a zero byte in a string", text: meta("\"a\x00b\"")},
	{name: "an escape that is none", text: meta(`"\x41"`)},
	{name: "half a surrogate pair", text: meta(`"\ud800"`)},
	{name: "bytes that are no UTF-8", text: meta("\"\xff\xfe\"")},
	{name: "an overlong form of UTF-8", text: replaced("tools/call", "tools\xc0\xafcall")},
	{name: "a comma at the end", text: replaced(`"v":1`, `"v":1,`)},
	{name: "a comment", text: replaced(`"v":1`, `"v":/* 1 */1`)},
	{name: "names without quotes", text: replaced(`"v"`, `v`)},
	{name: "single quotes", text: meta("'a'")},
	{name: "twelve thousand levels", text: meta(strings.Repeat("[", 12_000) + strings.Repeat("]", 12_000))},
	{name: "nine hundred levels", text: meta(strings.Repeat("[", 900) + strings.Repeat("]", 900))},

	// Around the value.
	{name: "rubbish behind", text: around("", " rubbish")},
	{name: "a brace behind", text: around("", "}")},
	{name: "a zero byte behind", text: around("", "\x00")},
	{name: "a notification behind", text: around("", notification)},
	{name: "a notification before", text: around(notification, "")},
	{name: "a notification before, a space between", text: around(notification+" ", "")},
	{name: "a call behind a notification and a comma", text: around(notification+",", "")},
	{name: "a no-break space before", text: around("\u00a0", "")},
	{name: "a form feed before", text: around("\f", "")},
	{name: "a record separator before", text: around("\x1e", "")},
	{name: "rubbish before", text: around("rubbish ", "")},

	// Batches.
	{name: "a batch of one", text: around("[", "]")},
	{name: "a batch of a notification and a call", text: around("["+notification+",", "]")},
	{name: "a batch of 1,001", text: around("["+strings.Repeat(notification+",", 1_000), "]")},
	{name: "a batch of 100 and NaN", text: func(text string, id int) string {
		return "[" + strings.Repeat(notification+",", 99) + call(text, id, "NaN", "") + "]"
	}},
	{name: "a batch in a batch", text: around("[[", "]]")},

	// Members.
	{name: "an escaped name", text: replaced(`"method"`, `"\u006dethod"`)},
	{name: "Method", text: replaced(`"method"`, `"Method"`)},
	{name: "METHOD behind another method", text: replaced(`"method":"tools/call"`, `"method":"ping","METHOD":"tools/call"`)},
	{name: "method behind another METHOD", text: replaced(`"method":"tools/call"`, `"METHOD":"ping","method":"tools/call"`)},
	{name: "another METHOD behind", text: replaced(`"method":"tools/call"`, `"method":"tools/call","METHOD":"ping"`)},
	{name: "two methods, the call last", text: replaced(`"method":"tools/call"`, `"method":"ping","method":"tools/call"`)},
	{name: "two methods, the call first", text: replaced(`"method":"tools/call"`, `"method":"tools/call","method":"ping"`)},
	{name: "a notification's method, then the call", text: replaced(`"method":"tools/call"`, `"method":"notifications/initialized","method":"tools/call"`)},
	{name: "Params", text: replaced(`"params"`, `"Params"`)},
	{name: "params with a long s", text: replaced(`"params"`, `"paramſ"`)},
	{name: "Params behind other params", text: replaced(`"params"`, `"params":{"name":"other","arguments":{}},"Params"`)},
	{name: "two params, the call's last", text: replaced(`"params"`, `"params":{"name":"other","arguments":{}},"params"`)},
	{name: "Name", text: replaced(`"name"`, `"Name"`)},
	{name: "Name behind another name", text: replaced(`"name":"mark"`, `"name":"other","Name":"mark"`)},
	{name: "two names, the call's last", text: replaced(`"name":"mark"`, `"name":"other","name":"mark"`)},
	{name: "Arguments", text: replaced(`"arguments"`, `"Arguments"`)},
	{name: "a result beside the method", text: replaced(`"method"`, `"result":{},"method"`)},
	{name: "an error beside the method", text: replaced(`"method"`, `"error":{"code":1,"message":"x"},"method"`)},
	{name: "no jsonrpc", text: replaced(`"jsonrpc":"2.0",`, ``)},
	{name: "no id", text: func(text string, _ int) string {
		return strings.Replace(call(text, 0, "1", ""), `"id":0,`, "", 1)
	}},
	{name: "the id null", text: func(text string, _ int) string {
		return strings.Replace(call(text, 0, "1", ""), `"id":0`, `"id":null`, 1)
	}},
	{name: "the id an object", text: func(text string, _ int) string {
		return strings.Replace(call(text, 0, "1", ""), `"id":0`, `"id":{}`, 1)
	}},
	{name: "the id true", text: func(text string, _ int) string {
		return strings.Replace(call(text, 0, "1", ""), `"id":0`, `"id":true`, 1)
	}},
	{name: "the id 1.5", text: func(text string, _ int) string {
		return strings.Replace(call(text, 0, "1", ""), `"id":0`, `"id":1.5`, 1)
	}},

	// The ends of lines.
	{name: "CR inside of a notification", text: func(text string, id int) string {
		return `{"jsonrpc":"2.0","method":"notifications/initialized","params":{"_meta":{"v":` + "\r" + call(text, id, "1", "") + "\r}}}"
	}, only: "stdio"},
	{name: "CR between two messages", text: around(notification+"\r", ""), only: "stdio"},
	{name: "CR behind rubbish", text: around("rubbish\r", ""), only: "stdio"},
	{name: "CR as white space", text: replaced(`"params"`, "\r\"params\""), only: "stdio"},
	{name: "CR in UTF-8 and CR in front", text: around("\r\r", "\r"), only: "stdio"},
	{name: "LF as white space", text: replaced(`"params"`, "\n\"params\""), only: "stdio"},
	{name: "LF after each member", text: func(text string, id int) string {
		return strings.ReplaceAll(call(text, id, "1", ""), `,"`, ",\n\"")
	}, only: "stdio"},
	{name: "LF in a batch", text: around("[\n"+notification+",\n", "\n]"), only: "stdio"},
	{name: "two messages in a line", text: around(notification, ""), only: "stdio"},
	{name: "CRLF", text: around("", "\r"), only: "stdio"},
	{name: "a line separator of Unicode", text: around(notification+"\u2028", ""), only: "stdio"},
	{name: "a next line of Latin 1", text: around(notification+"\u0085", ""), only: "stdio"},
	{name: "a form feed between", text: around(notification+"\f", ""), only: "stdio"},
}
