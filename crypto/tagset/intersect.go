package tagset

import "iter"

// All returns a slice of tags as a sequence.
func All(tags []Tag) iter.Seq2[Tag, error] {
	return func(yield func(Tag, error) bool) {
		for _, t := range tags {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// Intersect returns the tags that are in both sets, each once, in ascending
// order, holding one tag of each. An error of either, or ErrOrder where one is
// not strictly ascending as far as it is read, is the last pair.
func Intersect(a, b iter.Seq2[Tag, error]) iter.Seq2[Tag, error] {
	return func(yield func(Tag, error) bool) {
		next, stop := iter.Pull2(ascending(b))
		defer stop()
		u, err, more := next()
		for t, errA := range ascending(a) {
			if errA != nil {
				yield(Tag{}, errA)
				return
			}
			for more && err == nil && u.Compare(t) < 0 {
				u, err, more = next()
			}
			if err != nil {
				yield(Tag{}, err)
				return
			}
			if !more {
				return
			}
			if u == t && !yield(t, nil) {
				return
			}
		}
	}
}

// ascending passes tags on and ends with an error at one that is out of order.
func ascending(tags iter.Seq2[Tag, error]) iter.Seq2[Tag, error] {
	return func(yield func(Tag, error) bool) {
		var last Tag
		first := true
		for t, err := range tags {
			if err == nil && !first && t.Compare(last) <= 0 {
				err = ErrOrder
			}
			if err != nil {
				yield(Tag{}, err)
				return
			}
			last, first = t, false
			if !yield(t, nil) {
				return
			}
		}
	}
}
