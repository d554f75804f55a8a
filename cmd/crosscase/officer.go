package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) officerCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "officer", Short: "Add, list and remove officers; make an officer's key",
		Long: "An officer acts with a key of their own, in a file behind a passphrase or in ssh-agent, and has one role: " +
			"investigator, supervisor, operator or auditor. A second approval is a second key.",
		Example: "  crosscase officer keygen devries.key\n  crosscase officer add 'A. de Vries' --role investigator --key crosscase-officer:...",
	}
	c.AddCommand(a.officerKeygen(), a.officerAdd(), a.officerList(), a.officerRemove(), a.officerCommands())
	return c
}

func (a *app) officerKeygen() *cobra.Command {
	return &cobra.Command{
		Use: "keygen FILE", Short: "Make a key of your own, behind a passphrase; prints what to give to the operator",
		Example: "  crosscase officer keygen devries.key", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pass, err := a.passphrase(envOfficerPassphrase, "New passphrase for "+args[0], true)
			if err != nil {
				return err
			}
			key, err := keyring.NewOfficerKey(args[0], pass)
			if err != nil {
				return err
			}
			public := keyring.OfficerPublic(key.Public())
			return a.print(map[string]string{"file": args[0], "key": public}, func(w io.Writer) { fmt.Fprintln(w, public) })
		},
	}
}

func (a *app) officerAdd() *cobra.Command {
	var p api.OfficerAddRequest
	var role string
	c := &cobra.Command{
		Use: "add NAME", Short: "Let an officer act at this node",
		Example: "  crosscase officer add 'A. de Vries' --role investigator --key crosscase-officer:...\n" +
			"  crosscase officer add 'B. Bakker' --role supervisor --key \"$(cat bakker.pub)\"   # an OpenSSH ed25519 key",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Name, p.Role = args[0], casework.Role(role)
			o, err := call(cmd.Context(), a, api.OfficerAdd, p)
			if err != nil {
				return err
			}
			return a.print(o, func(w io.Writer) { fmt.Fprintf(w, "%s may act as %s (%s)\n", o.Name, o.Role, o.ID) })
		},
	}
	f := c.Flags()
	f.StringVar(&role, "role", "", "investigator, supervisor, operator or auditor (required)")
	f.StringVar(&p.Key, "key", "", "the officer's public key (required)")
	f.StringVar(&p.Unit, "unit", "", "the officer's unit")
	return c
}

func (a *app) officerList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List officers", Example: "  crosscase officer list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.OfficerList, api.None{})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				fmt.Fprintln(t, "NAME\tROLE\tUNIT\tSINCE\tREMOVED\tID")
				for _, o := range r {
					removed := ""
					if !o.Removed.IsZero() {
						removed = o.Removed.Format("2006-01-02")
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", o.Name, o.Role, o.Unit, o.Added.Format("2006-01-02"), removed, o.ID)
				}
				t.Flush()
			})
		},
	}
}

func (a *app) officerRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove OFFICER", Short: "End an officer's right to act", Example: "  crosscase officer remove officer_...", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := casework.ParseID[casework.OfficerID](args[0])
			if err != nil {
				return api.Errorf(api.Invalid, "'crosscase officer list' shows the ids", "%w", err)
			}
			o, err := call(cmd.Context(), a, api.OfficerRemove, api.OfficerRemoveRequest{Officer: id})
			if err != nil {
				return err
			}
			return a.print(o, func(w io.Writer) { fmt.Fprintf(w, "%s may act no more\n", o.Name) })
		},
	}
}

func (a *app) officerCommands() *cobra.Command {
	return &cobra.Command{
		Use: "commands", Short: "List the officers' signed commands that changed a case", Example: "  crosscase officer commands --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := call(cmd.Context(), a, api.CommandList, api.None{})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				fmt.Fprintln(t, "AT\tOFFICER\tCOMMAND\tABOUT\tSIGNATURE")
				for _, c := range r {
					about, holds := "", "holds"
					if !c.Request.IsZero() {
						about = c.Request.String()
					}
					if !c.Proven {
						holds = "DOES NOT HOLD"
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", c.At.Format("2006-01-02 15:04:05"), c.Name, c.Method, about, holds)
				}
				t.Flush()
			})
		},
	}
}
