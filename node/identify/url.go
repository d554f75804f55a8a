package identify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// tracking names the query parameters that say how a reader came to a page, not
// which page it is.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true,
	"yclid": true, "ysclid": true, "twclid": true, "ttclid": true, "li_fat_id": true, "igshid": true, "igsh": true,
	"mc_cid": true, "mc_eid": true, "_ga": true, "_gl": true, "_hsenc": true, "_hsmi": true, "hsctatracking": true,
	"mkt_tok": true, "oly_anon_id": true, "oly_enc_id": true, "vero_id": true, "wickedid": true, "rb_clickid": true,
	"s_cid": true, "ref_src": true, "ref_url": true, "spm": true, "scm": true, "epik": true, "srsltid": true,
	"share_source": true, "_openstat": true, "fb_action_ids": true, "fb_action_types": true, "fb_ref": true, "fb_source": true,
}

func isTracking(name string) bool {
	name = strings.ToLower(name)
	return tracking[name] || strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "hsa_") ||
		strings.HasPrefix(name, "pk_") || strings.HasPrefix(name, "mtm_")
}

// readURL returns host, port if unusual, path, and the query without tracking in
// the order of its names. http and https are the same page.
func readURL(s string, _ Hint) (form, error) {
	u, err := parseWeb(s)
	if err != nil {
		return form{}, err
	}
	if _, isIP := plainAddress(u.host); !isIP {
		if u.host, err = hostName(u.host); err != nil {
			return form{}, err
		}
	}
	f := form{value: u.canonical(), confidence: 1}
	if u.path == "/" && u.query == "" {
		f.confidence = 0.8
	}
	if strings.HasSuffix(u.host, ".onion") {
		if _, err := readOnion(u.host, Hint{}); err != nil {
			return form{}, fmt.Errorf("host of the address: %w", err)
		}
	}
	return f, nil
}

func (u webURL) canonical() string {
	s := u.host
	if u.port != "" && u.port != "80" && u.port != "443" {
		s += ":" + u.port
	}
	s += tidyEscapes(u.path)
	if query := tidyQuery(u.query); query != "" {
		s += "?" + query
	}
	if route := u.route(); route != "" {
		s += "#" + route
	}
	return s
}

// route returns a fragment that is a path of its own, as sites write it whose pages are
// made in the browser ("#/address/...", "#!/..."). Any other fragment is a place in the
// page and is left out.
func (u webURL) route() string {
	if !strings.HasPrefix(u.fragment, "/") && !strings.HasPrefix(u.fragment, "!") || len(strings.Trim(u.fragment, "/!")) == 0 {
		return ""
	}
	return tidyEscapes(encode(u.fragment, queryEscapes))
}

func tidyQuery(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !isTracking(unescape(name)) {
			kept = append(kept, tidyEscapes(part))
		}
	}
	slices.SortStableFunc(kept, func(a, b string) int {
		x, _, _ := strings.Cut(a, "=")
		y, _, _ := strings.Cut(b, "=")
		return cmp.Compare(x, y)
	})
	return strings.Join(kept, "&")
}

// tidyEscapes undoes escapes of characters that need none and writes the others
// in upper case (RFC 3986, section 6.2.2).
func tidyEscapes(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) || !isHex(s[i+1:i+3], 2) {
			b.WriteByte(s[i])
			continue
		}
		if c := unescape(s[i : i+3])[0]; unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(strings.ToUpper(s[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
