package secret

import (
	"bytes"
	"encoding/csv"
	"fmt"
)

// table reads one of the embedded tables: tab-separated columns under a line of their
// names, # before a comment. They are part of the program, so that a broken one is a
// programming error.
func table(data []byte, columns int) [][]string {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.Comment, r.LazyQuotes, r.FieldsPerRecord = '\t', '#', true, columns
	rows, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("reading an embedded table: %v", err))
	}
	return rows[1:]
}
