package intake

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// A panic in a parser or in the normaliser costs one value, or ends the source
// with an error that says so; what was read before is handed on.
func TestFaultsAreContained(t *testing.T) {
	secret := "+12025550143"
	var taken, faults int
	collect := func(c *chunk) error {
		for i, s := range c.statements {
			switch {
			case s.What != reading.IsValue:
			case errors.Is(c.outcomes[i].err, errValueFault):
				faults++
			default:
				taken++
			}
		}
		return nil
	}
	err := run(context.Background(), 2, func(s reading.Statement) outcome {
		if s.Value == secret {
			panic(secret)
		}
		return outcome{}
	}, collect, func(p *pipe) error {
		for i := range 1000 {
			value := "x"
			if i == 500 {
				value = secret
			}
			if err := p.add(reading.Statement{Value: value}); err != nil {
				return err
			}
		}
		var none []int
		none[len(secret)]++
		return nil
	})
	var runtimeError runtime.Error
	if !errors.Is(err, ErrFault) || !errors.As(err, &runtimeError) || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
	if faults != 1 || taken != 999 {
		t.Errorf("%d taken, %d faults", taken, faults)
	}
}
