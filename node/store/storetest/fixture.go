package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func phone(n int) casework.Identifier {
	return casework.NewIdentifier(casework.Phone, fmt.Sprintf("+4477009%05d", n))
}

// placed is an item and the case that it goes into.
type placed struct {
	casework.Evidence
	Case casework.CaseID
}

func item(n int, c casework.CaseID) placed {
	return placed{casework.Evidence{
		Identifier: phone(n), Confidence: 1, Visibility: casework.Shared, Category: casework.Suspect,
		Provenance: casework.Provenance{Source: "file.csv", SHA256: "aa", Record: fmt.Sprint("line ", n), Context: []string{"received"}},
	}, c}
}

var all = store.MatchFilter{Limit: 1 << 20, Kinds: casework.Kinds()}

// add puts items into their cases, one call for each run of one case.
func add(t T, s Store, items ...placed) (out []store.Added) {
	t.Helper()
	for len(items) > 0 {
		c := items[0].Case
		if _, err := s.Case(context.Background(), c); errors.Is(err, store.ErrNotFound) {
			if err := s.PutCase(context.Background(), casework.Case{ID: c, Ref: c.String()}); err != nil {
				t.Fatal(err)
			}
		}
		var batch []casework.Evidence
		for len(items) > 0 && items[0].Case == c {
			batch, items = append(batch, items[0].Evidence), items[1:]
		}
		added, err := s.AddItems(context.Background(), c, batch)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, added...)
	}
	return out
}
