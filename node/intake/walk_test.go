package intake_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/reading"
)

const phones = "phone\n+12025550143\n+12025550144\n"

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarGz(t *testing.T, headers []tar.Header, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func walk(t *testing.T, path string, limits intake.Limits) (records []string, rep intake.Report, err error) {
	t.Helper()
	rep, err = intake.Walk(context.Background(), path, intake.Defaults{}, intake.Options{Limits: limits},
		func(src intake.Source, found []intake.Found) error {
			for _, f := range found {
				if len(src.SHA256) != 64 {
					t.Error("a source without its hash")
				}
				records = append(records, src.Name+" "+f.Provenance.Record)
			}
			return nil
		}, nil)
	slices.Sort(records)
	return records, rep, err
}

func TestWalkFolder(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside.csv")
	write(t, outside, []byte(phones))
	write(t, filepath.Join(dir, "a", "one.csv"), []byte(phones))
	write(t, filepath.Join(dir, "two.zip"), zipOf(t, map[string]string{"in/x.csv": phones, "empty": "", "../up.csv": phones}))
	write(t, filepath.Join(dir, "noise.bin"), []byte{0, 1, 2, 3})
	write(t, filepath.Join(dir, "three.tar.gz"), tarGz(t, []tar.Header{
		{Name: "y.csv", Typeflag: tar.TypeReg, Mode: 0o644}, {Name: "link", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}, {Name: "/abs.csv", Typeflag: tar.TypeReg},
	}, phones))
	if err := os.Symlink(outside, filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	records, rep, err := walk(t, dir, intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"noise.bin the file", "noise.bin the file", "noise.bin the file", // its hashes
		"one.csv line 2", "one.csv line 3", "three.tar.gz three.tar/y.csv: line 2", "three.tar.gz three.tar/y.csv: line 3",
		"two.zip in/x.csv: line 2", "two.zip in/x.csv: line 3",
	}
	if !slices.Equal(records, want) {
		t.Errorf("got %q", records)
	}
	var refused []string
	for _, p := range rep.Problems {
		refused = append(refused, p.Record)
	}
	slices.Sort(refused)
	if !slices.Equal(refused, []string{"link.csv", "three.tar.gz: three.tar//abs.csv", "three.tar.gz: three.tar/link", "two.zip: ../up.csv"}) {
		t.Errorf("refused %q", refused)
	}
}

func TestArchivesAreBounded(t *testing.T) {
	dir := t.TempDir()
	nest := []byte(phones)
	for range 4 {
		nest = zipOf(t, map[string]string{"x.zip": string(nest)})
	}
	many := map[string]string{}
	for i := range 30 {
		many[strings.Repeat("d/", i)+"x.csv"] = phones
	}
	bomb := zipOf(t, map[string]string{"bomb.csv": phones + strings.Repeat(" ", 8<<20)})
	for name, c := range map[string]struct {
		data []byte
		why  error
	}{
		"bomb":  {bomb, reading.ErrBomb},
		"many":  {zipOf(t, many), reading.ErrEntries},
		"plain": {zipOf(t, map[string]string{"x.csv": phones}), nil},
	} {
		path := filepath.Join(dir, name)
		write(t, path, c.data)
		if _, _, err := walk(t, path, intake.Limits{Entries: 20}); !errors.Is(err, c.why) {
			t.Errorf("%s: %v, want %v", name, err, c.why)
		}
	}
	path := filepath.Join(dir, "nested")
	write(t, path, nest)
	records, rep, err := walk(t, path, intake.Limits{})
	if err != nil || len(records) > 0 || rep.Faults != 1 {
		t.Errorf("nested: %v, %q, %v", err, records, rep.Problems)
	}
}

func TestWalkStops(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b.csv"} {
		write(t, filepath.Join(dir, name), []byte(phones))
	}
	stop := errors.New("the node is gone")
	calls := 0
	_, err := intake.Walk(context.Background(), dir, intake.Defaults{}, intake.Options{}, func(intake.Source, []intake.Found) error {
		calls++
		return stop
	}, nil)
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	if _, err := intake.Walk(ctx, dir, intake.Defaults{}, intake.Options{}, func(intake.Source, []intake.Found) error { return nil }, nil); !errors.Is(err, stop) {
		t.Errorf("ended with %v", err)
	}
	if _, err := intake.Walk(context.Background(), filepath.Join(dir, "none"), intake.Defaults{}, intake.Options{}, nil, nil); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestSourceFailures(t *testing.T) {
	if _, _, err := read(t, "x", nil, intake.Defaults{}); !errors.Is(err, intake.ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
	if _, _, err := read(t, "x", []byte("  \n\t\n"), intake.Defaults{}); !errors.Is(err, intake.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
	many := strings.Repeat("+12025550143\n", 10_000)
	_, err := intake.Read(context.Background(), intake.Source{}, strings.NewReader(many), intake.Defaults{},
		intake.Options{Limits: intake.Limits{Bytes: 70_000}}, func([]intake.Found) error { return nil })
	if !errors.Is(err, intake.ErrTooBig) {
		t.Errorf("too big: %v", err)
	}
	broken := errors.New("the disk is gone")
	_, err = intake.Read(context.Background(), intake.Source{}, &failing{text: many, err: broken}, intake.Defaults{}, intake.Options{}, func([]intake.Found) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("broken: %v", err)
	}
	rep, err := intake.Read(context.Background(), intake.Source{}, strings.NewReader(many), intake.Defaults{}, intake.Options{}, func([]intake.Found) error { return nil })
	sum := sha256.Sum256([]byte(many))
	if err != nil || rep.SHA256 != hex.EncodeToString(sum[:]) || rep.Bytes != int64(len(many)) {
		t.Errorf("%v, %d bytes, hash %s", err, rep.Bytes, rep.SHA256)
	}
}

// failing returns a text and then an error in place of its end.
type failing struct {
	text string
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.text == "" {
		return 0, f.err
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	return n, nil
}
