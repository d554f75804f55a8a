package sign

import "sync"

// A Cache checks signatures under keys of which some return often: those it prepares.
// Others may name as many keys as they like, so it is bounded. It is safe for
// concurrent use; the zero value is not usable, see [NewCache].
type Cache struct {
	most int

	mu       sync.Mutex
	seen     map[string]int
	prepared map[string]*Verifier
}

const (
	often   = 3    // uses of a key before it is prepared
	maxSeen = 4096 // keys that are counted
)

// NewCache returns a cache that prepares at most so many keys, of some 40 KB each.
func NewCache(most int) *Cache {
	return &Cache{most: most, seen: map[string]int{}, prepared: map[string]*Verifier{}}
}

// Verify reports whether a key passes [CheckKey] and the signature holds under it.
func (c *Cache) Verify(key, message, signature []byte) bool {
	if v := c.of(key); v != nil {
		return v.Verify(message, signature)
	}
	return CheckKey(key) == nil && Verify(key, message, signature)
}

// of returns the prepared key, and prepares it if it is due.
func (c *Cache) of(key []byte) *Verifier {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.prepared[string(key)]; v != nil {
		return v
	}
	if len(c.seen) >= maxSeen {
		clear(c.seen)
	}
	c.seen[string(key)]++
	if c.seen[string(key)] <= often || len(c.prepared) >= c.most {
		return nil
	}
	v, err := NewVerifier(key)
	if err != nil {
		return nil // Verify says so each time
	}
	delete(c.seen, string(key))
	c.prepared[string(key)] = v
	return v
}
