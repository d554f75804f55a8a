package identify

import (
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// NormaliserVersion is the version of the canonical forms that this package makes.
const NormaliserVersion = casework.NormaliserVersion

// maxValue bounds one value in bytes; the longest form with a published length
// is a URL, and 2,048 is what those are held to in practice.
const maxValue = 4096

var (
	// ErrNotIdentifier means that the value is not one of the kind asked for.
	ErrNotIdentifier = errors.New("not an identifier of this kind")
	// ErrChecksum means that the shape is right and a check digit or sum is
	// not: most often a typing error.
	ErrChecksum = errors.New("checksum does not hold")
	// ErrRegionNeeded means that the value is national and no region was given.
	ErrRegionNeeded = errors.New("a region is needed to read this")
	// ErrPlatformNeeded means that a handle came without its platform.
	ErrPlatformNeeded = errors.New("a platform is needed to read this")
	// ErrUnsupported means a form that is recognised and deliberately not taken.
	ErrUnsupported = errors.New("form is not supported")
)

// A Hint is what the surroundings of a value say about it. Every field may be
// empty.
type Hint struct {
	Kind     casework.Kind // empty: guess
	Region   string        // ISO 3166 alpha-2, of the case or the file
	Platform string        // for handles
	Chain    string        // for wallets: a chain's name, a ticker or a token
}

// A Result is a canonical identifier with what was assumed to get it.
type Result struct {
	Identifier casework.Identifier
	Assumed    []string              // in words, holding no part of the value
	Confidence float64               // 0 to 1
	Keys       []casework.Identifier // other forms under which it is matched too
}

// Match says whether the result may be matched, or is only to be shown.
func (r Result) Match() bool { return r.Confidence >= sharing.LowConfidence }

// A form is a result while it is still plain text; it stays in this package.
type form struct {
	kind       casework.Kind
	value      string
	keys       []string // of the same kind
	assumed    []string
	confidence float64
}

func (f form) result() Result {
	r := Result{
		Identifier: casework.NewIdentifier(f.kind, f.value),
		Assumed:    f.assumed,
		Confidence: f.confidence,
	}
	for _, key := range f.keys {
		if key != "" && key != f.value {
			r.Keys = append(r.Keys, casework.NewIdentifier(f.kind, key))
		}
	}
	return r
}

// readers holds one reader a kind; each gets a tidied value.
var readers = map[casework.Kind]func(string, Hint) (form, error){
	casework.Phone:    readPhone,
	casework.Email:    readEmail,
	casework.Wallet:   readWallet,
	casework.Bank:     readIBAN,
	casework.Handle:   readHandle,
	casework.URL:      readURL,
	casework.Domain:   readDomain,
	casework.Onion:    readOnion,
	casework.MD5:      readMD5,
	casework.SHA1:     readSHA1,
	casework.SHA256:   readSHA256,
	casework.ED2K:     readED2K,
	casework.BTIH:     readBTIH,
	casework.PDQ:      readPDQ,
	casework.PhotoDNA: readPhotoDNA,
	casework.IMEI:     readIMEI,
	casework.IMSI:     readIMSI,
	casework.MAC:      readMAC,
	casework.Plate:    readPlate,
	casework.Document: readDocument,
	casework.IP:       readIP,
	casework.PGP:      readPGP,
}

// byLink are the kinds whose values may be addresses that lead to something: an address
// that leads to a person's number or name is that, whatever kind it was given as.
var byLink = map[casework.Kind]bool{
	casework.Phone: true, casework.Email: true, casework.Handle: true, casework.URL: true, casework.Wallet: true,
}

// Canonical returns the canonical form of one value of the hinted kind; with no
// kind it is the best of [Guess]. An address that leads to something is of the kind of
// what it leads to.
func Canonical(value string, h Hint) (Result, error) {
	if h.Kind == "" {
		all, err := Guess(value, h)
		if err != nil {
			return Result{}, err
		}
		return all[0], nil
	}
	f, err := canonical(value, h)
	if err != nil {
		return Result{}, err
	}
	return f.result(), nil
}

func canonical(value string, h Hint) (form, error) {
	read, ok := readers[h.Kind]
	if !ok {
		return form{}, fmt.Errorf("kind is not known: %w", ErrUnsupported)
	}
	value, err := tidy(value)
	if err != nil {
		return form{}, err
	}
	if byLink[h.Kind] {
		if f, ok, err := link(value, h); ok {
			return f, err
		}
	}
	f, err := read(value, h)
	if err != nil {
		return form{}, err
	}
	f.kind = h.Kind
	return f, nil
}
