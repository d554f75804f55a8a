// Package sample holds the evidence of three fictional agencies, embedded: what
// crosscase demo takes in. Wallet addresses are from the officially published
// list of sanctioned addresses; everything else is made up, phone numbers only
// from ranges that the regulators reserve for fiction. SOURCES.md beside the
// files names each source and licence; the test beside them makes them anew.
package sample

import (
	"embed"
	"io/fs"
)

//go:embed nl fr gb
var files embed.FS

// Agency returns the files of one agency: "nl", "fr" or "gb".
func Agency(name string) (fs.FS, error) { return fs.Sub(files, name) }
