package adgen

import (
	"fmt"
	"strings"
)

// A number is one of a range reserved for fiction, ready to be written.
type number struct {
	e164     string
	cc       string
	national string   // as it is dialled at home, with its trunk prefix
	trunk    string   // "0", or empty
	groups   []string // of national, as printed there
	foreign  bool     // the text's region is another country
	area     bool     // the first group is an area code
}

// npas are area codes in use; 555-0100 to 555-0199 is reserved in each (NANPA).
var npas = []string{"202", "206", "212", "303", "305", "312", "404", "415", "512", "602", "617", "702", "713", "808", "904"}

// blocks are ranges reserved for fiction: Ofcom, ARCEP, Bundesnetzagentur.
var blocks = map[string][]struct {
	national string // # is a free digit
	groups   []int
	area     bool
}{
	"GB": {
		{"07700900###", []int{5, 3, 3}, false}, {"07700900###", []int{5, 6}, false}, {"01134960###", []int{4, 3, 4}, true}, {"01214960###", []int{4, 3, 4}, true},
		{"01914980###", []int{4, 3, 4}, true}, {"02079460###", []int{3, 4, 4}, true}, {"01632960###", []int{5, 6}, true},
	},
	"FR": {
		{"019900####", []int{2, 2, 2, 2, 2}, false}, {"035301####", []int{2, 2, 2, 2, 2}, false}, {"053649####", []int{2, 2, 2, 2, 2}, false}, {"063998####", []int{2, 2, 2, 2, 2}, false},
	},
	"DE": {{"03023125###", []int{3, 5, 3}, true}, {"06990009###", []int{3, 5, 3}, true}, {"03023125###", []int{3, 8}, true}},
}

// auMobiles is the list of the Australian regulator.
var auMobiles = []string{"0491570006", "0491570156", "0491570157", "0491570158", "0491570159", "0491570110", "0491570313", "0491570737", "0491571266", "0491571491"}

var countryCodes = map[string]string{"US": "1", "GB": "44", "FR": "33", "DE": "49", "AU": "61"}

// number draws one that is dialled nationally in the region, or a foreign one where
// the region keeps no range for fiction, and now and then elsewhere.
func (w *writer) number(region string) number {
	home := region
	if _, ok := countryCodes[region]; !ok || w.chance(8) {
		home = w.pick([]string{"US", "GB", "FR", "DE", "AU"})
	}
	n := number{cc: countryCodes[home], foreign: home != region}
	var sizes []int
	switch home {
	case "US":
		n.national = w.pick(npas) + "55501" + fmt.Sprintf("%02d", w.IntN(100))
		sizes, n.area = []int{3, 3, 4}, true
	case "AU":
		n.national, n.trunk = w.pick(auMobiles), "0"
		sizes = []int{4, 3, 3}
	default:
		b := blocks[home][w.IntN(len(blocks[home]))]
		n.trunk = "0"
		var s strings.Builder
		for _, c := range b.national {
			if c == '#' {
				c = rune('0' + w.IntN(10))
			}
			s.WriteRune(c)
		}
		n.national, sizes, n.area = s.String(), b.groups, b.area
	}
	rest := n.national
	for _, k := range sizes {
		n.groups = append(n.groups, rest[:k])
		rest = rest[k:]
	}
	n.e164 = "+" + n.cc + strings.TrimPrefix(n.national, n.trunk)
	return n
}

// abroad returns the groups without the trunk prefix.
func (n number) abroad() []string {
	groups := append([]string(nil), n.groups...)
	groups[0] = strings.TrimPrefix(groups[0], n.trunk)
	return groups
}
