package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
	"github.com/crosscase/crosscase/cmd/crosscase/internal/bench/adgen"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// Intake says what to measure of taking files in: a CSV of Phones distinct numbers
// through 'crosscase intake' into a node's encrypted store, Texts generated adverts,
// and files of MB megabytes for memory.
type Intake struct {
	Program string
	Phones  int
	Texts   int
	MB      int
	Seed    uint64
	Tell    func(format string, args ...any)
}

// Stored is what one file took, from the start of the command to its end, when all
// of it is on the disk.
type Stored struct {
	File      string  `json:"file"`
	Bytes     int64   `json:"bytes"`
	Records   int     `json:"records"`
	New       int     `json:"new"`
	Known     int     `json:"known"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"records_per_second"`
	CPU       float64 `json:"cpu_seconds"` // of both processes
	IntakeRSS float64 `json:"intake_peak_rss_mb"`
	NodeRSS   float64 `json:"node_peak_rss_mb"`
	Exact     bool    `json:"exact"` // as many as the file holds
}

// Style is how well the numbers of one style of adverts are found.
type Style struct {
	Name      string  `json:"style"`
	Texts     int     `json:"texts"`
	Right     int     `json:"right"`
	Missed    int     `json:"missed"`
	Wrong     int     `json:"wrong"`
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

// Taken is the result.
type Taken struct {
	Phones    Stored   `json:"phones"`
	Again     Stored   `json:"phones_again"` // the same file a second time: nothing is new
	Large     []Stored `json:"large,omitempty"`
	Adverts   Style    `json:"adverts"` // all styles together
	PerSecond float64  `json:"texts_per_second"`
	Styles    []Style  `json:"styles"`
}

// Run measures.
func (m Intake) Run(ctx context.Context) (r Taken, err error) {
	if m.Phones < 1 || m.Phones > 1e8 || m.Texts < 1 || m.Texts > 1e7 || m.MB < 0 || m.MB > 1<<20 {
		return r, fmt.Errorf("bench: 1 to 10^8 phones, 1 to 10^7 texts and up to 2^20 MB")
	}
	if err := m.adverts(ctx, &r); err != nil {
		return r, err
	}
	m.Tell("%d adverts: %.0f a second, recall %.4f, precision %.4f", m.Texts, r.PerSecond, r.Adverts.Recall, r.Adverts.Precision)
	dir, err := os.MkdirTemp("", "crosscase-bench-")
	if err != nil {
		return r, fmt.Errorf("bench: %w", err)
	}
	nodes, err := Match{Program: m.Program, Peers: 1}.nodes(ctx, dir)
	defer func() {
		for _, a := range nodes {
			err = errors.Join(err, a.Stop())
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	if err != nil {
		return r, err
	}
	a := nodes[0]
	pass := filepath.Join(dir, "pass")
	if err := os.WriteFile(pass, []byte(agency.Passphrase+"\n"), 0o600); err != nil {
		return r, err
	}
	phones := filepath.Join(dir, "phones.csv")
	if err := written(phones, func(w io.Writer) error { return phonesCSV(w, 0, m.Phones) }); err != nil {
		return r, err
	}
	if r.Phones, err = m.store(ctx, a, pass, phones, m.Phones); err != nil {
		return r, err
	}
	m.Tell("%d phones stored in %.1f s: %.0f a second", m.Phones, r.Phones.Seconds, r.Phones.PerSecond)
	if r.Again, err = m.store(ctx, a, pass, phones, 0); err != nil {
		return r, err
	}
	for i, large := range []struct {
		name  string
		write func(w io.Writer, first, n int) error
	}{{"large.csv", remarksCSV}, {"large.jsonl", remarksJSONL}} {
		if m.MB == 0 {
			break
		}
		path := filepath.Join(dir, large.name)
		n := m.MB << 20 / remarkBytes
		if err := written(path, func(w io.Writer) error { return large.write(w, m.Phones+i*n, n) }); err != nil {
			return r, err
		}
		s, err := m.store(ctx, a, pass, path, n)
		if err != nil {
			return r, err
		}
		m.Tell("%s, %d MB: %.1f s, intake %.0f MB and node %.0f MB at most", large.name, s.Bytes>>20, s.Seconds, s.IntakeRSS, s.NodeRSS)
		r.Large = append(r.Large, s)
		if err := os.Remove(path); err != nil {
			return r, err
		}
	}
	return r, nil
}

// store takes one file in as an officer does, by the command.
func (m Intake) store(ctx context.Context, a *agency.Agency, pass, path string, want int) (s Stored, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(ctx, m.Program, "intake", path, "--case", caseRef, "--dir", a.Dir, "--json")
	cmd.Env = append(os.Environ(), "CROSSCASE_OFFICER="+a.Investigator.File, "CROSSCASE_OFFICER_PASSPHRASE_FILE="+pass)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	cpu := cpuSeconds(a.Pid())
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return s, fmt.Errorf("bench: intake of %s: %w: %s", filepath.Base(path), err, problems.String())
	}
	s.Seconds = time.Since(began).Seconds()
	s.CPU = cpuSeconds(a.Pid()) - cpu + (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	var report intake.Report
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		return s, fmt.Errorf("bench: %w", err)
	}
	t := report.Totals()
	s.File, s.Bytes, s.Records, s.New, s.Known = filepath.Base(path), info.Size(), report.Records, t.New, t.Known
	s.PerSecond = float64(s.Records) / s.Seconds
	s.IntakeRSS, s.NodeRSS = childRSS(cmd.ProcessState), peakRSS(a.Pid())
	s.Exact = t.New == want && t.New+t.Known == s.Records
	return s, nil
}

// adverts reads generated adverts with as many workers as there are processors, and
// holds what may be matched against the answers.
func (m Intake) adverts(ctx context.Context, r *Taken) error {
	texts := adgen.Texts(m.Texts, m.Seed)
	var file bytes.Buffer
	enc := json.NewEncoder(&file)
	for _, t := range texts {
		if err := enc.Encode(t); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	got := map[string][]string{}
	began := time.Now()
	_, err := intake.Read(ctx, intake.Source{Name: "adverts.jsonl"}, &file, intake.Defaults{}, intake.Options{}, func(found []intake.Found) error {
		for _, f := range found {
			if answer := f.Answer(); answer.Kind == casework.Phone && answer.Match {
				got[answer.Record] = append(got[answer.Record], answer.Value)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	r.PerSecond = float64(m.Texts) / time.Since(began).Seconds()
	by := map[string]*Style{}
	r.Adverts.Name = "all"
	for _, t := range texts {
		s := by[t.Style]
		if s == nil {
			s = &Style{Name: t.Style}
			by[t.Style] = s
		}
		for _, sum := range []*Style{s, &r.Adverts} {
			sum.Texts++
			for _, want := range t.Expected {
				if slices.Contains(got[t.ID], want) {
					sum.Right++
				} else {
					sum.Missed++
				}
			}
			for _, value := range got[t.ID] {
				if !slices.Contains(t.Expected, value) {
					sum.Wrong++
				}
			}
		}
	}
	for _, s := range by {
		s.rates()
		r.Styles = append(r.Styles, *s)
	}
	r.Adverts.rates()
	slices.SortFunc(r.Styles, func(a, b Style) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// rates computes recall and precision; of nothing they are 1.
func (s *Style) rates() {
	s.Recall, s.Precision = 1, 1
	if s.Right+s.Missed > 0 {
		s.Recall = float64(s.Right) / float64(s.Right+s.Missed)
	}
	if s.Right+s.Wrong > 0 {
		s.Precision = float64(s.Right) / float64(s.Right+s.Wrong)
	}
}

func written(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// benchNumber is one of the numbers +878 10: the plan for personal numbers that
// follow their owner (ITU-T E.168), which no operator offers. The ranges reserved
// for fiction hold too few for a million that differ.
func benchNumber(i int) string { return fmt.Sprintf("+87810%010d", i) }

func phonesCSV(w io.Writer, first, n int) error {
	if _, err := io.WriteString(w, "phone,first_seen,remark\n"); err != nil {
		return err
	}
	for i := first; i < first+n; i++ {
		s := benchNumber(i)
		if i%4 == 1 { // as people print them
			s = s[:4] + " " + s[4:6] + " " + s[6:10] + " " + s[10:]
		}
		if _, err := fmt.Fprintf(w, "%s,2026-%02d-%02d,row %d\n", s, 1+i%12, 1+i%28, i); err != nil {
			return err
		}
	}
	return nil
}

// remarkBytes is about the size of a record of a large file.
const remarkBytes = 1 << 10

var remark = strings.Repeat("seen near the station with a blue bicycle; ", remarkBytes/43-1)

func remarksCSV(w io.Writer, first, n int) error {
	if _, err := io.WriteString(w, "phone,first_seen,remark\n"); err != nil {
		return err
	}
	for i := first; i < first+n; i++ {
		if _, err := fmt.Fprintf(w, "%s,2026-%02d-%02d,\"%s%d\"\n", benchNumber(i), 1+i%12, 1+i%28, remark, i); err != nil {
			return err
		}
	}
	return nil
}

func remarksJSONL(w io.Writer, first, n int) error {
	for i := first; i < first+n; i++ {
		if _, err := fmt.Fprintf(w, "{\"phone\":%q,\"first_seen\":\"2026-%02d-%02d\",\"remark\":\"%s%d\"}\n", benchNumber(i), 1+i%12, 1+i%28, remark, i); err != nil {
			return err
		}
	}
	return nil
}
