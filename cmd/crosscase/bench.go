package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/bench"
	"github.com/crosscase/crosscase/node/api"
)

func (a *app) benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "bench", Short: "Measure this machine", Example: "  crosscase bench match --n 2^14 --update 1000",
	}
	c.AddCommand(a.benchMatchCommand(), a.benchIntakeCommand(), a.benchLedgerCommand())
	return c
}

func (a *app) benchMatchCommand() *cobra.Command {
	var n, update string
	m := bench.Match{}
	c := &cobra.Command{
		Use: "match", Short: "Measure matching between whole nodes on this machine",
		Long: "Starts nodes as processes of their own, stores n identifiers at each, of which a tenth is shared, and lets each publish to and ask every other; " +
			"then the same for updates. Checks in the same run that each node found exactly what is shared. The initial exchange counts from the moment at " +
			"which the nodes found their network, the update from the moment at which its items are stored.",
		Example: "  crosscase bench match --n 2^14 --update 1000\n  crosscase bench match --n 2^20 --update 1000 --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if m.N, err = number(n); err != nil {
				return err
			}
			if m.Update, err = number(update); err != nil {
				return err
			}
			if m.Program, err = os.Executable(); err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			m.Tell = func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
			r, err := m.Run(cmd.Context())
			if err != nil {
				return err
			}
			err = a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%d nodes, %d identifiers each, %d hits of %d expected, exact: %v\n", r.Peers, r.N, r.Hits, r.Expected, r.Exact)
				row := func(name string, e bench.Exchange, n int) {
					fmt.Fprintf(w, "%-8s %8.2f s  %8.2f CPU s  %7d new ones each;  one node to one other: asked %d B (%.1f an element), published %d B (%.2f)\n",
						name, e.Seconds, e.CPUSeconds, n, e.QueryBytes, float64(e.QueryBytes)/float64(n), e.PublishedBytes, float64(e.PublishedBytes)/float64(n))
				}
				row("initial", r.Initial, r.N)
				if r.Update > 0 {
					row("update", r.Delta, r.Update)
				}
				fmt.Fprintf(w, "largest node %.0f MB; stored in %.1f s\n", r.PeakRSS, r.StoreSeconds)
			})
			if err == nil && !r.Exact {
				err = api.Errorf(api.Fault, "", "a node did not find exactly what is shared")
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&n, "n", "2^14", "identifiers at each node, such as 2^20 or 50000")
	f.StringVar(&update, "update", "1000", "new identifiers at each node, afterwards")
	f.IntVar(&m.Updates, "updates", 3, "such updates, of which the median is shown")
	f.IntVar(&m.Peers, "peers", 2, "nodes")
	return c
}

// number reads 50000 or 2^16.
func number(text string) (int, error) {
	if exponent, ok := strings.CutPrefix(text, "2^"); ok {
		k, err := strconv.Atoi(exponent)
		if err != nil || k < 0 || k > 22 {
			return 0, api.Errorf(api.Invalid, "", "%q is not 2^0 to 2^22", text)
		}
		return 1 << k, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, api.Errorf(api.Invalid, "write 50000 or 2^16", "%q is no number", text)
	}
	return n, nil
}

func (a *app) benchIntakeCommand() *cobra.Command {
	m := bench.Intake{}
	c := &cobra.Command{
		Use: "intake", Short: "Measure taking files in, and how well numbers are found in adverts",
		Long: "Writes a CSV of different telephone numbers and takes it in with 'crosscase intake', into the encrypted store of a node that runs as a process of its own; " +
			"then the same file again, of which nothing may be new. With --mb, a CSV and a JSON Lines file of that size each, for the memory that both processes take. " +
			"Then reads generated adverts, whose answers are known, and says by style of writing how many of their numbers were found and how many were wrong.",
		Example: "  crosscase bench intake\n  crosscase bench intake --mb 1024 --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if m.Program, err = os.Executable(); err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			m.Tell = func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
			r, err := m.Run(cmd.Context())
			if err != nil {
				return err
			}
			exact := r.Phones.Exact && r.Again.Exact
			for _, s := range r.Large {
				exact = exact && s.Exact
			}
			err = a.print(r, func(w io.Writer) {
				for _, s := range append([]bench.Stored{r.Phones, r.Again}, r.Large...) {
					fmt.Fprintf(w, "%-12s %5d MB %9d records %9d new  %7.1f s  %7.1f CPU s  %7.0f records/s  intake %.0f MB, node %.0f MB at most\n",
						s.File, s.Bytes>>20, s.Records, s.New, s.Seconds, s.CPU, s.PerSecond, s.IntakeRSS, s.NodeRSS)
				}
				fmt.Fprintf(w, "\n%-26s %6s %7s %10s %6s %7s %6s\n", "style", "texts", "recall", "precision", "right", "missed", "wrong")
				for _, s := range append(r.Styles, r.Adverts) {
					fmt.Fprintf(w, "%-26s %6d %7.3f %10.3f %6d %7d %6d\n", s.Name, s.Texts, s.Recall, s.Precision, s.Right, s.Missed, s.Wrong)
				}
				fmt.Fprintf(w, "%.0f adverts a second\n", r.PerSecond)
			})
			if err == nil && !exact {
				err = api.Errorf(api.Fault, "", "what was stored is not what the files hold")
			}
			return err
		},
	}
	f := c.Flags()
	f.IntVar(&m.Phones, "phones", 1_000_000, "numbers in the CSV")
	f.IntVar(&m.Texts, "texts", 10_000, "adverts")
	f.IntVar(&m.MB, "mb", 0, "megabytes of a large CSV and of a large JSON Lines file (default: none)")
	f.Uint64Var(&m.Seed, "seed", 1, "of the adverts")
	return c
}

func (a *app) benchLedgerCommand() *cobra.Command {
	l := bench.Ledger{}
	c := &cobra.Command{
		Use: "ledger", Short: "Measure the ledger: commits and receipts of three replicas on this machine",
		Long: "Founds a network of three voters whose replicas talk over libp2p on this machine, and lets 1, 16 and 256 submitters append small entries, " +
			"one after the other each, at the agency that leads and at one that does not: first waiting for the commit, then for the certified receipt. " +
			"A loop of writes made durable shows what the disk takes. With --etcd, three members of etcd are measured in the same run.",
		Example: "  crosscase bench ledger\n  crosscase bench ledger --cadence 1ms --etcd /usr/bin/etcd --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l.Tell = func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
			r, err := l.Run(cmd.Context())
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "fsync of 500 bytes %.2f ms (p99 %.2f); entries of %d bytes\n", r.FsyncP50, r.FsyncP99, r.Bytes)
				for _, e := range r.Etcd {
					fmt.Fprintf(w, "etcd      %4d submitters %8.0f puts/s                    p50 %7.2f ms  p99 %7.2f ms\n", e.Submitters, e.PerSecond, e.P50, e.P99)
				}
				for _, row := range r.Runs {
					fmt.Fprintf(w, "%-8s  %4d submitters %8.0f entries/s %8.0f receipts/s  commit p50 %7.2f ms  p99 %7.2f ms  receipt p50 %7.2f ms  p99 %7.2f ms\n",
						row.At, row.Submitters, row.PerSecond, row.Receipts, row.CommitP50, row.CommitP99, row.ReceiptP50, row.ReceiptP99)
				}
			})
		},
	}
	f := c.Flags()
	f.Float64Var(&l.Seconds, "seconds", 5, "for each row, and each of commit and receipt")
	f.DurationVar(&l.Cadence, "cadence", 100*time.Millisecond, "least time between two checkpoints")
	f.StringVar(&l.Etcd, "etcd", "", "path of etcd's program")
	return c
}
