package pii_test

import (
	"testing"

	"github.com/mcptrail/mcptrail/collector/redact/pii"
)

func TestOnlyWhatChecksIsFound(t *testing.T) {
	all := pii.Finder{Card: true, IBAN: true, Email: true, Phone: true}
	for text, want := range map[string]string{
		"pay 4111 1111 1111 1111 now":           "card",
		"5555555555554444":                      "card",
		"378282246310005":                       "card",
		"4111-1111-1111-1111":                   "card",
		"4111 1111 1111 1112":                   "",
		"1234567812345670":                      "", // checks, but no issuer
		"0.4111111111111111":                    "",
		"x4111111111111111":                     "",
		"41111111111111111111":                  "",
		"1763836800123456789":                   "",
		"0000000000000000":                      "",
		"9f4111111111111111ab":                  "",
		"to DE89 3704 0044 0532 0130 00 please": "iban",
		"DE89370400440532013000":                "iban",
		"GB29NWBK60161331926819":                "iban",
		"DE88370400440532013000":                "",
		"XX89370400440532013000":                "",
		"mail joe.doe+x@example.co.uk now":      "email",
		"git@github":                            "",
		"pkg@1.2.3":                             "",
		"call +49 30 1234 5678":                 "phone",
		"a +1 b":                                "",
		"x+4930123456789":                       "",
	} {
		got := ""
		for _, s := range all.Find(nil, []byte(text)) {
			got += s.Kind
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
