package identify

import (
	"errors"
	"fmt"
	"strings"
)

// A chainReader recognises the address forms of one chain. It answers
// errNotMine for a string that is shaped like something else, and ErrChecksum
// for one of its own that is damaged.
type chainReader struct {
	name string
	read func(s string) (address, error)
}

// An address is a verified address: its chain, its canonical text, and how sure
// its form makes us that it is one.
type address struct {
	chain      string
	text       string
	second     string // a second key of the same holder, without the chain
	confidence float64
	note       string
}

var errNotMine = fmt.Errorf("not an address of a known chain: %w", ErrNotIdentifier)

// chains are asked in this order; forms with a checksum and a prefix of their
// own come first, Solana, which has neither, last.
var chains = []chainReader{
	{"bitcoin", readSegwit},
	{"evm", readEVM},
	{"bitcoin", readBase58Check},
	{"bitcoin-cash", readCashAddr},
	{"xrp", readXRP},
	{"monero", readMonero},
	{"stellar", readStellar},
	{"algorand", readAlgorand},
	{"cardano", readCardano},
	{"cosmos", readCosmos},
	{"substrate", readSS58},
	{"solana", readSolana},
}

// chainNames maps tickers, tokens' home chains and URI schemes to chains.
var chainNames = map[string]string{
	"btc": "bitcoin", "xbt": "bitcoin", "bitcoin": "bitcoin", "lightning": "bitcoin",
	"bch": "bitcoin-cash", "bitcoincash": "bitcoin-cash", "bitcoin-cash": "bitcoin-cash", "bchtest": "bitcoin-cash",
	"bsv": "bitcoin-sv", "bitcoin-sv": "bitcoin-sv",
	"btg": "bitcoin-gold", "bitcoin-gold": "bitcoin-gold",
	"ltc": "litecoin", "litecoin": "litecoin",
	"doge": "dogecoin", "dogecoin": "dogecoin",
	"dash": "dash", "zec": "zcash", "zcash": "zcash",
	"eth": "evm", "ethereum": "evm", "evm": "evm", "etc": "evm", "bsc": "evm", "matic": "evm", "polygon": "evm",
	"pol": "evm", "arb": "evm", "arbitrum": "evm", "avax": "evm", "base": "evm", "optimism": "evm", "ftm": "evm",
	"xrp": "xrp", "ripple": "xrp",
	"trx": "tron", "tron": "tron", "trc20": "tron",
	"xmr": "monero", "monero": "monero",
	"xlm": "stellar", "stellar": "stellar",
	"algo": "algorand", "algorand": "algorand",
	"ada": "cardano", "cardano": "cardano",
	"xtz": "tezos", "tezos": "tezos",
	"atom": "cosmos", "cosmos": "cosmos",
	"bnb": "bnb",
	"dot": "substrate", "ksm": "substrate", "polkadot": "substrate", "kusama": "substrate", "substrate": "substrate",
	"sol": "solana", "solana": "solana",
}

// readWallet verifies an address and infers its chain from its form. A hinted
// chain decides only between chains that share a form; a token's name (USDT)
// says nothing about the chain and the address does.
func readWallet(s string, h Hint) (form, error) {
	hint, err := chainOf(h.Chain)
	if err != nil {
		return form{}, err
	}
	s, fromPrefix := cutChain(s)
	if fromPrefix != "" {
		hint = fromPrefix
	}
	if strings.ContainsAny(s, " \t\n") || len(s) < 14 || len(s) > 256 {
		return form{}, fmt.Errorf("no address has this length or a space: %w", ErrNotIdentifier)
	}
	a, err := readAddress(s, hint)
	if err != nil {
		return form{}, err
	}
	a = onChain(a, s, hint)
	f := form{value: a.chain + ":" + a.text, confidence: a.confidence}
	if a.second != "" {
		f.keys = []string{a.chain + ":" + a.second}
	}
	if hint != a.chain {
		f.assumed = append(f.assumed, "chain "+a.chain)
	}
	if hint != "" && hint != strings.TrimSuffix(a.chain, testNetwork) {
		f.assumed = append(f.assumed, "the chain that was given has no such address")
		f.confidence = min(f.confidence, 0.8)
	}
	if a.note != "" {
		f.assumed = append(f.assumed, a.note)
	}
	return f, nil
}

// chainOf reads the chain that a source states: its name, its ticker, or a token's. What
// says nothing of a chain is no statement; a chain that is not known is an error, since an
// address of it may have the form of another chain's.
func chainOf(stated string) (string, error) {
	stated = strings.ToLower(strings.TrimSpace(stated))
	if name, ok := chainNames[stated]; ok || tokens[stated] {
		return name, nil
	}
	name := ""
	for _, word := range strings.FieldsFunc(stated, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if n, ok := chainNames[word]; ok {
			return n, nil
		}
		if !tokens[word] {
			name = word
		}
	}
	if name != "" {
		return "", fmt.Errorf("a chain that is not known, whose addresses may look like another's: %w", ErrUnsupported)
	}
	return "", nil
}

// tokens are words beside addresses that say nothing of their chain: tokens that stand on
// several, and words for no particular coin.
var tokens = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`usdt usdc tether dai busd tusd usdp usdd fdusd weth wbtc shib link uni aave cro token tokens crypto cryptocurrency coin coins
		wallet address mainnet main net network chain blockchain currency virtual unknown other none na n a all various multiple erc20 erc bep20 bep trc usd coin`) {
		m[w] = true
	}
	return m
}()

// ownPrefix reports whether a text begins like the addresses of one chain and of no
// other, so that a wrong checksum makes it a damaged address of that chain.
func ownPrefix(s string) bool {
	at := strings.LastIndexByte(s, '1')
	if at < 1 {
		return false
	}
	_, known := bech32Prefixes[strings.ToLower(s[:at])]
	return known
}

// readAddress asks the chains in turn; a hinted chain is asked first.
func readAddress(s, hint string) (address, error) {
	worst := errNotMine
	for pass := range 2 {
		for _, c := range chains {
			if (c.name == hint) != (pass == 0) {
				continue
			}
			a, err := c.read(s)
			if err == nil {
				return a, nil
			}
			if errors.Is(err, ErrChecksum) && ownPrefix(s) {
				return address{}, err // it can be nothing else
			}
			if err != errNotMine && worst == errNotMine {
				worst = err
			}
		}
	}
	if hint == "monero" && isHex(s, 64) {
		return address{
			chain: "monero", text: strings.ToLower(s), confidence: 0.4,
			note: "64 hexadecimal digits given as monero: a key or a payment id, without a checksum",
		}, nil
	}
	return address{}, worst
}

// cutChain cuts "chain:" as canonical forms and payment links have it, with the
// link's amount and label.
func cutChain(s string) (rest, chain string) {
	before, after, ok := strings.Cut(s, ":")
	if !ok {
		return s, ""
	}
	before = strings.ToLower(before)
	after = strings.TrimPrefix(after, "//")
	if before == "bitcoincash" || before == "bchtest" {
		after, _, _ = strings.Cut(after, "?")
		return after, "bitcoin-cash"
	}
	chain, ok = chainNames[strings.TrimSuffix(before, "-testnet")]
	if !ok {
		return s, ""
	}
	after = strings.TrimSpace(after)
	if chain == "evm" {
		after = strings.TrimPrefix(after, "pay-")
		after, _, _ = strings.Cut(after, "@")
		after, _, _ = strings.Cut(after, "/")
	}
	after, _, _ = strings.Cut(after, "?")
	return after, chain
}

func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
