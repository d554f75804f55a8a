// Command crosscase is the one program that an agency installs: the node, and
// the commands of its operators and investigators.
//
// Every command that touches a node is signed with the key of the officer who
// gives it and goes through the node's local socket; the program holds no rights
// of its own. Foreign files are parsed here, in the officer's process, and never
// in the node that holds the keys.
//
// It exits with 0 when the thing was done, 1 when it was refused or nothing was
// found, and 2 when the command was wrong or something failed. With --json it
// prints one JSON value on stdout, or one a line where there are many.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(Main())
}

// Main runs the program and gives its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:])
}
