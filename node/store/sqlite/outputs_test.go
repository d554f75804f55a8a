package sqlite

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/policy/casework"
)

// manyItems adds n items to a case and returns their numbers.
func manyItems(t *testing.T, s *Store, n int) (seqs []int64) {
	t.Helper()
	id := casework.NewCaseID()
	if err := s.PutCase(t.Context(), casework.Case{ID: id, Ref: id.String()}); err != nil {
		t.Fatal(err)
	}
	var items []casework.Evidence
	for i := range n {
		items = append(items, casework.Evidence{
			Identifier: casework.NewIdentifier(casework.Email, fmt.Sprintf("%s-%d@example.org", id, i)), Visibility: casework.Shared, Confidence: 1,
		})
	}
	for _, a := range must(s.AddItems(t.Context(), id, items))(t) {
		seqs = append(seqs, a.Seq)
	}
	return seqs
}

// outputsOf makes a different output of each number.
func outputsOf(seqs []int64) (out []byte) {
	for _, seq := range seqs {
		out = append(out, bytes.Repeat([]byte{byte(seq)}, oprf.OutputSize)...)
	}
	return out
}

// Outputs are kept for one epoch, and go with their items, whoever erases them.
func TestOutputsAreKeptForTheirEpoch(t *testing.T) {
	s, _ := emptyStore(t)
	ctx := t.Context()
	seqs := manyItems(t, s, 3*outputsARow)
	kept := slices.DeleteFunc(slices.Clone(seqs), func(n int64) bool { return n%7 == 0 })
	if err := s.KeepOutputs(ctx, 4, kept[:40], outputsOf(kept[:40])); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepOutputs(ctx, 4, kept[40:], outputsOf(kept[40:])); err != nil {
		t.Fatal(err)
	}
	are := func(epoch uint32, want func(seq int64) bool) {
		t.Helper()
		outputs, has, err := s.Outputs(ctx, epoch, seqs)
		if err != nil {
			t.Fatal(err)
		}
		for i, seq := range seqs {
			switch got := outputs[i*oprf.OutputSize : (i+1)*oprf.OutputSize]; {
			case has[i] != want(seq):
				t.Errorf("epoch %d, item %d: kept %v", epoch, seq, has[i])
			case has[i] && !bytes.Equal(got, outputsOf([]int64{seq})):
				t.Errorf("epoch %d, item %d has the output of another", epoch, seq)
			}
		}
	}
	are(4, func(seq int64) bool { return seq%7 != 0 })
	are(5, func(int64) bool { return false })
	erased := seqs[100]
	if err := s.tx(ctx, func() error { return s.query("DELETE FROM item WHERE seq = ?", []any{erased}, nil) }); err != nil {
		t.Fatal(err)
	}
	are(4, func(seq int64) bool { return seq%7 != 0 && seq/outputsARow != erased/outputsARow })
	// One that is computed while its item is erased is not kept.
	if err := s.KeepOutputs(ctx, 4, []int64{erased, erased + 1}, outputsOf([]int64{erased, erased + 1})); err != nil {
		t.Fatal(err)
	}
	are(4, func(seq int64) bool {
		return seq == erased+1 || seq%7 != 0 && seq/outputsARow != erased/outputsARow
	})
	if err := s.ForgetOutputs(ctx, 4); err != nil {
		t.Fatal(err)
	}
	are(4, func(seq int64) bool {
		return seq == erased+1 || seq%7 != 0 && seq/outputsARow != erased/outputsARow
	})
	if err := s.KeepOutputs(ctx, 5, seqs[:1], outputsOf(seqs[:1])); err != nil {
		t.Fatal(err)
	}
	are(4, func(int64) bool { return false })
	are(5, func(seq int64) bool { return seq == seqs[0] })
	if err := s.ForgetOutputs(ctx, 6); err != nil {
		t.Fatal(err)
	}
	if n := must(s.count(ctx, "SELECT count(*) FROM output"))(t); n != 0 {
		t.Errorf("%d rows are left of an epoch that is over", n)
	}
}

// A row of outputs that was changed, or put in another's place, does not open.
func TestAttackOutputsAreMoved(t *testing.T) {
	s, _ := emptyStore(t)
	ctx := t.Context()
	seqs := manyItems(t, s, 3*outputsARow)
	if err := s.KeepOutputs(ctx, 1, seqs, outputsOf(seqs)); err != nil {
		t.Fatal(err)
	}
	if err := s.tx(ctx, func() error {
		return s.query("UPDATE output SET data = (SELECT data FROM output WHERE n = 2) WHERE n = 1", nil, nil)
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Outputs(ctx, 1, []int64{outputsARow}); err == nil {
		t.Error("a row in another's place opens")
	}
	if err := s.tx(ctx, func() error { return s.query("UPDATE output SET epoch = 2", nil, nil) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Outputs(ctx, 2, seqs[:1]); err == nil {
		t.Error("a row of another epoch opens")
	}
}
