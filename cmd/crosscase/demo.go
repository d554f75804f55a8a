package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/demo"
	"github.com/crosscase/crosscase/node/api"
)

func (a *app) demoCommand() *cobra.Command {
	var keep string
	c := &cobra.Command{
		Use: "demo", Short: "Show the whole story on this machine: three agencies, an overseer, real sample data",
		Long: "Starts three agencies of different countries as processes of their own, each with its own keys, encrypted store and replica of the ledger, connected over libp2p on loopback. " +
			"They found a network, take in sample evidence, find what they share, disclose one thing and refuse another, and an overseer verifies all of it. " +
			"Everything is deleted at the end, unless --dir names a folder to keep it in.",
		Example: "  crosscase demo\n  crosscase demo --json\n  crosscase demo --dir demo-net   # keeps everything, to look around with the ordinary commands",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return fmt.Errorf("demo: %w", err)
			}
			if cmd.Flags().Changed("dir") {
				keep = a.dir
			}
			return demo.Run(cmd.Context(), demo.Options{Program: program, Dir: keep, JSON: a.json, Out: a.out, Err: a.err, Progress: func() (api.Emitter, func()) {
				p := a.progress()
				return p.show, p.done
			}})
		},
	}
	return c
}
