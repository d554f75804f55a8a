package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
)

func (a *app) networkRotate() *cobra.Command {
	var keys []string
	var all bool
	var oversight string
	c := &cobra.Command{
		Use: "rotate", Short: "Change keys of this agency, one by one or all after a theft",
		Long: "Draws new keys and logs the record that names them, signed with the key before. What was sealed to the old keys still opens.\n\n" +
			"  match       makes tags and answers. The others' nodes follow by themselves with keys of the same new epoch; until the last has,\n" +
			"              this agency is asked nothing and answers nothing. Then all publish anew; questions under way end as not asked,\n" +
			"              and are to be asked again. Requests and disclosures go on.\n" +
			"  audit       blinds questions; those under way keep the key before\n" +
			"  disclosure  opens what others seal to this agency\n" +
			"  agency      signs entries and messages\n" +
			"  node        identity of the node among its peers; all members must be connected\n" +
			"  log         signs checkpoints, and cosigns\n" +
			"  oversight   the oversight body's keys, from the file of its new public ones\n" +
			"  addresses   not a key: where members reach the node, from its settings\n\n" +
			"--all changes the keys that lie in the node's folder, from match to log. The store key, under which they lie, does not change: where " +
			"it is stolen, see .github/SECURITY.md. An officer's key changes with 'officer keygen', 'officer add' and 'officer remove'.",
		Example: "  crosscase network rotate --key disclosure\n  crosscase network rotate --all\n" +
			"  crosscase network rotate --key oversight --oversight oversight-2027.key.pub",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var p api.NetworkRotateRequest
			for _, k := range keys {
				p.Keys = append(p.Keys, api.KeyName(k))
			}
			if all {
				p.Keys = append(p.Keys, api.KeysOfNode()...)
			}
			if oversight != "" {
				text, err := os.ReadFile(oversight)
				if err != nil {
					return fmt.Errorf("oversight body: %w", err)
				}
				p.Oversight = string(text)
				p.Keys = append(p.Keys, api.KeyOversight)
			}
			slices.Sort(p.Keys)
			p.Keys = slices.Compact(p.Keys)
			if len(p.Keys) == 0 {
				return api.Errorf(api.Invalid, "name one with --key, or all with --all", "no key is named")
			}
			r, err := call(cmd.Context(), a, api.NetworkRotate, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeRotation(w, r) })
		},
	}
	c.Flags().StringSliceVar(&keys, "key", nil, "what to change: "+keyNames()+"; may be given several times")
	c.Flags().BoolVar(&all, "all", false, "change every key of this node")
	c.Flags().StringVar(&oversight, "oversight", "", "public keys of the oversight body, from the file beside its new key")
	return c
}

func keyNames() string {
	var out []string
	for _, k := range api.KeyNames() {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

func writeRotation(w io.Writer, r api.RotationView) {
	for _, k := range r.Rotated {
		fmt.Fprintf(w, "changed  %s\n", k)
	}
	fmt.Fprintf(w, "  own fingerprint now  %s\n", r.Fingerprint)
	if len(r.Behind) > 0 {
		fmt.Fprintf(w, "Matching goes on in epoch %d once these have followed, which their nodes do by themselves: %s\n", r.Epoch, names(r.Behind))
	}
	if slices.Contains(r.Rotated, api.KeyMatch) {
		fmt.Fprintf(w, "next: once 'crosscase status' shows epoch %d, ask again what is to be found in what others publish later: 'crosscase ask --case ...'\n", r.Epoch)
	}
	if len(r.Away) > 0 {
		fmt.Fprintf(w, "The node key is NOT changed: %s would not know the node any more, and cannot be told while away.\nnext: run 'crosscase network rotate --key node' when 'crosscase network members' shows all connected\n", names(r.Away))
	}
}
