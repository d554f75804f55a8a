package entry

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcutil/base58"

	"github.com/crosscase/crosscase/crypto/sign"
)

// peerPrefix begins a libp2p peer id of an Ed25519 key: an identity multihash of 36
// bytes, the key in libp2p's protobuf.
var peerPrefix = []byte{0x00, 0x24, 0x08, 0x01, 0x12, 0x20}

// PeerID is the libp2p identity of a node key.
func PeerID(key ed25519.PublicKey) string {
	return base58.Encode(append(bytes.Clone(peerPrefix), key...))
}

// nodeKey reads the key out of a peer id in its one spelling.
func nodeKey(id string) (ed25519.PublicKey, error) {
	raw := base58.Decode(id)
	if len(raw) != len(peerPrefix)+ed25519.PublicKeySize || !bytes.HasPrefix(raw, peerPrefix) || base58.Encode(raw) != id {
		return nil, errors.New("the peer id is not that of an Ed25519 key")
	}
	key := ed25519.PublicKey(raw[len(peerPrefix):])
	if err := sign.CheckKey(key); err != nil {
		return nil, fmt.Errorf("peer id: %w", err)
	}
	return key, nil
}

// CheckAddress checks a multiaddr of a member record. The forms are these few, written down here, because
// every replica must decide alike: a library's list grows with its version.
//
//	/ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT  or  .../udp/PORT/quic-v1
func CheckAddress(text string) error {
	parts := strings.Split(text, "/")
	if len(parts) < 5 || parts[0] != "" {
		return errors.New("not an address such as /dns4/node.example/tcp/4001")
	}
	if err := host(parts[1], parts[2]); err != nil {
		return err
	}
	port, err := strconv.ParseUint(parts[4], 10, 16)
	if err != nil || port == 0 || strconv.FormatUint(port, 10) != parts[4] {
		return errors.New("an address without a port")
	}
	switch {
	case parts[3] == "tcp" && len(parts) == 5, parts[3] == "udp" && len(parts) == 6 && parts[5] == "quic-v1":
		return nil
	}
	return errors.New("an address that is neither /tcp/PORT nor /udp/PORT/quic-v1")
}

func host(kind, name string) error {
	switch kind {
	case "ip4", "ip6":
		ip, err := netip.ParseAddr(name)
		if err != nil || ip.String() != name || ip.Is4() != (kind == "ip4") || ip.Zone() != "" || ip.IsUnspecified() {
			return errors.New("an address without an IP address in its one spelling")
		}
		return nil
	case "dns", "dns4", "dns6":
		for label := range strings.SplitSeq(name, ".") {
			if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
				return errors.New("an address without a host name in lower case")
			}
		}
		if len(name) <= 253 {
			return nil
		}
	}
	return errors.New("an address of another kind than ip4, ip6, dns, dns4 and dns6")
}
