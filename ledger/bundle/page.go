package bundle

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"
)

// WriteText writes the statement for a person who is no engineer.
func (s Statement) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Request %s in the network %s\n", s.Request, plain(s.Network))
	for i, side := range []Side{s.Asker, s.Asked} {
		fmt.Fprintf(&b, "  %-7s %s (%s, %s), a member since %s\n", []string{"asker", "asked"}[i], plain(side.Name), side.Agency, plain(side.Country), side.Admitted.Format(time.DateOnly))
	}
	for _, step := range s.Steps {
		fmt.Fprintf(&b, "  %s  entry %d: %s %s%s\n", step.At.Format(time.RFC3339), step.Index, step.Agency, plain(step.What), key(step))
	}
	fmt.Fprintf(&b, "Certified at %s or later by at least %d of %s.\n", s.Certified.UTC().Format(time.RFC3339), s.Quorum, strings.Join(s.Voters, ", "))
	fmt.Fprintf(&b, "These are the holders of the keys of the policy with the fingerprint\n  %s\nCompare it with what a member of the network says ('crosscase network policy'). A step that is not listed may have happened.\n", s.Fingerprint)
	_, err := io.WriteString(w, b.String())
	return err
}

// key says of a step that its author's key was replaced since.
func key(s Step) string {
	if s.Present {
		return ""
	}
	return " (signed with an earlier key of the agency, which the ledger's rules accepted then)"
}

// plain takes out of a text what could move a terminal's cursor or turn the reading
// direction.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

var page = template.Must(template.New("bundle").Funcs(template.FuncMap{
	"time": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }, "key": key,
}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Request {{.Request}}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body { font: 11pt/1.4 serif; margin: 2cm auto; max-width: 18cm } td { padding: .2em .6em; vertical-align: top } tr { border-bottom: 1px solid #ccc } table { border-collapse: collapse }</style>
</head><body>
<h1>Request {{.Request}}</h1>
<p>In the network {{.Network}}, <b>{{.Asker.Name}}</b> ({{.Asker.Agency}}, {{.Asker.Country}}) asked <b>{{.Asked.Name}}</b> ({{.Asked.Agency}}, {{.Asked.Country}}) for disclosure.
{{.Asker.Agency}} is a member since {{time .Asker.Admitted}}, {{.Asked.Agency}} since {{time .Asked.Admitted}}.</p>
<table>{{range .Steps}}<tr><td>{{time .At}}</td><td>entry {{.Index}}</td><td>{{.Agency}} {{.What}}{{key .}}</td></tr>
{{end}}</table>
<p>Each step is an entry in the ledger that the members keep together. Nobody can change, remove or insert an entry afterwards without the others noticing: at {{time .Certified}} or later,
at least {{.Quorum}} of {{range $i, $v := .Voters}}{{if $i}}, {{end}}{{$v}}{{end}} signed a number that depends on every byte of every entry.</p>
<p>Entries hold no name, number or text of the case: what was sent can be compared with the SHA-256 above. A step that is not listed may have happened.</p>
<p><b>This page proves nothing by itself.</b> Check the file that it came with: <code>crosscase-audit check FILE --policy '{{.Fingerprint}}'</code>,
after comparing this fingerprint of the signing keys with what a member of the network says.</p>
</body></html>
`))

// WriteHTML writes the statement as a page that prints and loads nothing.
func (s Statement) WriteHTML(w io.Writer) error {
	if err := page.Execute(w, s); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}
