package identify

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// hourLayout writes the hour in which an address was seen, in UTC.
const hourLayout = "2006-01-02T15Z"

// readIP reads an address with, where they are given, a port and a time after
// a space or an @. One address serves thousands of subscribers behind a carrier's
// translator: without a time it is a weak key and the confidence says so.
func readIP(s string, _ Hint) (form, error) {
	host, when := s, ""
	if at := strings.IndexAny(s, "@ "); at > 0 {
		host, when = s[:at], strings.TrimSpace(s[at+1:])
	}
	address, port, err := splitAddress(host)
	if err != nil {
		return form{}, err
	}
	f := form{confidence: 0.6}
	f.value = address.String()
	if port != "" {
		f.value = netip.AddrPortFrom(address, 0).String()
		f.value = strings.TrimSuffix(f.value, "0") + port
	}
	if when != "" {
		hour, err := readHour(when)
		if err != nil {
			return form{}, err
		}
		f.value += "@" + hour.Format(hourLayout)
		f.confidence = 0.8
		if port != "" {
			f.confidence = 1
		}
	}
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		f.confidence = 0.2
		f.assumed = append(f.assumed, "an address that is not of the public internet")
	}
	return f, nil
}

var errRange = fmt.Errorf("a range of addresses, which is no identifier: %w", ErrUnsupported)

func splitAddress(s string) (netip.Addr, string, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if !p.IsSingleIP() {
			return netip.Addr{}, "", errRange
		}
		return checkAddress(p.Addr(), "")
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return checkAddress(a, "")
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return checkAddress(a.Addr(), strconv.Itoa(int(a.Port())))
	}
	return netip.Addr{}, "", fmt.Errorf("not an IP address: %w", ErrNotIdentifier)
}

func checkAddress(a netip.Addr, port string) (netip.Addr, string, error) {
	if a.Zone() != "" {
		return netip.Addr{}, "", fmt.Errorf("address of one link only: %w", ErrUnsupported)
	}
	if a.IsUnspecified() {
		return netip.Addr{}, "", fmt.Errorf("the unspecified address: %w", ErrNotIdentifier)
	}
	return a.Unmap(), port, nil
}

// readHour reads the times that logs have. A time without a zone is refused: an
// hour off is another subscriber.
func readHour(s string) (time.Time, error) {
	for _, layout := range []string{
		hourLayout, time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST",
		"2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", time.RFC1123Z,
	} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if name, offset := t.Zone(); layout == "2006-01-02 15:04:05 MST" && (offset != 0 || name != "UTC" && name != "GMT") {
			continue
		}
		return t.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("time of the address is not one with a zone: %w", ErrNotIdentifier)
}
