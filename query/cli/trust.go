package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/mcptrail/mcptrail/schema/seal"
)

// TrustFlag says whose seals are believed.
// Keys never come from the service that is checked.
type TrustFlag struct {
	Trust string `env:"MCPTRAIL_TRUST" placeholder:"FILE" help:"Public keys of the collectors to trust, one a line; default is the key of this user's own collector."`
}

// trustError says that there is no key to trust.
type trustError struct{ error }

// read returns the keys and the file that they are from.
// Any error is bad input (exit status 3): no record was looked at.
func (f TrustFlag) read() (trusted *seal.Trusted, file string, err error) {
	file = f.Trust
	if file == "" {
		// The key of this user's own collector is the one that needs no exchange. For the record
		// of other machines somebody has to bring their keys by another way than the service.
		if file, err = seal.LocalKey(); err != nil {
			return nil, "", &trustError{fmt.Errorf("no keys to trust, give --trust FILE: %w", err)}
		}
	}
	trusted, err = seal.TrustFile(file)
	switch {
	case err == nil:
		return trusted, file, nil
	case f.Trust == "" && errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("no keys to trust, give --trust FILE; no collector of this user has left its key in %s", file)
	}
	return nil, file, &trustError{err}
}
