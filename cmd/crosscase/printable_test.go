package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// What another agency wrote does not steer the officer's terminal.
func TestPrintedTextSteersNoTerminal(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out}
	hostile := "call \x1b]52;c;cm0gLXJm\x07 now\r\u202e\u009b2J"
	if err := a.print(nil, func(w io.Writer) { _, _ = io.WriteString(w, "note\t"+hostile+" é 電\n") }); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\x07\r\u202e\u009b") || !strings.Contains(got, " é 電\n") || !strings.HasPrefix(got, "note\t") {
		t.Errorf("%q", got)
	}
}
