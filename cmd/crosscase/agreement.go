package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/internal/cli"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) networkAgreement() *cobra.Command {
	c := &cobra.Command{
		Use: "agreement", Short: "Show the agreement of the network, propose another, approve one",
		Long: "The agreement says what may be matched, by whom, for what and how much. Another one takes the place of it once the share " +
			"of the members has approved that the one in force names (two thirds by default). Members approve by the fingerprint " +
			"that the proposing member reads to them, after reading how it differs.",
		Example: "  crosscase network agreement export --out agreement.toml\n  crosscase network agreement propose agreement.toml\n" +
			"  crosscase network agreement show\n  crosscase network agreement approve --fingerprint 'K3QF 7XZA ...'",
	}
	c.AddCommand(a.agreementShow(), a.agreementPropose(), a.agreementApprove(), a.agreementExport())
	return c
}

func (a *app) agreementShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show the agreement in force, and how those that wait for approval differ from it",
		Example: "  crosscase network agreement show", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.AgreementShow, api.None{})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%s\nThis is version %d, in force.\n  fingerprint  %s\n", r.Text, r.Version, r.Fingerprint)
				for _, d := range r.Drafts {
					fmt.Fprintf(w, "\nVersion %d, proposed by %s, %s.\n  fingerprint  %s\n", d.Version, d.By, approvals(d), d.Fingerprint)
					writeChanges(w, d.Changes)
				}
			})
		},
	}
}

func approvals(d api.DraftView) string {
	return fmt.Sprintf("has %d of %d approvals (%s)", len(d.Approvals), d.Needed, names(d.Approvals))
}

func names(ids []casework.AgencyID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}

// writeChanges says how an agreement differs from the one in force, a setting after
// the other, in full: people approve what they read here.
func writeChanges(w io.Writer, changes []agreement.Change) {
	fmt.Fprintln(w, "It differs from the agreement in force in this:")
	for _, c := range changes {
		fmt.Fprintf(w, "  %s", c.Setting)
		if c.Was != "" || c.Becomes != "" {
			fmt.Fprintf(w, ": was %s, becomes %s", orNothing(c.Was), orNothing(c.Becomes))
		}
		fmt.Fprintln(w)
		for _, text := range c.Added {
			fmt.Fprintf(w, "    adds   %s\n", text)
		}
		for _, text := range c.Dropped {
			fmt.Fprintf(w, "    drops  %s\n", text)
		}
		if c.Meaning != "" {
			fmt.Fprintf(w, "    (%s)\n", c.Meaning)
		}
	}
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func (a *app) agreementPropose() *cobra.Command {
	return &cobra.Command{
		Use: "propose FILE", Short: "Put another agreement to the members; proposing approves",
		Example: "  crosscase network agreement propose agreement.toml", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("agreement: %w", err)
			}
			r, err := call(cmd.Context(), a, api.AgreementPropose, api.AgreementProposeRequest{Agreement: string(text)})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeSupported(w, r) })
		},
	}
}

func (a *app) agreementApprove() *cobra.Command {
	var fingerprint string
	var yes bool
	c := &cobra.Command{
		Use: "approve", Short: "Approve an agreement that was proposed",
		Long: "Shows how the agreement differs from the one in force, and asks before it approves. The fingerprint is what the proposing " +
			"member reads you over the phone: it names one text, and no other.",
		Example: "  crosscase network agreement approve --fingerprint 'K3QF 7XZA ...'", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				if err := a.readBeforeApproving(cmd, fingerprint); err != nil {
					return err
				}
			}
			r, err := call(cmd.Context(), a, api.AgreementApprove, api.AgreementApproveRequest{Fingerprint: fingerprint})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeSupported(w, r) })
		},
	}
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "the agreement's fingerprint, as heard from the proposing member (required)")
	c.Flags().BoolVar(&yes, "yes", false, "approve without showing the differences and asking")
	return c
}

// readBeforeApproving shows what would change, and asks.
func (a *app) readBeforeApproving(cmd *cobra.Command, fingerprint string) error {
	r, err := call(cmd.Context(), a, api.AgreementShow, api.None{})
	if err != nil {
		return err
	}
	for _, d := range r.Drafts {
		if entry.SameFingerprint(fingerprint, d.Fingerprint) {
			var text strings.Builder
			fmt.Fprintf(&text, "Version %d, proposed by %s, %s.\n", d.Version, d.By, approvals(d))
			writeChanges(&text, d.Changes)
			return a.confirm(printable(text.String()), "Approve it? Type yes: ")
		}
	}
	return nil // the node says what is wrong with the fingerprint
}

// confirm shows a text on stderr and goes on only if a person types yes.
func (a *app) confirm(text, question string) error {
	fmt.Fprint(a.err, text+question)
	var answer string
	if _, err := fmt.Fscanln(a.in, &answer); err != nil || answer != "yes" {
		return api.Errorf(api.Refused, "read it, and type yes; --yes goes on without being asked", "nothing was done")
	}
	return nil
}

func writeSupported(w io.Writer, d api.DraftView) {
	if d.InForce {
		fmt.Fprintf(w, "Version %d of the agreement is in force.\n  fingerprint  %s\n", d.Version, d.Fingerprint)
		return
	}
	fmt.Fprintf(w, "Version %d %s.\n  fingerprint  %s\n", d.Version, approvals(d), d.Fingerprint)
	writeChanges(w, d.Changes)
	fmt.Fprintln(w, "next: read the fingerprint to the other members; each runs 'crosscase network agreement approve'")
}

func (a *app) agreementExport() *cobra.Command {
	var out, fingerprint string
	c := &cobra.Command{
		Use: "export", Short: "Write the agreement in force, or one that was proposed, as a text to edit",
		Example: "  crosscase network agreement export --out agreement.toml", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.AgreementShow, api.None{})
			if err != nil {
				return err
			}
			text, version, found := r.Text, r.Version, fingerprint == "" || entry.SameFingerprint(fingerprint, r.Fingerprint)
			for _, d := range r.Drafts {
				if !found && entry.SameFingerprint(fingerprint, d.Fingerprint) {
					text, version, found = d.Text, d.Version, true
				}
			}
			if !found {
				return api.Errorf(api.NotFound, "'crosscase network agreement show' lists those that there are", "no agreement has this fingerprint")
			}
			if out == "-" {
				_, err := io.WriteString(a.out, text)
				return err
			}
			if err := cli.WriteNew(out, []byte(text), 0o644); err != nil {
				return err
			}
			return a.print(map[string]any{"file": out, "version": version}, func(w io.Writer) {
				fmt.Fprintf(w, "Version %d written to %s\nnext: to change it, edit the file, add one to 'version', and run 'crosscase network agreement propose %s'\n", version, out, out)
			})
		},
	}
	c.Flags().StringVar(&out, "out", "agreement.toml", "file to write; - is standard output")
	c.Flags().StringVar(&fingerprint, "fingerprint", "", "of one that was proposed (default: the one in force)")
	return c
}
