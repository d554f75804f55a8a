package identify

import (
	"strings"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

var segwitChains = map[string]string{
	"bc": "bitcoin", "tb": "bitcoin" + testNetwork, "bcrt": "bitcoin" + testNetwork,
	"ltc": "litecoin", "tltc": "litecoin" + testNetwork, "rltc": "litecoin" + testNetwork,
	"btg": "bitcoin-gold",
}

// readSegwit reads witness programs: BIP-173 for version 0 and BIP-350 for
// every later version. The checksum of the other is a damaged address.
func readSegwit(s string) (address, error) {
	hrp, data, version, err := decodeBech32(s, 90)
	if err != nil {
		return address{}, err
	}
	chain, ok := segwitChains[hrp]
	if !ok {
		return address{}, errNotMine
	}
	if len(data) < 1 || data[0] > 16 {
		return address{}, ErrChecksum
	}
	program, err := bech32.ConvertBits(data[1:], 5, 8, false)
	if err != nil || len(program) < 2 || len(program) > 40 {
		return address{}, ErrChecksum
	}
	if data[0] == 0 && (version != bech32.Version0 || len(program) != 20 && len(program) != 32) {
		return address{}, ErrChecksum
	}
	if data[0] > 0 && version != bech32.VersionM {
		return address{}, ErrChecksum
	}
	return onNetwork(chain, strings.ToLower(s)), nil
}

// decodeBech32 separates "not bech32" from "bech32 that is damaged": only the
// latter is worth telling a person.
func decodeBech32(s string, limit int) (hrp string, data []byte, version bech32.Version, err error) {
	at := strings.LastIndexByte(s, '1')
	if at < 1 || len(s) > limit || len(s)-at < 7 || !bech32Charset(s[at+1:]) {
		return "", nil, 0, errNotMine
	}
	hrp, data, version, err = bech32.DecodeNoLimitWithVersion(s)
	if err == nil {
		return hrp, data, version, nil
	}
	if _, known := bech32Prefixes[strings.ToLower(s[:at])]; known {
		return "", nil, 0, ErrChecksum
	}
	return "", nil, 0, errNotMine
}

func bech32Charset(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if s[i] >= '0' && s[i] <= '9' {
			c = s[i]
		}
		if strings.IndexByte("qpzry9x8gf2tvdw0s3jn54khce6mua7l", c) < 0 {
			return false
		}
	}
	return true
}

// bech32Prefixes are the prefixes whose damaged addresses are told apart from
// other text.
var bech32Prefixes = map[string]string{
	"bc": "", "tb": "", "bcrt": "", "ltc": "", "tltc": "", "rltc": "", "btg": "",
	"bnb": "bnb", "cosmos": "cosmos", "osmo": "cosmos", "juno": "cosmos", "terra": "cosmos", "kava": "cosmos",
	"inj": "cosmos", "sei": "cosmos", "celestia": "cosmos", "thor": "cosmos", "axelar": "cosmos",
	"addr": "", "stake": "", "addr_test": "", "stake_test": "",
}

// readCosmos reads the accounts of BNB Beacon Chain and the Cosmos chains: 20
// or 32 bytes in plain bech32 under a prefix of the chain's own.
func readCosmos(s string) (address, error) {
	hrp, data, version, err := decodeBech32(s, 90)
	if err != nil {
		return address{}, err
	}
	chain := bech32Prefixes[hrp]
	if chain == "" {
		return address{}, errNotMine
	}
	raw, err := bech32.ConvertBits(data, 5, 8, false)
	if err != nil || version != bech32.Version0 || len(raw) != 20 && len(raw) != 32 {
		return address{}, ErrChecksum
	}
	return onNetwork(chain, strings.ToLower(s)), nil
}

// readCardano reads Shelley addresses (CIP-19, bech32 without a length limit)
// and the Byron form before them.
func readCardano(s string) (address, error) {
	if a, err := readByron(s); err != errNotMine {
		return a, err
	}
	hrp, data, version, err := decodeBech32(s, 130)
	if err != nil {
		return address{}, err
	}
	var kinds string // header's upper four bits, as CIP-19 numbers them
	switch hrp {
	case "addr", "addr_test":
		kinds = "\x00\x01\x02\x03\x04\x05\x06\x07"
	case "stake", "stake_test":
		kinds = "\x0e\x0f"
	default:
		return address{}, errNotMine
	}
	raw, err := bech32.ConvertBits(data, 5, 8, false)
	if err != nil || version != bech32.Version0 || len(raw) < 29 {
		return address{}, ErrChecksum
	}
	kind, mainnet := raw[0]>>4, raw[0]&0xf == 1
	if strings.IndexByte(kinds, kind) < 0 || mainnet == strings.HasSuffix(hrp, "_test") {
		return address{}, ErrChecksum
	}
	if want := map[bool]int{true: 57, false: 29}[kind < 4]; kind != 4 && kind != 5 && len(raw) != want {
		return address{}, ErrChecksum
	}
	if !mainnet {
		return onNetwork("cardano"+testNetwork, strings.ToLower(s)), nil
	}
	return onNetwork("cardano", strings.ToLower(s)), nil
}
