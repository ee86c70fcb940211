package schema

// Holder is who carried a key or was shown something, in one text: the principal,
// else the fingerprint of an opaque credential, else @ and the peer's address; empty
// where nothing is known. The migration 0007_trails says the same in SQL.
func (p *Principal) Holder(peer string) string {
	switch {
	case p.Issuer != "" || p.Subject != "" || p.ClientID != "":
		return p.Issuer + "|" + p.Subject + "|" + p.ClientID
	case p.Fingerprint != "":
		return p.Fingerprint
	case peer != "":
		return "@" + peer
	}
	return ""
}
