package corpus

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// Position is where in a conversation a credential stands, and how it is wrapped.
type Position struct {
	Name string
	// Encoded positions wrap the text.
	Encoded bool
	put     func(text, secret string) Case
}

// Case is one credential in one position.
type Case struct {
	Kind     Kind
	Position Position
	// Stderr says that Bodies are lines of standard error; else each is a message.
	Stderr bool
	Bodies [][]byte
	// traces are forms of the secret that must not be stored.
	traces []string
	// width is how many bytes each byte of the secret takes there; 0 is one.
	width int
}

// Leaks reports whether a part of the secret that helps anybody is in what was
// stored: twelve bytes in a row, or all of a shorter one.
func (c Case) Leaks(stored string) bool {
	for _, trace := range c.traces {
		n := min(12*max(1, c.width), len(trace))
		for i := 0; i+n <= len(trace); i++ {
			if strings.Contains(stored, trace[i:i+n]) {
				return true
			}
		}
	}
	return false
}

func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func inner(s string) string { q := quote(s); return q[1 : len(q)-1] }

// message is a tool's answer with one text.
func message(text string) []byte {
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":%s}],"isError":false}}`, quote(text))
}

func one(body []byte, traces ...string) Case { return Case{Bodies: [][]byte{body}, traces: traces} }

const prose = "I looked at the configuration of the service and found the following. "

// Positions returns all positions.
func Positions() []Position {
	return []Position{
		{"value", false, func(text, secret string) Case {
			return one(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"structuredContent":{"output":%s,"lines":1}}}`, quote(text)), inner(secret))
		}},
		{"key", false, func(text, secret string) Case {
			return one(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"structuredContent":{%s:{"seen":3}}}}`, quote(text)), inner(secret))
		}},
		{"inside text", false, func(text, secret string) Case {
			return one(message(prose+"\n"+text+"\nThat is all there is."), inner(secret))
		}},
		{"split", true, func(text, secret string) Case {
			cut := strings.Index(text, secret) + len(secret)/2
			half := len(secret) / 2
			return one(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":%s},{"type":"text","text":%s}]}}`,
				quote(prose+text[:cut]), quote(text[cut:])), inner(secret[:half]), inner(secret[half:]))
		}},
		{"escaped", true, func(text, secret string) Case {
			escape := func(s string) string {
				var b strings.Builder
				for _, r := range s {
					fmt.Fprintf(&b, `\u%04x`, r)
				}
				return b.String()
			}
			c := one(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"%s%s"}]}}`, inner(prose), escape(text)),
				escape(secret))
			c.width = len(`\u0000`)
			return c
		}},
		{"base64", true, func(text, secret string) Case {
			coded := base64.StdEncoding.EncodeToString([]byte(text))
			// The bytes of the secret that no other byte shares a group with.
			at := strings.Index(text, secret)
			return one(message("The file is "+coded+" as it came."), coded[(at+2)/3*4:(at+len(secret))/3*4])
		}},
		{"url", true, func(text, secret string) Case {
			return one(message(prose+"See https://api.example.com/v1/run?trace=1&data="+url.QueryEscape(text)+" for it."), url.QueryEscape(secret))
		}},
		{"percent", true, func(text, secret string) Case {
			all := func(s string) string {
				var b strings.Builder
				for i := range len(s) {
					fmt.Fprintf(&b, "%%%02X", s[i])
				}
				return b.String()
			}
			c := one(message(prose+all(text)), all(secret))
			c.width = len("%00")
			return c
		}},
		{"zero-width", true, func(text, secret string) Case {
			spread := func(s string) string { return strings.Join(strings.Split(s, ""), "\u200b") }
			c := one(message(prose+strings.Replace(text, secret, spread(secret), 1)), spread(inner(secret)))
			c.width = len("\u200b") + 1
			return c
		}},
		{"stderr", false, func(text, secret string) Case {
			c := Case{Stderr: true, traces: strings.Split(secret, "\n")}
			for line := range strings.SplitSeq("2026-11-22T10:00:00Z ERROR request failed: "+text, "\n") {
				c.Bodies = append(c.Bodies, []byte(line))
			}
			return c
		}},
		{"error data", false, func(text, secret string) Case {
			return one(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"upstream failed","data":{"detail":[%s]}}}`, quote(text)), inner(secret))
		}},
		{"header", false, func(text, secret string) Case {
			return one(message("> GET /v1/items HTTP/1.1\r\n> Host: api.example.com\r\n> X-Upstream: "+text+"\r\n> Accept: */*\r\n"), inner(secret))
		}},
		{"coloured", true, func(text, secret string) Case {
			half := len(secret) / 2
			cut := strings.Index(text, secret) + half
			return one(message("\x1b[1m"+prose+"\x1b[0m\x1b[32m"+text[:cut]+"\x1b[33m"+text[cut:]+"\x1b[0m"), inner(secret[:half]), inner(secret[half:]))
		}},
		{"page", true, func(text, secret string) Case {
			return one(message("<td>"+html.EscapeString(prose+text)+"</td>"), inner(html.EscapeString(secret)))
		}},
		{"packed", true, func(text, secret string) Case {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, _ = w.Write([]byte(text)) // a buffer takes everything
			_ = w.Close()
			coded := base64.StdEncoding.EncodeToString(b.Bytes())
			return one(message("data: "+coded), coded[16:])
		}},
	}
}
