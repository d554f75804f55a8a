package demo

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/deploy/sample"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk/evidence"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// warningLists are those that the demo uses: its phone numbers are fictional, and
// would all be on the list of reserved numbers.
var warningLists = []string{"empty-files", "link-in-bio"}

// takeIn returns each agency its evidence and lets it take it in.
func (s *story) takeIn(ctx context.Context) error {
	for _, a := range s.agencies {
		files, err := a.evidence()
		if err != nil {
			return err
		}
		p := api.CaseNewRequest{
			Ref: a.caseRef, Title: "Harbour rooms", Offence: "human-trafficking", Region: a.Country, Category: casework.Suspect,
			Grading: "B2", Handling: "H1", Purpose: casework.Investigate, LegalBasis: "Directive (EU) 2023/977",
		}
		if _, err := api.CaseNew.Call(ctx, a.As(a.Investigator), p); err != nil {
			return err
		}
		for _, file := range files {
			if err := s.takeInFile(ctx, a, file); err != nil {
				return err
			}
		}
		shown, err := api.CaseShow.Call(ctx, a.As(a.Investigator), api.CaseShowRequest{Case: a.caseRef, Holds: true})
		if err != nil {
			return err
		}
		s.figures.identifiers += shown.Items
		s.tell.event("taken_in", map[string]any{"agency": a.ID, "case": a.caseRef, "identifiers": shown.Items, "by_kind": shown.ByKind},
			"%-11s holds %d identifiers: %s", a.ID, shown.Items, kinds(shown.ByKind))
	}
	return nil
}

func kinds(by map[string]uint64) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, by[k]))
	}
	return strings.Join(parts, ", ")
}

// evidence writes the agency's sample files into its own folder.
func (a *party) evidence() ([]string, error) {
	files, err := sample.Agency(a.sample)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(a.Dir, "evidence")
	if err := os.CopyFS(dir, files); err != nil {
		return nil, err
	}
	var names []string
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, filepath.Join(dir, path))
		}
		return err
	})
	return names, err
}

// defaults are what holds for the agency's evidence where it does not say otherwise.
func (a *party) defaults() (intake.Defaults, error) {
	lists, err := warninglist.Load(warningLists...)
	return intake.Defaults{
		Region: a.Country, Category: casework.Suspect, Grading: casework.Grading{Scheme: "4x4", Source: "B", Info: "2"},
		Handling: casework.Handling{Codes: "H1"}, TLP: casework.TLPAmber, Visibility: casework.Shared, Warning: lists,
	}, err
}

func (s *story) takeInFile(ctx context.Context, a *party, file string) error {
	d, err := a.defaults()
	if err != nil {
		return err
	}
	reader := &evidence.Reader{Node: a.As(a.Investigator), CaseRef: a.caseRef}
	report, err := reader.Walk(ctx, file, d, intake.Options{})
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	t := report.Totals()
	text := fmt.Sprintf("%-11s %-15s read as %-9s %5d new, %d known, %d refused", a.ID, filepath.Base(file), report.Format, t.New, t.Known, t.Refused)
	for _, p := range report.Problems {
		text += fmt.Sprintf("\n            %s: %s", p.Record, p.Reason)
	}
	s.tell.event("file", map[string]any{"agency": a.ID, "file": filepath.Base(file), "format": report.Format, "new": t.New, "known": t.Known, "refused": t.Refused}, "%s", text)
	return nil
}

// plain reads an agency's files apart from its node, and gives what may match as
// a set: what the demo holds the agencies' hits against.
func (a *party) plain(ctx context.Context) (map[casework.IdentifierKey]casework.Kind, error) {
	d, err := a.defaults()
	if err != nil {
		return nil, err
	}
	set := map[casework.IdentifierKey]casework.Kind{}
	_, err = intake.Walk(ctx, filepath.Join(a.Dir, "evidence"), d, intake.Options{}, func(_ intake.Source, found []intake.Found) error {
		for _, f := range found {
			if f.WhyNot == "" {
				set[f.Identifier.Key()] = f.Identifier.Kind()
				for _, key := range f.Keys {
					set[key.Key()] = key.Kind()
				}
			}
		}
		return nil
	}, nil)
	return set, err
}
