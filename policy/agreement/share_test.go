package agreement_test

import (
	"errors"
	"testing"

	"github.com/crosscase/crosscase/policy/agreement"
)

func TestShares(t *testing.T) {
	for share, want := range map[agreement.Share][]int{ // of 1, 2, 3 ... members
		"1/2": {1, 2, 2, 3, 3, 4, 4, 5, 5, 6},
		"2/3": {1, 2, 2, 3, 4, 4, 5, 6, 6, 7},
		"3/4": {1, 2, 3, 3, 4, 5, 6, 6, 7, 8},
		"1/1": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
	} {
		for i, w := range want {
			if got := share.Of(i + 1); got != w {
				t.Errorf("%s of %d: %d, want %d", share, i+1, got, w)
			}
		}
	}
}

// TestAttackAgreementOfAMinority: no agreement lets fewer than a majority decide,
// whatever fraction it names and however that is spelled.
func TestAttackAgreementOfAMinority(t *testing.T) {
	for _, bad := range []agreement.Share{
		"", "0/1", "1/3", "2/5", "49/100", "3/2", "1/0", "0/0", "-1/-2", "2/4", "1/200", "+1/2", "01/2", "1/2 ", "1", "/", "2", "1/2/3", "0.5", "99999999999999999999/1",
	} {
		if bad.Of(5) <= 5 {
			t.Errorf("%q: %d of 5 decide", bad, bad.Of(5))
		}
		for _, set := range []func(*agreement.Agreement){
			func(a *agreement.Agreement) { a.JoinShare = bad },
			func(a *agreement.Agreement) { a.ExpelShare = bad },
			func(a *agreement.Agreement) { a.AmendShare = bad },
		} {
			a := agreement.Default("example.org/pilot")
			set(&a)
			if _, err := agreement.Parse(a.Bytes()); !errors.Is(err, agreement.ErrAgreement) {
				t.Errorf("an agreement with the share %q: %v", bad, err)
			}
		}
	}
	for n := range 200 {
		for _, share := range []agreement.Share{"1/2", "2/3", "51/100", "1/1"} {
			if got := share.Of(n); 2*got <= n || (n > 0 && got > n) {
				t.Errorf("%s of %d: %d", share, n, got)
			}
		}
	}
}
