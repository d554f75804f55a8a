package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/spf13/cobra"
)

// untilOf reads a length of time in days, or a day, until whose end something holds.
func untilOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return time.Now().UTC().AddDate(0, 0, n), nil
		}
	}
	until, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return until, api.Errorf(api.Invalid, "give days, such as 90d, or a day, such as 2026-12-31", "%q is no length of time and no day", text)
	}
	return until.AddDate(0, 0, 1), nil
}

func (a *app) caseStanding() *cobra.Command {
	var p api.CaseStandingRequest
	var length string
	c := &cobra.Command{
		Use: "standing REFERENCE", Short: "Sign once that the node asks for what comes into a case, until a day",
		Long: "The node asks every member that the agreement allows about what comes into the case, what is for the gravest offence first, within the " +
			"quotas of the day, and goes on the next day. Each question is in the ledger with what the officer signed here.",
		Example: "  crosscase case standing NL-2026-0417 --for 90d\n  crosscase case standing NL-2026-0417 --stop", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			p.Case = args[0]
			if p.Until, err = untilOf(length); err != nil {
				return err
			}
			r, err := call(cmd.Context(), a, api.CaseStanding, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeStanding(w, r) })
		},
	}
	f := c.Flags()
	f.StringVar(&length, "for", "", "how long, such as 90d, or until which day, such as 2026-12-31")
	f.StringVar(&p.Reason, "reason", "", "why, in a line")
	f.BoolVar(&p.Stop, "stop", false, "end the order")
	return c
}

func writeStanding(w io.Writer, s api.StandingView) {
	switch {
	case !s.Stopped.IsZero():
		fmt.Fprintf(w, "  standing order of %s: stopped %s\n", s.By, moment(s.Stopped))
		return
	case !s.Active:
		fmt.Fprintf(w, "  standing order of %s: ended %s\n", s.By, moment(s.Until))
		return
	}
	fmt.Fprintf(w, "  standing order of %s until %s: %d asked", s.By, moment(s.Until), s.Asked)
	if !s.Last.IsZero() {
		fmt.Fprintf(w, ", last %s", moment(s.Last))
	}
	fmt.Fprintln(w)
	if s.Waits != "" {
		fmt.Fprintf(w, "    waits: %s\n", s.Waits)
	}
}

func (a *app) askedCommand() *cobra.Command {
	return &cobra.Command{
		Use: "asked CASE", Short: "List what was asked for a case, of whom, and what came of it", Example: "  crosscase asked NL-2026-0417", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := call(cmd.Context(), a, api.Asked, api.CaseCloseRequest{Case: args[0]})
			if err != nil {
				return err
			}
			err = a.print(r, func(w io.Writer) {
				if len(r) == 0 {
					fmt.Fprintf(w, "Nothing was asked for %s. 'crosscase ask --case %s' asks; 'crosscase case standing %s --for 90d' asks for what comes.\n", args[0], args[0], args[0])
				}
				for _, b := range r {
					writeBatch(w, b)
				}
			})
			if err == nil && len(r) == 0 {
				return errNothing
			}
			return err
		},
	}
}

func writeBatch(w io.Writer, b api.AskedBatch) {
	where := fmt.Sprintf("ledger entry %d", b.Entry)
	if b.Entry == 0 {
		where = "not in the ledger yet"
	}
	if b.Waits != "" {
		where += ", waits: " + b.Waits
	}
	fmt.Fprintf(w, "%s  %d asked  %s  (%s)\n", moment(b.At), b.Count, b.Batch, where)
	for _, p := range b.Peers {
		fmt.Fprintf(w, "  %-16s %s\n", p.Peer, outcome(p))
	}
}

// outcome puts what a peer answered to a query into words.
func outcome(p api.AskedOf) string {
	switch {
	case p.Queued != "":
		return "waits: " + p.Queued
	case p.Refusal != "":
		return "refused " + moment(p.At) + ": " + p.Refusal
	case p.At.IsZero():
		return "not answered yet"
	case p.Hits == 0:
		return fmt.Sprintf("no hit in its set %d, as of %s", p.Set, moment(p.At))
	}
	return fmt.Sprintf("%d hits in its set %d, as of %s", p.Hits, p.Set, moment(p.At))
}
