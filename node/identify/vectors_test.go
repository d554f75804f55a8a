package identify

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// readCSV returns the rows as maps by column name.
func readCSV(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := make(map[string]string)
		for i, column := range rows[0] {
			m[column] = row[i]
		}
		out = append(out, m)
	}
	return out
}

// A tally counts the vectors of one file and reports the count.
type tally struct {
	t         *testing.T
	name      string
	ok, total int
}

func (c *tally) check(ok bool, format string, args ...any) {
	c.t.Helper()
	c.total++
	if ok {
		c.ok++
		return
	}
	c.t.Errorf(c.name+": "+format, args...)
}

func (c *tally) report(least int) {
	c.t.Helper()
	if c.total < least {
		c.t.Errorf("%s: only %d vectors", c.name, c.total)
	}
	c.t.Logf("%s: %d of %d decided right", c.name, c.ok, c.total)
}
