package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// results are what a run leaves as JSON.
type results struct {
	Machine  machine   `json:"machine"`
	Date     time.Time `json:"date"`
	Command  string    `json:"command"`
	Sections []report  `json:"sections"`
}

// report is what one section found.
type report struct {
	Name string `json:"name"`
	// Commands are what was run, with this run's ports and paths.
	Commands []string `json:"commands"`
	Rows     []row    `json:"rows"`
	Aims     []aim    `json:"aims,omitempty"`
	Notes    []string `json:"notes,omitempty"`
}

// row is what was measured of one subject.
type row struct {
	What    string   `json:"what"`
	Figures []figure `json:"figures"`
}

// figure is one number with its unit in its name: "requests/s", "p50 ms".
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// aim compares a figure with what we want of it.
type aim struct {
	What   string  `json:"what"`
	Want   float64 `json:"want"`
	Got    float64 `json:"got"`
	AtMost bool    `json:"at_most"`
	Met    bool    `json:"met"`
}

func atLeast(what string, want, got float64) aim {
	return aim{What: what, Want: want, Got: got, Met: got >= want}
}

func atMost(what string, want, got float64) aim {
	return aim{What: what, Want: want, Got: got, AtMost: true, Met: got <= want}
}

// print writes the report for people. A head line stands before each run of rows
// that have the same figures.
func (r report) print(to io.Writer) {
	fmt.Fprintf(to, "\n== %s\n", r.Name)
	for _, c := range r.Commands {
		fmt.Fprintf(to, "$ %s\n", c)
	}
	w := tabwriter.NewWriter(to, 0, 0, 3, ' ', tabwriter.AlignRight)
	head := ""
	for _, row := range r.Rows {
		names, values := "\t", row.What+"\t"
		for _, f := range row.Figures {
			names += f.Name + "\t"
			values += number(f.Value) + "\t"
		}
		if names != head {
			fmt.Fprintln(w, names)
			head = names
		}
		fmt.Fprintln(w, values)
	}
	w.Flush()
	for _, a := range r.Aims {
		verdict, bound := "MISSED", "at least"
		if a.Met {
			verdict = "met"
		}
		if a.AtMost {
			bound = "at most"
		}
		fmt.Fprintf(to, "aim %s: %s is %s, want %s %s\n", verdict, a.What, number(a.Got), bound, number(a.Want))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(to, "note: %s\n", n)
	}
}

// number shows three digits that matter.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func (r results) write(file string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	fmt.Printf("\nresults: %s\n", file)
	return nil
}

// machine is where the run took place.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	// Load is the system's load before the run: others at work make figures worse.
	Load string `json:"load"`
}

func thisMachine() machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version()}
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); m.CPU == "" && lines.Scan(); {
			if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
			}
		}
	}
	if kernel, err := exec.Command("uname", "-sr").Output(); err == nil {
		m.Kernel = strings.TrimSpace(string(kernel))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	}
	return m
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s, %s, load %s", m.CPU, m.Cores, m.Kernel, m.Go, m.Load)
}
