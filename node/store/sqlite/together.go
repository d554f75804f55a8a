package sqlite

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// New items that have most of their columns in common are inserted many at a time:
// a statement costs about as much as what it inserts of one.

// together is how many rows one statement inserts.
const together = 32

// head is what the rows of one statement have in common.
type head struct {
	kind     casework.Kind
	standing sharing.Standing
	grading  string
}

func headOf(r newRow) head {
	return head{r.Identifier.Kind(), r.standing, r.common.grading}
}

// waiting is a new item with its first occurrence, before they are inserted.
type waiting struct {
	seq int64
	newRow
}

// insertion returns a statement that inserts n rows: columns that they share, whose
// values come first, and columns of their own.
func insertion(table, shared, own string, n int) string {
	common, each := strings.Count(shared, ",")+1, strings.Count(own, ",")+1
	var head strings.Builder
	for i := range common {
		fmt.Fprintf(&head, "?%d, ", i+1)
	}
	rows := make([]string, n)
	for row := range rows {
		values := make([]string, each)
		for i := range values {
			values[i] = fmt.Sprintf("?%d", common+row*each+i+1)
		}
		rows[row] = "(" + head.String() + strings.Join(values, ", ") + ")"
	}
	return "INSERT INTO " + table + "(" + shared + ", " + own + ") VALUES " + strings.Join(rows, ", ")
}

func insertItems(n int) string {
	return insertion("item", "kind, visibility, why_not, confidence, category, consent, grading, reach, stated", "seq, lookup, value, first, last", n)
}

func insertOccurrences(n int) string {
	return insertion("occurrence", "casefile", "item, source, data", n)
}

var (
	insertItem, insertManyItems             = insertItems(1), insertItems(together)
	insertOccurrence, insertManyOccurrences = insertOccurrences(1), insertOccurrences(together)
)

// put inserts a new item with its first occurrence, now or with those that follow.
func (a *addition) put(seq int64, r newRow) error {
	if err := a.putCommon(r.common); err != nil {
		return err
	}
	if h := headOf(r); h != a.head || len(a.waiting) == together {
		if err := a.flush(); err != nil {
			return err
		}
		a.head = h
	}
	a.waiting = append(a.waiting, waiting{seq, r})
	return nil
}

// flush inserts what waits.
func (a *addition) flush() error {
	rows := a.waiting
	a.waiting = a.waiting[:0]
	if len(rows) == together {
		return a.insert(insertManyItems, insertManyOccurrences, rows)
	}
	for i := range rows {
		if err := a.insert(insertItem, insertOccurrence, rows[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (a *addition) insert(items, occurrences string, rows []waiting) error {
	h := a.head
	h.standing.Held = a.held
	args := append(a.args[:0], string(h.kind), string(h.standing.Visibility), string(h.standing.WhyNot), h.standing.Confidence, string(h.standing.Category), h.standing.Consent, h.grading, reachOf(sharing.MayLeave(h.standing)), 1)
	for _, r := range rows {
		args = append(args, r.seq, r.lookup, r.value, r.seen, r.seen)
	}
	if err := a.query(items, args, nil); err != nil {
		return err
	}
	args = append(args[:0], a.into[:])
	for _, r := range rows {
		args = append(args, r.seq, r.source, r.data)
	}
	a.args = args
	return a.query(occurrences, args, nil)
}
