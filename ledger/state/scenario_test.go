package state_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

var update = flag.Bool("update", false, "write the verdicts into the scenarios")

// TestScenarios runs testdata/*.txt: what is appended, and what comes of it.
//
//	agreement max_batch 50                                    terms, before the founding
//	2026-03-02 08:00 nl-police founds                         => accepted
//	2026-03-02 08:05 fr-fiu asks nl-police for 3 phone as b1  => refused: not-member
//	check members                                             => nl-police
//
// A clause that begins with "but" makes an entry wrong. With -update the verdicts
// are written anew, to be read as a diff.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &scenario{world: newWorld(t)}
			var got strings.Builder
			for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
				action, _, _ := strings.Cut(line, "=>")
				action = strings.TrimSpace(action)
				if action == "" || action[0] == '#' {
					got.WriteString(line + "\n")
					continue
				}
				verdict, err := s.line(strings.Fields(action))
				if err != nil {
					t.Fatalf("%s:%d: %v", file, n+1, err)
				}
				if verdict == "" {
					got.WriteString(action + "\n")
				} else {
					fmt.Fprintf(&got, "%-86s => %s\n", action, verdict)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(text), got.String()); diff != "" && !*update {
				t.Error(diff)
			}
			s.replay()
		})
	}
}

// A scenario is a world that is told what to do in words.
type scenario struct {
	*world
	at int64
}

// replay applies all that was accepted to a new replica, as an overseer does.
func (s *scenario) replay() {
	s.t.Helper()
	fresh := state.New()
	for i, leaf := range s.accepted {
		at, raw, err := entry.SplitLeaf(leaf)
		s.must(err)
		e, err := entry.Parse(raw)
		s.must(err)
		if err := fresh.Apply(e, at); err != nil {
			s.t.Fatalf("replaying entry %d: %v", i, err)
		}
	}
	if fresh.Hash() != s.state().Hash() {
		s.t.Error("a replay comes to another state")
	}
}

func (s *scenario) line(words []string) (verdict string, err error) {
	defer func() { // a word too few
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be read: %v", r)
		}
	}()
	switch words[0] {
	case "agreement":
		return "", s.term(words[1], words[2:])
	case "check":
		return s.check(words[1], words[2:]), nil
	}
	at, err := time.Parse("2006-01-02 15:04", words[0]+" "+words[1])
	if err != nil {
		return "", err
	}
	s.at = at.UnixMilli()
	act, but, _ := cut(words[3:], "but")
	id := casework.AgencyID(words[2])
	if len(but) == 0 || but[0] != "stamped" {
		s.tick(s.at)
	}
	if act[0] == "fills" { // its day
		for s.state().Logged(id, s.at).Entries < s.state().Agreement().EntriesPerDay {
			if err := s.act(id, []string{"erases", "1", "item"}, nil); err != nil {
				return "refused: " + state.Reason(err), nil
			}
		}
		return "accepted", nil
	}
	if id == "everybody" {
		if err := s.everybody(act); err != nil {
			return "refused: " + state.Reason(err), nil
		}
		s.restart()
		return "accepted", nil
	}
	if err := s.act(id, act, but); err != nil {
		if err, broken := err.(notUnderstood); broken {
			return "", err
		}
		return "refused: " + state.Reason(err), nil
	}
	s.restart()
	return "accepted", nil
}

type notUnderstood struct{ error }

// everybody admits, expels or amends: members say so in order of admission, until it
// is done.
func (s *scenario) everybody(act []string) error {
	target := casework.AgencyID(act[1])
	done := func() bool {
		m, ok := s.state().Member(target)
		switch act[0] {
		case "admits":
			return ok && m.Active()
		case "expels":
			return !m.Active()
		}
		return s.state().Agreement().Version == uint32(number(act[1]))
	}
	first := true
	for _, m := range s.state().Members() {
		if !m.Active() || m.Agency == target || done() {
			continue
		}
		verb := act
		if act[0] != "expels" {
			verb = append([]string{"proposes"}, act[1:]...)
			if !first {
				verb[0] = "approves"
			}
			if act[0] == "amends" {
				verb = append([]string{verb[0], "agreement"}, act[1:]...)
			}
		}
		first = false
		if err := s.act(m.Agency, verb, nil); err != nil {
			return err
		}
	}
	return nil
}

func cut(words []string, at string) (before, after []string, found bool) {
	if i := slices.Index(words, at); i >= 0 {
		return words[:i], words[i+1:], true
	}
	return words, nil, false
}

// act appends what an agency does, with what is wrong about it.
func (s *scenario) act(id casework.AgencyID, words, but []string) error {
	if strings.Join(but, " ") == "the same bytes" {
		return s.apply(s.last, s.at)
	}
	body, err := s.body(id, words)
	if err != nil {
		return notUnderstood{err}
	}
	h, key, at := s.next(id, s.at), s.agency(id).key, s.at
	switch strings.Join(but[:min(2, len(but))], " ") {
	case "":
	case "signed by":
		key = s.agency(casework.AgencyID(but[2])).key
	case "as entry":
		h.Seq = number(but[2])
		if h.Seq == 1 {
			h.Prev = entry.Hash{}
		} else if h.Prev.IsZero() {
			h.Prev = entry.Hash{1}
		}
	case "after another":
		h.Prev = entry.Hash{1}
	case "for network":
		h.Network = but[2]
	case "stamped by": // the clock of a leader, which its author has too
		t, err := time.Parse("2006-01-02 15:04", but[2]+" "+but[3])
		if err != nil {
			return notUnderstood{err}
		}
		at, h.Time = t.UnixMilli(), t.UnixMilli()
	case "appended early":
		at = s.state().Last() - 1
		h.Time = at
	default:
		if but[0] != "dated" {
			return notUnderstood{fmt.Errorf("but %v?", but)}
		}
		t, err := time.Parse("2006-01-02 15:04", but[1]+" "+but[2])
		if err != nil {
			return notUnderstood{err}
		}
		h.Time = t.UnixMilli()
	}
	return s.logAs(h, at, body, key)
}

func number(word string) uint64 {
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// term sets one of the agreement's terms.
func (s *scenario) term(key string, words []string) error {
	a := &s.terms
	switch key {
	case "voters":
		a.Voters = uint32(number(words[0]))
	case "join_share":
		a.JoinShare = agreement.Share(words[0])
	case "expel_share":
		a.ExpelShare = agreement.Share(words[0])
	case "amend_share":
		a.AmendShare = agreement.Share(words[0])
	case "entries_per_day":
		a.EntriesPerDay = uint32(number(words[0]))
	case "query_max_age":
		a.QueryMaxAge = uint32(number(words[0]))
	case "max_batch":
		a.MaxBatch = uint32(number(words[0]))
	case "pair": // a b [kinds]
		if len(a.Pairs) == 1 && a.Pairs[0].A == agreement.Any && a.Pairs[0].B == agreement.Any {
			a.Pairs = nil
		}
		p := agreement.Pair{A: casework.AgencyID(words[0]), B: casework.AgencyID(words[1])}
		for _, k := range words[2:] {
			p.Kinds = append(p.Kinds, casework.Kind(k))
		}
		a.Pairs = append(a.Pairs, p)
	case "quota": // kind|all perday perpeer
		q := agreement.Quota{Kind: casework.Kind(words[0]), PerDay: number(words[1]), PerPeerDay: number(words[2])}
		if q.Kind == "all" {
			q.Kind = ""
		}
		a.Quotas = append(slices.DeleteFunc(a.Quotas, func(old agreement.Quota) bool { return old.Kind == q.Kind || old.PerDay == 20_000 }), q)
	default:
		return fmt.Errorf("no term %q", key)
	}
	return a.Validate()
}

// check tells what the ledger says now.
func (s *scenario) check(what string, words []string) string {
	st := s.state()
	switch what {
	case "members":
		var ids []string
		for _, m := range st.Members() {
			if m.Active() {
				ids = append(ids, string(m.Agency))
			}
		}
		return strings.Join(ids, " ")
	case "voters":
		return strings.Trim(fmt.Sprint(st.Voters()), "[]") + fmt.Sprintf(", quorum %d", st.Policy().Quorum())
	case "waiting":
		var ids []string
		for _, p := range st.Pending() {
			ids = append(ids, fmt.Sprintf("%s (%d of %d)", p.Agency, len(p.Approvals), st.JoinNeeds()))
		}
		return strings.Join(append(ids, "-")[:max(1, len(ids))], ", ")
	case "logged": // by
		return strconv.Itoa(int(st.Logged(casework.AgencyID(words[0]), s.at).Entries))
	case "clock":
		return time.UnixMilli(st.Clock()).UTC().Format("2006-01-02 15:04")
	case "replaced":
		r, ok := st.Replacement(casework.AgencyID(words[0]))
		if !ok {
			return "no"
		}
		return fmt.Sprintf("by entry %d", r.Index)
	case "expelling":
		return fmt.Sprintf("%d of %d", st.ExpelNeeds(), st.Count())
	case "epoch":
		return strconv.Itoa(int(st.Epoch()))
	case "version":
		return strconv.Itoa(int(st.Agreement().Version))
	case "asked": // by of kind
		kind := casework.Kind(words[2])
		if kind == "all" {
			kind = ""
		}
		peer := casework.AgencyID(words[1])
		if peer == "everybody" {
			peer = "*"
		}
		return strconv.FormatUint(st.Asked(casework.AgencyID(words[0]), peer, kind, s.at), 10)
	}
	panic("no check " + what)
}
