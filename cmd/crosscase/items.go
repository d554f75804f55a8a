package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

func (a *app) itemCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "item", Short: "See what is known of an identifier; correct, move, withdraw it or hold it back",
		Example: "  crosscase item show '+44 7700 900145'\n  crosscase item withdraw item_... --reason 'misread'",
	}
	c.AddCommand(a.itemShow(), a.itemWithdraw(), a.itemMove(), a.itemCorrect(), a.itemHold(), a.itemRelease(), a.itemPermit())
	return c
}

// itemArg is a command on one item, which is named by its id or its value.
func (a *app) itemArg(use, short, example string, h *hints, run func(ctx context.Context, id casework.ItemID) error) *cobra.Command {
	c := &cobra.Command{
		Use: use + " ITEM|VALUE", Short: short, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.itemOf(cmd.Context(), args[0], *h)
			if err != nil {
				return err
			}
			return run(cmd.Context(), id)
		},
	}
	h.flags(c, "the agency's")
	return c
}

// itemOf finds the item that a person names: what changes it names its id alone, so
// that no value is kept with a command.
func (a *app) itemOf(ctx context.Context, text string, h hints) (casework.ItemID, error) {
	if strings.HasPrefix(text, "item_") {
		id, err := casework.ParseID[casework.ItemID](text)
		if err != nil {
			return id, api.Errorf(api.Invalid, "'crosscase case items CASE' shows the items", "%w", err)
		}
		return id, nil
	}
	r, err := a.find(ctx, text, h)
	return r.Item, err
}

func (a *app) itemShow() *cobra.Command {
	var h hints
	return a.itemArg("show", "Show where an item occurs, what the others answered, and its leads", "  crosscase item show '+44 7700 900145'", &h,
		func(ctx context.Context, id casework.ItemID) error {
			r, err := call(ctx, a, api.ItemShow, api.ItemRequest{Item: id})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeFound(w, r) })
		})
}

func (a *app) itemWithdraw() *cobra.Command {
	var h hints
	var p api.ItemWithdrawRequest
	c := a.itemArg("withdraw", "Withdraw an item from matching; the others are told to remove its tags", "  crosscase item withdraw '+44 7700 900145' --case NL-2026-0417 --reason misread", &h,
		func(ctx context.Context, id casework.ItemID) error {
			p.Item = id
			r, err := call(ctx, a, api.ItemWithdraw, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeFound(w, r) })
		})
	f := c.Flags()
	f.StringVar(&p.Case, "case", "", "case that it is withdrawn from (default: all that hold it)")
	f.StringVar(&p.Reason, "reason", "", "why (required)")
	f.BoolVar(&p.Undo, "undo", false, "take the withdrawal back")
	return c
}

func (a *app) itemMove() *cobra.Command {
	var h hints
	var p api.ItemMoveRequest
	c := a.itemArg("move", "Move an item from one case to another", "  crosscase item move item_... --from NL-2026-0417 --to NL-2026-0500 --reason 'another suspect'", &h,
		func(ctx context.Context, id casework.ItemID) error {
			p.Item = id
			r, err := call(ctx, a, api.ItemMove, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeFound(w, r) })
		})
	f := c.Flags()
	f.StringVar(&p.From, "from", "", "case that it is in (required)")
	f.StringVar(&p.To, "to", "", "case that it goes into (required)")
	f.StringVar(&p.Reason, "reason", "", "why (required)")
	return c
}

func (a *app) itemCorrect() *cobra.Command {
	var h hints
	var p api.ItemCorrectRequest
	var value, category, tlp string
	c := a.itemArg("correct", "Correct what is stated of an item; a wrong value is withdrawn", "  crosscase item correct item_... --value '+44 7700 900146' --reason 'last digit misread'", &h,
		func(ctx context.Context, id casework.ItemID) error {
			p.Item, p.Category, p.TLP = id, casework.SubjectCategory(category), casework.TLP(strings.ToUpper(tlp))
			if value != "" {
				items, err := a.items([]string{value}, h, a.ownCountry, casework.Shared, time.Time{})
				if err != nil {
					return err
				}
				p.Value, p.Normaliser = api.Gather(items), identify.NormaliserVersion
			}
			r, err := call(ctx, a, api.ItemCorrect, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { writeFound(w, r) })
		})
	f := c.Flags()
	f.StringVar(&p.Case, "case", "", "case that it is corrected in (default: all that hold it)")
	f.StringVar(&p.Reason, "reason", "", "why (required)")
	f.StringVar(&value, "value", "", "the right value")
	f.StringVar(&category, "category", "", "category of the person it is about")
	f.StringVar(&p.Consent, "consent", "", "yes or no")
	f.StringVar(&p.Grading, "grading", "", "grading, such as B2")
	f.StringVar(&p.Handling, "handling", "", "handling codes, such as H1+H2")
	f.StringVar(&tlp, "tlp", "", "TLP marking")
	f.StringVar(&p.Visibility, "visibility", "", "shared, silent or local")
	return c
}

// writeAnswers writes what is known of an item with each other agency.
func writeAnswers(w io.Writer, answers []api.AnswerView) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, v := range answers {
		fmt.Fprintf(t, "  %s\t%s\n", v.Peer, answer(v))
	}
	t.Flush()
}

// answer puts what is known with one agency into words.
func answer(v api.AnswerView) string {
	var text string
	switch v.Answer {
	case api.AnswerHit:
		text = "hit, found " + moment(v.At)
	case api.AnswerCommon:
		text = "suppressed as common, found " + moment(v.At)
	case api.AnswerNone:
		text = fmt.Sprintf("no hit in its set %d, as of %s", v.Set, moment(v.At))
	case api.AnswerNotAgreed, api.AnswerKeptOut:
		text = "not asked: " + v.Why
	case api.AnswerNotAsked:
		text = "not asked yet: " + v.Why
	case api.AnswerAway:
		text = "asked " + moment(v.At) + ", and not answered: the agency is away"
	case api.AnswerWaits:
		text = "asked " + moment(v.At) + ", and not answered yet"
		if v.Why != "" {
			text += ": " + v.Why
		}
	case api.AnswerRefused:
		text = "refused " + moment(v.At) + ": " + v.Why
	default:
		text = string(v.Answer)
	}
	switch v.Tag {
	case "published":
		text += "; it has the tag"
	case "leaving":
		text += "; it is told to remove the tag with the next batch of removals"
	case "removing":
		text += "; it has not acknowledged yet that the tag is removed"
	}
	return text
}

// moment is a time for a person, and "at an unknown time" where there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return t.Format("2006-01-02 15:04:05")
}

func (a *app) codesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "codes [LIST]", Short: "List the codes that commands take, as they are typed", Example: "  crosscase codes\n  crosscase codes offence", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p api.CodesRequest
			if len(args) > 0 {
				p.List = args[0]
			}
			r, err := call(cmd.Context(), a, api.Codes, p)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				for _, l := range r {
					fmt.Fprintf(w, "%s: %s\n", l.Name, l.About)
					for _, c := range l.Codes {
						fmt.Fprintf(w, "  %s\n", c)
					}
				}
			})
		},
	}
}
