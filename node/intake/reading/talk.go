package reading

import "strings"

// What sources of messages say of the values in one, as it is kept beside them. Names of
// persons may stand in it: it is kept sealed, and is in no report.

// Received and Sent say which way a message or a call went.
const (
	Received = "received"
	Sent     = "sent"
)

// WrittenBy says who wrote a message; "" where nobody is named.
func WrittenBy(name string) string { return said("written by ", name) }

// InChat says in which chat a message stands.
func InChat(name string) string { return said("in the chat ", name) }

func said(what, name string) string {
	if name = strings.TrimSpace(name); name == "" {
		return ""
	}
	return what + Printable(name)
}

// Context returns what is said, without what is not.
func Context(all ...string) (out []string) {
	for _, one := range all {
		if one != "" {
			out = append(out, one)
		}
	}
	return out
}
