package intake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

// A stream is known by its format, and by its hash where it is short enough to be
// seen whole before anything of it is handed on.
func TestStreamsHaveAProvenance(t *testing.T) {
	short := []byte("phone,remark\n+447700900145,\n")
	line := "+447700900146," + strings.Repeat("x", 10_000) + "\n"
	long := append(bytes.Clone(short), strings.Repeat(line, (17<<20)/len(line))...)
	for name, data := range map[string][]byte{"short": short, "long": long} {
		want := sha256.Sum256(data)
		var found int
		rep, err := intake.ReadStream(t.Context(), "standard input", bytes.NewReader(data), intake.Defaults{}, intake.Options{}, func(src intake.Source, list []intake.Found) error {
			found += len(list)
			if list[0].Provenance.Format != "csv" || src.Name != "standard input" {
				t.Fatalf("%s: %s from %q", name, list[0].Provenance.Format, src.Name)
			}
			if hash := hex.EncodeToString(want[:]); (src.SHA256 == hash) != (name == "short") || name == "long" && src.SHA256 != "" {
				t.Fatalf("%s: hash %q, want %s", name, src.SHA256, hash)
			}
			return nil
		})
		if err != nil || found != bytes.Count(data, []byte("\n"))-1 || rep.SHA256 != hex.EncodeToString(want[:]) {
			t.Errorf("%s: %d found, %+v, %v", name, found, rep.SHA256, err)
		}
		if noted := strings.Contains(strings.Join(rep.Notes, " "), "without the hash"); noted != (name == "long") {
			t.Errorf("%s: %v", name, rep.Notes)
		}
	}
	if _, err := intake.ReadStream(t.Context(), "standard input", strings.NewReader(""), intake.Defaults{}, intake.Options{}, nil); err == nil {
		t.Error("an empty stream is read")
	}
}
