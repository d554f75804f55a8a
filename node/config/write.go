package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"text/template"

	"github.com/crosscase/crosscase/ledger/durable"
)

// The settings file as init writes it: every key, with what it means.
var fileText = template.Must(template.New(FileName).Parse(`# Settings of a crosscase node. Read once, when the node starts.
# An unknown key is an error. Paths may be relative to this file's folder.

[agency]
id      = {{printf "%q" .Agency.ID}}   # public short name in the network; it cannot change later
name    = {{printf "%q" .Agency.Name}}
country = {{printf "%q" .Agency.Country}}   # ISO 3166, two letters
contact = {{printf "%q" .Agency.Contact}}   # single point of contact, shown to other members

[oversight]
# Public keys of the body that oversees this agency, as 'crosscase-audit keygen'
# wrote them. It alone reads the sealed justifications of your queries.
file = {{printf "%q" .Oversight.File}}

[listen]
# Where other members reach this node (libp2p multiaddrs). QUIC first, TCP as a fallback.
# Only members are let in; nothing is announced to anybody else.
addresses = [{{range $i, $a := .Listen.Addresses}}{{if $i}}, {{end}}{{printf "%q" $a}}{{end}}]
# What to tell members instead, where a router stands between.
announce  = [{{range $i, $a := .Listen.Announce}}{{if $i}}, {{end}}{{printf "%q" $a}}{{end}}]

[serve]
# Where the ledger can be read over HTTP, such as "0.0.0.0:8443"; empty: nowhere. Entries hold
# commitments, counts and what is sealed to oversight bodies.
address = {{printf "%q" .Serve.Address}}
readers = {{if .Serve.Readers}}{{printf "%q" .Serve.Readers}}{{else}}"members"{{end}}   # members: those and their oversight bodies, by their keys (mutual TLS); open: anybody
# For open readers: a certificate and its key (PEM). Without them it is plain HTTP, for a proxy on this machine.
certificate = {{printf "%q" .Serve.Certificate}}
key = {{printf "%q" .Serve.Key}}

[store]
# The key that encrypts everything here. Behind a passphrase, or a plain key file.
key = {{printf "%q" .Store.Key}}

[matching]
publish = {{printf "%q" .Matching.Publish}}   # auto: peers get tags of new items at once; manual: on 'crosscase publish'
answer_day = {{.Matching.AnswerDay}}     # elements that any one peer may ask of this node in a UTC day, below the agreed quota; 0 = as agreed
workers = {{.Matching.Workers}}        # processor cores for matching; 0 = all
retry   = {{printf "%q" .Matching.Retry.Duration.String}}     # first pause before an absent peer is tried again
remove_every = {{printf "%q" .Matching.RemoveEvery.Duration.String}} # grid of times at which the tags of withdrawn items leave the other agencies' copies: who has one learns that time and not the minute

[policy]
# Cedar rules that decide on disclosure requests. Empty: the built-in rules, which
# refuse whatever they do not name.
rules = {{printf "%q" .Policy.Rules}}

[lists]
# SHA-256 of the warning lists that this agency keeps besides those that are shipped;
# 'crosscase lists update FILE' shows what to add.
trusted = [{{range $i, $a := .Lists.Trusted}}{{if $i}}, {{end}}{{printf "%q" $a}}{{end}}]

[log]
level = {{printf "%q" .Log.Level}}   # debug, info, warn, error
`))

// Write writes a new settings file, with comments, into dir.
func Write(dir string, c Config) error {
	var text bytes.Buffer
	if err := fileText.Execute(&text, c); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if _, err := Parse(text.Bytes()); err != nil {
		return err
	}
	if err := durable.Create(filepath.Join(dir, FileName), text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}
