package schema

// Actor is the one text by which two events are taken to be of the same actor: the
// principal, else the fingerprint of an opaque credential, else @ and the peer's address;
// empty where nothing is known.
//
// The columns "holder" of the tables keep that older name, since renaming a part of a
// sorting key means to write the table anew. Migration 0007_trails builds the same text
// in SQL: both change together or joins by actor miss.
func (p *Principal) Actor(peer string) string {
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
