package completion

import (
	"fmt"
	"strings"
)

// bash prints a function for `complete -F`. Where it offers nothing, bash offers files.
//
// The script finds the command by walking the words before the cursor through steps,
// passing over flags and their values, and offers what the node there has. Texts stand in
// single quotes; [sentence] keeps quotes out of them.
func bash(p program) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for %[1]s
%[2]s() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" at='' word i commands='' flags='' values=''
  COMPREPLY=()
  # bash makes three words of --flag=value.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in
      --) return ;;
      %[3]s) [[ ${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)); continue ;;
      -* | =) continue ;;
    esac
    case "$at $word" in
%[4]s    esac
  done
  case "$at" in
`, p.name, p.function, pattern(p.valued()), p.steps())
	for _, n := range p.nodes {
		var commands, flags []string
		for _, c := range n.commands {
			commands = append(commands, c.name)
		}
		for _, f := range n.flags {
			flags = append(flags, f.typed()...)
		}
		// Help texts are left out: compgen offers words alone.
		fmt.Fprintf(&b, "    '%s')\n      commands='%s' flags='%s'\n      case \"$prev\" in\n", n.at(), strings.Join(commands, " "), strings.Join(flags, " "))
		for _, f := range n.flags {
			if len(f.values) > 0 {
				fmt.Fprintf(&b, "        %s) values='%s' ;;\n", pattern(f.typed()), strings.Join(f.values, " "))
			}
		}
		b.WriteString("      esac ;;\n")
	}
	fmt.Fprintf(&b, `  esac
  case "$prev" in
    %[3]s) commands="$values" flags="$values" ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
  fi
}
complete -o default -F %[2]s %[1]s
`, p.name, p.function, pattern(p.valued()))
	return b.String()
}

// pattern matches any of the words in a case statement; nothing where there is none.
// An empty pattern would be a syntax error; one of two quotes matches the empty word only.
func pattern(words []string) string {
	if len(words) == 0 {
		return "''"
	}
	return strings.Join(words, " | ")
}
