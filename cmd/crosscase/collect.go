package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
	"github.com/crosscase/crosscase/policy/sharing"
)

// hints are the flags that say what the surroundings of a value are.
type hints struct {
	kind, region, platform, chain string
	lists                         []string
}

// flags adds the flags; from says where a region comes from that is not given.
func (h *hints) flags(c *cobra.Command, from string) {
	f := c.Flags()
	f.StringVar(&h.kind, "kind", "", "kind of the values (default: guessed)")
	f.StringVar(&h.region, "region", "", "country of phone numbers that state none, such as NL (default: "+from+")")
	f.StringVar(&h.platform, "platform", "", "platform of handles, such as telegram")
	f.StringVar(&h.chain, "chain", "", "chain of wallets, such as bitcoin")
	f.StringSliceVar(&h.lists, "warning-lists", warninglist.Shipped(), "values on these lists are stored and never matched; exercises with fictional numbers leave reserved-numbers out")
}

// items reads values that a person typed, and says what was assumed. Where one is
// a national number and no --region was given, region says where it is from.
func (a *app) items(values []string, h hints, region func() (string, error), visibility casework.Visibility, at time.Time) ([]casework.Evidence, error) {
	lists, err := a.warningLists(h.lists)
	if err != nil {
		return nil, err
	}
	items, err := evidence.Typed(values, evidence.Hint{
		Kind: h.kind, Region: h.region, Platform: h.platform, Chain: h.chain, Warning: lists, RegionOf: region, Visibility: visibility, Seen: at,
	})
	if err != nil || a.json {
		return items, err
	}
	for _, it := range items {
		fmt.Fprintf(a.err, "%s %s", it.Identifier.Kind(), it.Identifier.Reveal())
		if assumed := it.Provenance.Assumed; len(assumed) > 0 {
			fmt.Fprintf(a.err, "  (assumed: %s)", strings.Join(assumed, "; "))
		}
		for _, key := range it.Keys {
			fmt.Fprintf(a.err, "  (matched as %s, too)", key.Reveal())
		}
		if it.WhyNot != "" {
			fmt.Fprintf(a.err, "  (not matched: %s)", it.WhyNot)
		}
		fmt.Fprintln(a.err)
	}
	return items, nil
}

// regionOf returns the country that a case says its national numbers are from.
func (a *app) regionOf(ctx context.Context, caseRef string) func() (string, error) {
	return func() (string, error) {
		shown, err := call(ctx, a, api.CaseShow, api.CaseShowRequest{Case: caseRef})
		return shown.Case.Region, err
	}
}

// ownCountry returns the agency's country.
func (a *app) ownCountry() (string, error) {
	cfg, err := config.Load(a.dir)
	return cfg.Agency.Country, err
}

// visibility reads --visibility.
func visibility(text string) (casework.Visibility, error) {
	switch text {
	case "shared":
		return casework.Shared, nil
	case "silent":
		return casework.Silent, nil
	case "local":
		return casework.Local, nil
	}
	return casework.Local, api.Errorf(api.Invalid, "", "--visibility is shared, silent or local, not %q", text)
}

func (a *app) addCommand() *cobra.Command {
	var h hints
	var visible string
	c := &cobra.Command{
		Use: "add CASE VALUE...", Short: "Add identifiers to a case; the kind is guessed, the form shown",
		Example: "  crosscase add NL-2026-0417 '+44 7700 900145' telegram:transit_broker\n  crosscase add NL-2026-0417 07700900145 --region GB",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := visibility(visible)
			if err != nil {
				return err
			}
			now := time.Now().UTC()
			items, err := a.items(args[1:], h, a.regionOf(cmd.Context(), args[0]), v, now)
			if err != nil {
				return err
			}
			p := api.ItemsAddRequest{Case: args[0], Normaliser: identify.NormaliserVersion, Source: evidence.Source(now), Items: api.Gather(items)}
			r, err := call(cmd.Context(), a, api.ItemsAdd, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%d added, %d known before.\nnext: ask the others with 'crosscase ask --case %s'\n", r.NewItems, len(items)-r.NewItems, args[0])
			})
		},
	}
	h.flags(c, "the case's")
	c.Flags().StringVar(&visible, "visibility", "shared", "shared (published as tags, and asked), silent (asked only) or local (never leaves)")
	return c
}

func (a *app) searchCommand() *cobra.Command {
	var h hints
	c := &cobra.Command{
		Use: "search VALUE", Short: "Look an identifier up in the own store; asks nobody else",
		Example: "  crosscase search '+44 7700 900145'", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := a.find(cmd.Context(), args[0], h)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeFound(w, r) })
		},
	}
	h.flags(c, "the agency's")
	return c
}

// find looks a value that a person typed up in the own store, in each form that it has.
func (a *app) find(ctx context.Context, value string, h hints) (r api.ItemView, err error) {
	items, err := a.items([]string{value}, h, a.ownCountry, casework.Local, time.Time{})
	if err != nil {
		return r, err
	}
	for _, form := range append([]casework.Identifier{items[0].Identifier}, items[0].Keys...) { // another form if nobody has the first
		if r, err = call(ctx, a, api.Search, api.SearchRequest{Kind: form.Kind(), Value: form.Reveal()}); err == nil {
			return r, nil
		}
	}
	return r, err
}

func writeFound(w io.Writer, r api.ItemView) {
	fmt.Fprintf(w, "%s %s", r.Kind, r.Value)
	if r.WhyNot != "" {
		var terms []*casework.Terms
		for _, o := range r.Occurrences {
			terms = append(terms, o.Where.Provenance.Terms)
		}
		fmt.Fprintf(w, "  (kept out of matching: %s; %s)", r.WhyNot, dossier.OneLine(sharing.Why(r.WhyNot, terms...)))
	}
	fmt.Fprintln(w)
	for _, o := range r.Occurrences {
		fmt.Fprintf(w, "  case %s  %s %s  handling %s, grading %s, category %s\n", o.CaseRef, o.Where.Provenance.Source, o.Where.Provenance.Record,
			o.Where.Handling, o.Where.Grading, o.Where.Category.Or())
		for _, c := range o.Where.Provenance.Context {
			fmt.Fprintf(w, "    the source says: %s\n", dossier.OneLine(c))
		}
		if words := o.Where.Handling.Text; words != "" {
			fmt.Fprintf(w, "    under the restriction: %s\n", dossier.OneLine(words))
		}
		if by := o.Where.Withdrawn; by != nil {
			fmt.Fprintf(w, "    withdrawn %s: %s\n", by.At.Format("2006-01-02 15:04"), dossier.OneLine(by.Reason))
		}
	}
	writeAnswers(w, r.Answers)
	for _, l := range r.Leads {
		fmt.Fprintf(w, "  lead %s: also at %s (%s)\n", l.ID, l.Peer, stateOf(l))
	}
}

func (a *app) askCommand() *cobra.Command {
	var h hints
	var p api.AskRequest
	var peers []string
	var purpose, category, visible string
	c := &cobra.Command{
		Use: "ask [VALUE...] --case CASE", Short: "Ask the other agencies whether they hold an identifier, on the record",
		Long: "Asks the other agencies about the given values (which are added to the case first), or about everything of the case that was not asked yet. " +
			"Before anybody answers, the ledger holds the query: how many, whom, when, and, sealed to the oversight body, why. " +
			"A peer learns how many were asked and when, not what.",
		Example: "  crosscase ask --case NL-2026-0417\n  crosscase ask '+44 7700 900145' --case NL-2026-0417 --peer gb-hotline --reason 'number on the receipt'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if p.Case == "" {
				return api.Errorf(api.Invalid, "name the case with --case; a question without a case is not lawful", "--case is missing")
			}
			v, err := visibility(visible)
			if err != nil {
				return err
			}
			items, err := a.items(args, h, a.regionOf(cmd.Context(), p.Case), v, time.Now().UTC())
			if err != nil {
				return err
			}
			p.Items = api.Gather(items)
			p.Purpose, p.Category, p.Normaliser = casework.Purpose(purpose), casework.SubjectCategory(category), identify.NormaliserVersion
			for _, peer := range peers {
				p.Peers = append(p.Peers, casework.AgencyID(peer))
			}
			return a.ask(cmd.Context(), p)
		},
	}
	h.flags(c, "the case's")
	f := c.Flags()
	f.StringVar(&p.Case, "case", "", "case that the question is for (required)")
	f.StringSliceVar(&peers, "peer", nil, "agency to ask (default: all that the agreement allows)")
	f.StringVar(&purpose, "purpose", "", "purpose (default: the case's)")
	f.StringVar(&p.LegalBasis, "legal-basis", "", "legal basis (default: the case's)")
	f.StringVar(&p.Offence, "offence", "", "offence code (default: the case's)")
	f.StringVar(&category, "category", "", "category of the persons concerned (default: the case's)")
	f.StringVar(&p.Aim, "aim", "identify", "identify, or more (on a known person)")
	f.StringVar(&p.Reason, "reason", "", "why, in a line")
	f.BoolVar(&p.Urgent, "urgent", false, "danger to life: ask before everything else that waits")
	f.StringVar(&visible, "visibility", "shared", "of the given values: shared, or silent (asked, never published)")
	return c
}

func (a *app) ask(ctx context.Context, p api.AskRequest) error {
	r, err := call(ctx, a, api.Ask, p)
	if err != nil {
		return err
	}
	var hits uint32
	for _, peer := range r.Peers {
		hits += peer.Hits
	}
	err = a.print(r, func(w io.Writer) {
		if r.Count == 0 {
			fmt.Fprintln(w, "Everything of the case was asked and answered before; what peers publish later still hits by itself.")
			return
		}
		where := fmt.Sprintf("ledger entry %d", r.Entry)
		if r.Entry == 0 { // which is the genesis
			where = "not in the ledger yet"
		}
		fmt.Fprintf(w, "%d asked (%s, %s)\n", r.Count, r.Batch, where)
		for _, peer := range r.Peers {
			fmt.Fprintf(w, "  %-16s %s\n", peer.Peer, outcome(peer))
		}
		if r.Rest != "" {
			fmt.Fprintf(w, "not all was asked: %s\n", r.Rest)
		}
		if len(r.Leads) > 0 {
			writeLeads(w, r.Leads, 10, "'crosscase inbox'")
			fmt.Fprintln(w, "next: 'crosscase why LEAD' explains one, 'crosscase request LEAD' asks for disclosure")
		}
	})
	if err == nil && hits == 0 {
		return errNothing
	}
	return err
}

func (a *app) publishCommand() *cobra.Command {
	var peers []string
	c := &cobra.Command{
		Use: "publish", Short: "Bring the other agencies' copies of the own tags up to date",
		Example: "  crosscase publish\n  crosscase publish --peer fr-fiu", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var p api.PublishRequest
			for _, peer := range peers {
				p.Peers = append(p.Peers, casework.AgencyID(peer))
			}
			r, err := call(cmd.Context(), a, api.Publish, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				for _, peer := range r.Peers {
					if peer.Queued != "" {
						fmt.Fprintf(w, "%-16s waits: %s\n", peer.Peer, peer.Queued)
						continue
					}
					fmt.Fprintf(w, "%-16s set %d, %d tags, %d bytes\n", peer.Peer, peer.Number, peer.Tags, peer.Bytes)
				}
				fmt.Fprintln(w, "Nothing was asked by this: 'crosscase ask' and standing orders ('crosscase case standing') bring leads here.")
			})
		},
	}
	c.Flags().StringSliceVar(&peers, "peer", nil, "agency to publish to (default: all that the agreement allows)")
	return c
}

// sourceName is a path's last element, which may be shown and kept.
func sourceName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return filepath.Base(path)
}
