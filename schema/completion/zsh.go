package completion

import (
	"fmt"
	"strings"
)

// zsh prints a function that works both from a file in fpath and when it is sourced.
// In fpath the file is the body of the function and must call it; sourced, it registers the
// function instead: the last line decides by the function stack.
func zsh(p program) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#compdef %[1]s
%[2]s() {
  local at='' word i before=$words[CURRENT-1]
  local -a commands flags values
  if [[ $PREFIX == --*=* ]]; then
    before=${PREFIX%%%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case $word in
      --) _files; return ;;
      %[3]s) ((i++)); continue ;;
      -*) continue ;;
    esac
    case "$at $word" in
%[4]s    esac
  done
  case $at in
`, p.name, p.function, pattern(p.valued()), p.steps())
	for _, n := range p.nodes {
		fmt.Fprintf(&b, "    '%s')\n      commands=(", n.at())
		for _, c := range n.commands {
			fmt.Fprintf(&b, "'%s:%s' ", c.name, zshText(c.help))
		}
		b.WriteString(")\n      flags=(")
		for _, f := range n.flags {
			for _, name := range f.typed() {
				fmt.Fprintf(&b, "'%s:%s' ", name, zshText(f.help))
			}
		}
		b.WriteString(")\n      case $before in\n")
		for _, f := range n.flags {
			if len(f.values) > 0 {
				fmt.Fprintf(&b, "        %s) values=(%s) ;;\n", pattern(f.typed()), strings.Join(f.values, " "))
			}
		}
		b.WriteString("      esac ;;\n")
	}
	fmt.Fprintf(&b, `  esac
  case $before in
    %[3]s)
      if (($#values)); then compadd -a values; else _files; fi
      return ;;
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o flag flags
  elif (($#commands)); then
    _describe command commands
  else
    _files
  fi
}
if [[ $funcstack[1] == %[2]s ]]; then %[2]s "$@"; else compdef %[2]s %[1]s; fi
`, p.name, p.function, pattern(p.valued()))
	return b.String()
}

// zshText is a description in a list of name:description.
func zshText(s string) string { return strings.ReplaceAll(s, ":", `\:`) }
