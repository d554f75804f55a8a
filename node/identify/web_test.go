package identify

import (
	"strings"
	"testing"
)

func TestWebToASCII(t *testing.T) {
	var v []struct {
		Input  string
		Output *string
	}
	readJSON(t, "wpt_toascii_open.json", &v)
	c := &tally{t: t, name: "wpt_toascii"}
	for _, row := range v {
		got, err := domainToASCII(row.Input)
		if row.Output == nil {
			c.check(err != nil, "%q became %q", row.Input, got)
		} else {
			c.check(err == nil && got == *row.Output, "%q: %q %v, want %q", row.Input, got, err, *row.Output)
		}
	}
	c.report(44)
}

// Of the URL standard's cases those that are absolute http and https URLs are
// ours; the others are relative, or of schemes that no advert uses.
func TestWebURLs(t *testing.T) {
	var v []struct {
		Input    string
		Base     *string
		Failure  bool
		Protocol string
		Host     string
		Pathname string
		Search   string
	}
	readJSON(t, "wpt_urltestdata_open.json", &v)
	c := &tally{t: t, name: "wpt_urltestdata"}
	for _, row := range v {
		scheme, rest, ok := cutScheme(strings.TrimSpace(row.Input))
		if !ok || scheme != "http" && scheme != "https" {
			continue
		}
		if row.Base != nil && strings.HasPrefix(*row.Base, scheme+":") && !strings.HasPrefix(strings.TrimSpace(rest), "//") {
			continue // relative to its base
		}
		u, err := parseWeb(row.Input)
		if row.Failure {
			c.check(err != nil, "%q became %+v", row.Input, u)
			continue
		}
		host := u.host
		if u.port != "" {
			host += ":" + u.port
		}
		search := ""
		if u.query != "" {
			search = "?" + u.query
		}
		c.check(err == nil && host == row.Host && u.path == row.Pathname && search == row.Search,
			"%q: %v host %q %q, path %q %q, query %q %q", row.Input, err, host, row.Host, u.path, row.Pathname, search, row.Search)
	}
	c.report(80)
}
