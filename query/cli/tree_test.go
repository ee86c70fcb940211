package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query"
)

// TestATreeThatIsTooDeepSaysThatMoreLiesBelow nests requests as a hostile server may.
func TestATreeThatIsTooDeepSaysThatMoreLiesBelow(t *testing.T) {
	operations := make([]query.Operation, 3*maxDepth)
	for i := range operations {
		operations[i] = query.Operation{ID: fmt.Sprint(i), Seq: uint64(i), Method: "ping"}
		if i > 0 {
			operations[i].Parent = &operations[i-1].ID
		}
	}
	var out bytes.Buffer
	screen := NewScreen(&out, &out)
	printTree(screen, operations)
	if err := screen.Flush(); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\n"); lines >= len(operations) || !strings.Contains(out.String(), "more lies below") {
		t.Errorf("prints %d lines of %d:\n%s", lines, len(operations), &out)
	}
}
