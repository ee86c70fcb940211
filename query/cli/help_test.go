package cli

import (
	"strings"
	"testing"
)

// kong trims a help text, which moves a first line that is indented out of its block.
func TestHelpBeginsWithASentence(t *testing.T) {
	for name, help := range map[string]string{
		"sessions": (Sessions{}).Help(), "show": (Show{}).Help(), "events": (Events{}).Help(),
		"search": (Search{}).Help(), "tail": (Tail{}).Help(),
	} {
		if strings.HasPrefix(help, " ") {
			t.Errorf("%s: the help begins with an example", name)
		}
	}
}
