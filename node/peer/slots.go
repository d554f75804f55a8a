package peer

import (
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	ma "github.com/multiformats/go-multiaddr"
)

// maxProved is for how many addresses that are not in its record a member has slots.
const maxProved = 2

// slots keeps slots for connections from the addresses of members: strangers who
// open connections and prove nothing take those of strangers alone. An address is one
// of a member's record, or one at which the member proved its identity. A name in a
// record has none by what it resolves to, or whoever may change that would have them:
// once a dial to it, for which strangers leave room, or a connection from there has
// proved who is there, the address has. Host.mu guards it.
type slots struct {
	links    []link                     // of members that may connect
	proved   map[peer.ID][]ma.Multiaddr // newest first
	reserved map[string]ma.Multiaddr    // addresses that have slots
}

func newSlots() slots {
	return slots{proved: map[peer.ID][]ma.Multiaddr{}, reserved: map[string]ma.Multiaddr{}}
}

// reserve keeps slots for the members set, and forgets where others proved theirs.
func (h *Host) reserve(links []link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slots.links = links
	for id := range h.slots.proved {
		if !slices.ContainsFunc(links, func(l link) bool { return l.id == id }) {
			delete(h.slots.proved, id)
		}
	}
	h.reserveHeld()
}

// provedAt keeps slots for the address at which a member proved its identity just now,
// in the place of the oldest such address.
func (h *Host) provedAt(id peer.ID, a ma.Multiaddr) {
	ip := ipOf(a)
	if ip == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.slots.links, func(l link) bool { return l.id == id })
	if i < 0 || h.slots.links[i].at(ip) {
		return // not a member any more, or its record names the address
	}
	was := h.slots.proved[id]
	if len(was) > 0 && was[0].Equal(ip) {
		return
	}
	now := append([]ma.Multiaddr{ip}, slices.DeleteFunc(slices.Clone(was), ip.Equal)...)
	h.slots.proved[id] = now[:min(len(now), maxProved)]
	h.reserveHeld()
}

// at reports whether a member's record has an address at an IP address.
func (l link) at(ip ma.Multiaddr) bool {
	return slices.ContainsFunc(l.addrs, func(a ma.Multiaddr) bool {
		own := ipOf(a)
		return own != nil && own.Equal(ip)
	})
}

// reserveHeld brings the slots up to what is known; h.mu is held.
func (h *Host) reserveHeld() {
	allowed := rcmgr.GetAllowlist(h.limits)
	next := map[string]ma.Multiaddr{}
	for _, l := range h.slots.links {
		for _, a := range slices.Concat(l.addrs, h.slots.proved[l.id]) {
			m := ipOf(a)
			if m == nil {
				continue
			}
			next[m.String()] = m
			if _, ok := h.slots.reserved[m.String()]; !ok {
				if err := allowed.Add(m); err != nil {
					h.cfg.Logger.Warn("no slots are kept for a member's address", "agency", l.agency, "error", err)
				}
			}
		}
	}
	for text, m := range h.slots.reserved {
		if _, ok := next[text]; !ok {
			if err := allowed.Remove(m); err != nil {
				h.cfg.Logger.Warn("slots are still kept for a former member's address", "error", err)
			}
		}
	}
	h.slots.reserved = next
}

// ipOf is the IP address that an address begins with; nil: it begins with none.
func ipOf(a ma.Multiaddr) ma.Multiaddr {
	ip, _ := ma.SplitFirst(a)
	if ip == nil || ip.Protocol().Code != ma.P_IP4 && ip.Protocol().Code != ma.P_IP6 {
		return nil
	}
	return ip.Multiaddr()
}
