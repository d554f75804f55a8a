package replica_test

import (
	"bytes"
	"runtime"
	"slices"
	"testing"
	"time"
)

// A voter that sends ten megabytes of msgpack, of which each byte becomes a value
// of a hundred bytes, is cut off after what an honest call may hold.
func TestAttackCraftedRaftCalls(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[1].add(t, erase(0), false)
	deep := bytes.Repeat([]byte{0x91}, 10<<20)
	empty := bytes.Repeat([]byte{0x80}, 10<<20)
	head := []byte{0x00, 0x81, 0xa7, 'E', 'n', 't', 'r', 'i', 'e', 's', 0xdd}
	for what, crafted := range map[string][]byte{
		"many entries":               slices.Concat(head, []byte{0x7f, 0xff, 0xff, 0xff}, empty),
		"entries of many fields":     slices.Concat(head, []byte{0, 0, 0, 1, 0xdf, 0x7f, 0xff, 0xff, 0xff}, empty),
		"an unknown field":           slices.Concat([]byte{0x00, 0x81, 0xa1, 'x', 0xdd, 0x7f, 0xff, 0xff, 0xff}, empty),
		"a deep one":                 slices.Concat([]byte{0x00, 0x81, 0xa1, 'x'}, deep),
		"one long field":             slices.Concat([]byte{0x02, 0x81, 0xa1, 'x', 0xc6, 0x7f, 0xff, 0xff, 0xff}, empty),
		"a name that does not end":   slices.Concat([]byte{0x01, 0x81, 0xdb, 0x7f, 0xff, 0xff, 0xff}, empty),
		"a heartbeat that is no map": slices.Concat([]byte{0x00, 0xdd, 0x7f, 0xff, 0xff, 0xff}, empty),
		"an extension":               slices.Concat([]byte{0x04, 0x81, 0xa1, 'x', 0xc9, 0x7f, 0xff, 0xff, 0xff, 1}, empty),
		"many calls of one field":    bytes.Repeat([]byte{0x07, 0x80}, 5<<20),
	} {
		t.Run(what, func(t *testing.T) {
			c, err := p[2].attackDial(t, p[0])
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			sent, err := c.Write(crafted)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("all %d bytes were taken", sent)
			}
			if sent > 2<<20 {
				t.Errorf("%d bytes were taken", sent)
			}
			if cost := after.TotalAlloc - before.TotalAlloc; cost > 16<<20 {
				t.Errorf("%d bytes sent cost %d of memory", sent, cost)
			}
		})
	}
	p[1].add(t, erase(1), false)
}
