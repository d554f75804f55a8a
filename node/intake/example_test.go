package intake_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

func ExampleRead() {
	const file = "téléphone;pays;vu_le\n01 99 00 00 01;FR;2026-03-02\n+44 7700 900145;;2026-03-03\nabsent;FR;\n"
	rep, err := intake.Read(context.Background(), intake.Source{Name: "phones.csv"}, strings.NewReader(file),
		intake.Defaults{Visibility: casework.Shared}, intake.Options{}, func(found []intake.Found) error {
			for _, f := range found {
				fmt.Println(f.Provenance.Record, f.Identifier.Kind(), f.Identifier, f.Provenance.Assumed)
			}
			return nil
		})
	if err != nil {
		fmt.Println(err)
	}
	rep.Settle(map[casework.Kind]int{casework.Phone: 1}) // the store held one of them before
	if err := rep.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// line 2 phone [identifier] [region FR]
	// line 3 phone [identifier] []
	// phones.csv: read as csv (fields separated by semicolons)
	//   note: columns: téléphone -> phone, pays -> region, vu_le -> time
	//   3 records, 2 without a problem
	//
	//   kind            new    known  refused needs a person
	//   phone             1        1        1              0
	//   all               1        1        1              0
	//
	//   not taken:
	//     line 4: phone: too short for a subscriber's number, perhaps an emergency or short number: not an identifier of this kind
	//
	//   Refused values are no identifiers of the kind that their source says. Correct them in the source and read it again: what is already stored is not stored twice.
}
