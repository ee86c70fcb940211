package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mcptrail/mcptrail/schema"
	"golang.org/x/mod/sumdb/note"
)

// Key signs: a collector's identity, or one of its epochs.
// Nothing in it changes once it is made, so several goroutines may sign with one.
type Key struct {
	signer note.Signer
	// public is the verifier key, as of package note.
	public string
	// private is the encoded signer key. Only that of an identity may be kept, see
	// [Key.Private]; an epoch's ends with this value.
	private string
}

// NewKey makes a key. The name is for people: a collector's id, or an epoch's.
// The caller of an epoch's key drops it after the last seal and writes it nowhere.
func NewKey(name string) (*Key, error) {
	private, public, err := note.GenerateKey(rand.Reader, keyName(name))
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return &Key{signer: signer, public: public, private: private}, nil
}

// keyName is a name as package note takes it: without spaces and plus signs.
// A plus sign separates the parts of a verifier key, and a space the parts of a signature
// line (C2SP signed-note).
func keyName(name string) string {
	name = strings.ReplaceAll(url.PathEscape(name), "+", "%2B")
	if name == "" {
		return "unnamed"
	}
	return name
}

// ParseKey reads what [Key.Private] and [Key.Public] gave, a line each.
func ParseKey(text string) (*Key, error) {
	private, public, ok := strings.Cut(strings.TrimSpace(text), "\n")
	if !ok {
		return nil, errors.New("reading a key: want two lines, the private and the public key")
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, fmt.Errorf("reading the private key: %w", err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}
	// Two lines of different keys would sign what nobody who has the public one can verify.
	if verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return nil, errors.New("reading a key: the public key is not that of the private key")
	}
	return &Key{signer: signer, public: public, private: private}, nil
}

// Public is the key for whoever checks, one line of text.
func (k *Key) Public() string { return k.public }

// Private is the key for its owner, two lines of text; guard it.
func (k *Key) Private() string { return k.private + "\n" + k.public + "\n" }

// sign returns the signed note over a text.
func (k *Key) sign(text []byte) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: string(text)}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return signed, nil
}

// Sign signs a seal with an epoch's key.
// It refuses a seal that [Certificate.OpenSeal] would refuse: once published, a seal is
// evidence, and cannot be taken back.
func (k *Key) Sign(s *Seal) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("signing a seal: %w", err)
	}
	return k.sign(s.text())
}

// Certify signs a certificate with an identity.
func (k *Key) Certify(c *Certificate) ([]byte, error) { return k.sign(c.text()) }

// Hash of a signed note: what the next seal names as the one before it.
// It covers the signature line too, so one seal must have one encoding, see open.
func Hash(signed []byte) schema.Hash { return sha256.Sum256(signed) }

// Trusted are the identities whose word is taken.
// The map is only read once [Trust] has made it, so several goroutines may use one.
type Trusted struct{ keys map[string]note.Verifier }

// Trust reads public keys, one a line; empty lines and those that begin with # are
// passed over.
// One line that is no key refuses the whole list: a key that is left out for a typing error
// would turn up as a record that nobody sealed.
func Trust(text string) (*Trusted, error) {
	t := &Trusted{keys: map[string]note.Verifier{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("reading the public key %.60q: %w", line, err)
		}
		// The hash has 32 bits and only selects the key; a signature is checked with all of it.
		t.keys[fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())] = v
	}
	if len(t.keys) == 0 {
		return nil, errors.New("no public key to trust")
	}
	return t, nil
}

// Verifier implements note.Verifiers.
func (t *Trusted) Verifier(name string, hash uint32) (note.Verifier, error) {
	if v := t.keys[fmt.Sprintf("%s+%08x", name, hash)]; v != nil {
		return v, nil
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// ErrUntrusted says that nobody who is trusted signed a certificate. Give the key of
// its collector, or treat what it certifies as unproven.
var ErrUntrusted = errors.New("signed by no key that is trusted")

// ErrSignature says that a signature is not that of the key it names.
var ErrSignature = errors.New("the signature is not that of the text")

// open returns the text of a signed note that one of the verifiers signed. A note
// with other signatures besides, or in another form, is refused: it has one encoding.
// C2SP signed-note allows signatures by further keys, which a reader ignores. Here they are
// refused, since whoever added one would give the seal another [Hash], and break the chain
// of seals without touching what was signed.
func open(signed []byte, known note.Verifiers) (text []byte, err error) {
	if len(signed) > MaxNote {
		return nil, fmt.Errorf("a note of %d bytes, at most %d are allowed", len(signed), MaxNote)
	}
	n, err := note.Open(signed, known)
	var invalid *note.InvalidSignatureError
	var unverified *note.UnverifiedNoteError
	switch {
	case errors.As(err, &invalid):
		return nil, ErrSignature
	case errors.As(err, &unverified):
		return nil, ErrUntrusted
	case err != nil:
		return nil, err
	}
	// note.Open drops repeated signatures, so the count alone does not suffice: the comparison
	// of the bytes below refuses them.
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return nil, errText
	}
	sig := n.Sigs[0]
	again := fmt.Appendf(nil, "%s\n— %s %s\n", n.Text, sig.Name, canonical(sig.Base64))
	if !bytes.Equal(again, signed) {
		return nil, errText
	}
	return []byte(n.Text), nil
}

// canonical is base64 as an encoder writes it: a decoder takes other last letters too.
func canonical(text string) string {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(b)
}

// OpenCertificate checks a certificate against the identities that are trusted.
func (t *Trusted) OpenCertificate(signed []byte) (*Certificate, error) {
	// The text is parsed only after its signature was checked.
	text, err := open(signed, t)
	if err != nil {
		return nil, fmt.Errorf("checking a certificate: %w", err)
	}
	return parseCertificate(text)
}

// OpenSeal checks a seal against the key that a certificate names.
func (c *Certificate) OpenSeal(signed []byte) (*Seal, error) {
	key, err := note.NewVerifier(c.Key)
	if err != nil {
		return nil, fmt.Errorf("checking a seal: the certificate's key: %w", err)
	}
	text, err := open(signed, note.VerifierList(key))
	if err != nil {
		return nil, fmt.Errorf("checking a seal: %w", err)
	}
	s, err := parseSeal(text)
	if err != nil {
		return nil, err
	}
	// The key of one run must not vouch for the events of another collector, tenant or run.
	if s.Tenant != c.Tenant || s.CollectorID != c.CollectorID || s.Epoch != c.Epoch {
		return nil, errors.New("checking a seal: it is of another collector than its certificate")
	}
	return s, nil
}

// Read returns what a signed note says without checking who signed it, for where
// that is to be stored or shown.
func Read(signed []byte) (*Seal, error) {
	text, err := claimed(signed)
	if err != nil {
		return nil, err
	}
	return parseSeal(text)
}

// ReadCertificate is Read for a certificate.
func ReadCertificate(signed []byte) (*Certificate, error) {
	text, err := claimed(signed)
	if err != nil {
		return nil, err
	}
	return parseCertificate(text)
}

// claimed is the text of a note up to the last blank line, which is where note.Open splits
// it too: the text itself may have blank lines.
func claimed(signed []byte) ([]byte, error) {
	if len(signed) > MaxNote {
		return nil, fmt.Errorf("a note of %d bytes, at most %d are allowed", len(signed), MaxNote)
	}
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 {
		return nil, fmt.Errorf("reading a signed note: %w", errText)
	}
	return signed[:i+1], nil
}

// Signer is the name and hash of the key that a signed note says signed it, as in the
// first two parts of a public key; empty where it says nothing of the kind. It is
// for people: nothing is checked.
func Signer(signed []byte) string {
	line := bytes.TrimSuffix(signed[bytes.LastIndex(signed, []byte("\n\n"))+1:], []byte("\n"))
	part := strings.Split(strings.TrimPrefix(string(line), "\n"), " ")
	if len(part) != 3 || part[0] != "—" {
		return ""
	}
	sig, err := base64.StdEncoding.DecodeString(part[2])
	if err != nil || len(sig) < 4 {
		return ""
	}
	// The first four bytes of a signature are the hash of its key (C2SP signed-note).
	return fmt.Sprintf("%s+%x", part[1], sig[:4])
}
