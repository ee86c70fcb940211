package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// passedOn returns the flags of recording that were given, by command line or environment,
// as a wrapped server's collector needs them: it runs with another environment and in
// another directory. What the configuration file holds it reads there itself.
//
// The password of Kafka is no flag, and so never gets into a client's file.
func passedOn(parsed *kong.Context) (flags []string, err error) {
	// true where it was on the command line, false where the configuration file has it,
	// which precedes a variable.
	given := map[*kong.Value]bool{}
	for _, p := range parsed.Path {
		if p.Flag != nil {
			given[p.Flag.Value] = !p.Resolved
		}
	}
	// These are the flags of all commands only: those of wrap itself mean nothing to stdio.
	for _, f := range parsed.Model.Flags {
		set, seen := given[f.Value]
		if !seen {
			set = slices.ContainsFunc(f.Envs, func(name string) bool { return os.Getenv(name) != "" })
		}
		if !set || f.Name == "help" || f.Name == "version" {
			continue
		}
		text, err := flagText(f, parsed)
		if err != nil {
			return nil, err
		}
		flags = append(flags, text)
	}
	return flags, nil
}

// flagText writes a flag as an argument, with absolute paths.
//
// Name and value are one word, so that a value that begins with a dash is not read as a
// flag; lists are joined by the comma that kong splits them at.
func flagText(f *kong.Flag, parsed *kong.Context) (string, error) {
	if f.IsBool() {
		return fmt.Sprintf("--%s=%v", f.Name, f.Target.Bool()), nil
	}
	var words []string
	if f.IsSlice() {
		for i := range f.Target.Len() {
			words = append(words, fmt.Sprint(f.Target.Index(i).Interface()))
		}
	} else {
		words = append(words, fmt.Sprint(reflect.Indirect(f.Target).Interface()))
	}
	for i, word := range words {
		// The placeholder is what marks a path, for people and here.
		if file := f.PlaceHolder == "FILE" || f.PlaceHolder == "DIR"; file && word != "" {
			absolute, err := filepath.Abs(word)
			if err != nil {
				return "", fmt.Errorf("finding --%s: %w", f.Name, err)
			}
			words[i] = absolute
		}
	}
	return "--" + f.Name + "=" + strings.Join(words, ","), nil
}
