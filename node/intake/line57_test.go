package intake_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// One bad line of a hundred thousand costs that line: the others are found, and
// the report names it with its reason.
func TestOneBadLineOfAHundredThousand(t *testing.T) {
	var file bytes.Buffer
	file.WriteString("phone,region\n")
	for line := 2; line <= 100_001; line++ {
		if line == 57 {
			file.WriteString("see the attached note,\n")
			continue
		}
		fmt.Fprintf(&file, "+33%09d,\n", 199000000+line%10000)
	}
	found := 0
	report, err := intake.Read(t.Context(), intake.Source{Name: "phones.csv"}, &file, intake.Defaults{}, intake.Options{}, func(batch []intake.Found) error {
		for _, f := range batch {
			if f.Identifier.Kind() == casework.Phone {
				found++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != 99_999 || report.Records != 100_000 || report.Good != 99_999 {
		t.Errorf("%d found, %d good of %d records", found, report.Good, report.Records)
	}
	if len(report.Problems) != 1 || report.Problems[0].Record != "line 57" || report.Problems[0].Reason == "" {
		t.Errorf("%+v", report.Problems)
	}
}
