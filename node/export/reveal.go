package export

// plain returns the canonical value of an item: the one place where a value goes
// into an export.
func plain(item Item) string { return item.Identifier.Reveal() }
