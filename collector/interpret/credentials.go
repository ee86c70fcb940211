package interpret

import (
	"bytes"
	"regexp"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// form is application/x-www-form-urlencoded: names and values without anything that a
// JSON text would need. A cut may have halved its end.
var form = regexp.MustCompile(`^[\w.~%+*\[\]-]+=[^\s{}"<>=&]*(?:&[\w.~%+*\[\]-]+=[^\s{}"<>=&]*)*&?[\w.~%+*\[\]-]*\s*$`)

// formNames are parameters of OAuth (RFC 6749, 7009, 7662, 7523, 7636, 8628, 8693, 9126)
// and of pages on which people sign in. Forms without one are what a server makes of them.
var formNames = regexp.MustCompile(`(?i)(?:^|&)(?:grant_type|client_id|client_secret|client_assertion|code|code_verifier|token|access_token|refresh_token|` +
	`subject_token|actor_token|assertion|device_code|user_code|request|request_uri|response_type|state|username|user|email|login|password|passwd|pass|` +
	`otp|pin|secret|csrf\w*|_csrf|samlresponse|relaystate|id_token)=`)

// formElement begins what a person fills in on a page.
var formElement = regexp.MustCompile(`(?i)<(?:form|input)\b`)

// documentNames are members that only the JSON bodies of authorization servers have, in
// requests for a registration and in answers.
var documentNames = map[string]bool{"access_token": true, "refresh_token": true, "id_token": true, "client_secret": true, "client_assertion": true,
	"registration_access_token": true, "device_code": true, "code_verifier": true, "redirect_uris": true, "request_uri": true, "grant_type": true}

// obtainsCredentials reports whether a body that is no JSON-RPC serves to obtain
// credentials, by its content: nothing of it may be stored, wherever it passes.
func obtainsCredentials(contentType string, data []byte) bool {
	data = bytes.TrimSpace(data)
	if form.Match(data) {
		return mediaType(contentType) == "application/x-www-form-urlencoded" || formNames.Match(data)
	}
	if len(data) > 0 && data[0] == '<' {
		return formElement.Match(data)
	}
	if len(data) == 0 || data[0] != '{' {
		return false
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return false
		}
		if documentNames[name.String()] {
			return true
		}
		if dec.SkipValue() != nil {
			return false
		}
	}
	return false
}

// withholdCredentials has nothing stored of a body that serves to obtain credentials, and
// of what comes back for it.
func withholdCredentials(x *exchange, e *schema.Event) {
	if x.HTTP == nil {
		return
	}
	contentType := x.contentType
	if e.Direction == schema.ClientToServer {
		contentType = x.Headers.Get("Content-Type")
	}
	if x.credentials = x.credentials || obtainsCredentials(contentType, e.Payload); x.credentials {
		withhold(e, redact.WithheldCredentials)
	}
}

// withholdUnreadable has nothing stored of a body that is no JSON-RPC and is in an encoding
// that was not undone, so that nothing in it can be found, or serves to obtain credentials.
func withholdUnreadable(x *exchange, e *schema.Event, body message.Body) {
	if body.Encoded {
		withhold(e, redact.WithheldBinary)
		return
	}
	withholdCredentials(x, e)
}

// withhold has the journal store nothing of the body of a draft but its size and its
// commitment. It must be called after carry.
func withhold(e *schema.Event, reason string) {
	e.Flags |= schema.FlagWithheld
	e.Redactions = []schema.Redaction{{Rule: reason, Length: e.Size}}
}
