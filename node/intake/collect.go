package intake

import (
	"errors"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// A collector folds settled chunks into the report and hands on what was found.
// It is owned by one goroutine.
type collector struct {
	report   *Report
	limits   Limits
	yield    func([]Found) error
	meter    *meter
	progress func(bytes int64, records int)

	bad bool // the record being read has a problem
}

func (c *collector) collect(ch *chunk) error {
	found := make([]Found, 0, len(ch.statements))
	for i, s := range ch.statements {
		switch s.what {
		case isValue:
			found = append(found, c.value(s, ch.settled[i])...)
		case isProblem:
			c.problem(s.record, s.reason)
		case isRecord, isIgnored:
			c.report.Records++
			if !c.bad {
				c.report.Good++
			}
			if s.what == isIgnored {
				c.report.Ignored++
			}
			c.bad = false
		case isNote:
			c.report.note(s.reason)
		}
	}
	if len(found) > 0 {
		if err := c.yield(found); err != nil {
			return err
		}
	}
	if c.progress != nil {
		c.progress(c.meter.progress(), c.report.Records)
	}
	return nil
}

// value counts what became of one value or text.
func (c *collector) value(s statement, done settled) []Found {
	if done.err != nil {
		if !s.prose {
			c.report.count(s.kind).Refused++
			switch {
			case errors.Is(done.err, identify.ErrRegionNeeded):
				c.report.lacks("region", 1)
			case errors.Is(done.err, identify.ErrPlatformNeeded):
				c.report.lacks("platform", 1)
			}
		}
		c.problem(s.record, kindName(s.kind)+done.err.Error())
	}
	if done.national > 0 {
		c.report.count(casework.Phone).Refused += done.national
		c.report.lacks("region", done.national)
		c.problem(s.record, "phone: a national number in the text, and nothing says of which country")
	}
	for _, f := range done.found {
		count := c.report.count(f.Identifier.Kind())
		if f.WhyNot == "" {
			count.New++
			if f.Secondary != nil {
				c.report.Second++
			}
			continue
		}
		count.NeedsPerson++
		c.report.because(f.WhyNot, 1)
	}
	return done.found
}

func (c *collector) problem(record, reason string) {
	c.bad = true
	c.report.Faults++
	if len(c.report.Problems) < c.limits.Problems {
		c.report.Problems = append(c.report.Problems, Problem{Record: record, Reason: reason})
	}
}

// finish counts a last record that was cut off.
func (c *collector) finish() {
	if c.bad {
		c.report.Records++
		c.bad = false
	}
}

func kindName(k casework.Kind) string {
	if k == "" {
		return ""
	}
	return string(k) + ": "
}
