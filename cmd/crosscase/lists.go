package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/intake/warninglist"
)

// listsFolder is where a node's own warning lists lie.
const listsFolder = "lists"

// keptLists returns the agency's own warning lists; none where there is no node.
func (a *app) keptLists() (map[string]*warninglist.List, error) {
	cfg, err := config.Load(a.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lists, err := warninglist.Kept(filepath.Join(cfg.Dir, listsFolder), cfg.Lists.Trusted)
	if errors.Is(err, warninglist.ErrNotTrusted) {
		return nil, api.Errorf(api.Refused, "remove it, or add its hash to lists.trusted in "+config.FileName+" if it is yours", "%w", err)
	}
	return lists, err
}

// warningLists returns the lists by name, and all that the agency keeps itself.
func (a *app) warningLists(names []string) (*warninglist.Set, error) {
	set, err := warninglist.Load(names...)
	if err != nil {
		return nil, api.Errorf(api.Invalid, "'crosscase lists show' names them", "%w", err)
	}
	kept, err := a.keptLists()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		set.Add(kept[name])
	}
	return set, nil
}

func (a *app) listsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "lists", Short: "Warning lists: values that are stored and never matched, because they link no two people",
		Example: "  crosscase lists show\n  crosscase lists update exchange-wallets.json",
	}
	c.AddCommand(a.listsShowCommand(), a.listsUpdateCommand())
	return c
}

func (a *app) listsShowCommand() *cobra.Command {
	type row struct {
		Name        string `json:"name"`
		Title       string `json:"title"`
		Version     string `json:"version,omitempty"`
		Own         bool   `json:"own"`
		Description string `json:"description,omitempty"`
	}
	return &cobra.Command{
		Use: "show", Short: "Name the warning lists that are shipped, and those of this agency", Args: cobra.NoArgs, Example: "  crosscase lists show",
		RunE: func(*cobra.Command, []string) error {
			var rows []row
			for _, name := range warninglist.Shipped() {
				set, err := warninglist.Load(name)
				if err != nil {
					return err
				}
				l := set.Lists()[0]
				rows = append(rows, row{name, l.Name, l.Version, false, l.Description})
			}
			kept, err := a.keptLists()
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(kept)) {
				rows = append(rows, row{name, kept[name].Name, kept[name].Version, true, kept[name].Description})
			}
			return a.print(rows, func(w io.Writer) {
				for _, r := range rows {
					whose := "shipped"
					if r.Own {
						whose = "own"
					}
					fmt.Fprintf(w, "%-20s %-8s version %-4s %s\n", r.Name, whose, r.Version, r.Title)
				}
			})
		},
	}
}

func (a *app) listsUpdateCommand() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "update FILE", Short: "Take a warning list into use, or a newer version of it",
		Long: "Reads a list in MISP's warning-list format (JSON) and keeps it in the node's folder. Its SHA-256 has to stand in lists.trusted in " + config.FileName +
			", so that whoever can write a file there decides nothing: without it the command shows the line to add. It holds from the next intake on; what is stored already stays as it is.",
		Example: "  crosscase lists update exchange-wallets.json\n  crosscase lists update v12.json --name exchange-wallets", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := config.Load(a.dir)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if name == "" {
				name = strings.ToLower(strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0])))
			}
			l, err := warninglist.Keep(filepath.Join(cfg.Dir, listsFolder), name, data, cfg.Lists.Trusted)
			if errors.Is(err, warninglist.ErrNotTrusted) {
				return api.Errorf(api.Refused, fmt.Sprintf("look at the list, and if it is right, add %q to 'trusted' under [lists] in %s", warninglist.Hash(data), config.FileName), "%w", err)
			}
			if err != nil {
				return api.Errorf(api.Invalid, "give it another name with --name, or mend the file", "%w", err)
			}
			return a.print(map[string]string{"name": name, "title": l.Name, "version": l.Version, "sha256": warninglist.Hash(data)}, func(w io.Writer) {
				fmt.Fprintf(w, "%s (%s, version %s) is in use from the next intake on\n", name, l.Name, l.Version)
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "what to keep it as (default: the file's name)")
	return c
}
