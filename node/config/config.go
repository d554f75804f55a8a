// Package config reads a node's one settings file, crosscase.toml, once and
// whole: a value that is checked before anything starts, never looked up again.
// An unknown key is an error that names the nearest known one, and a setting
// that is left out has the safe value.
package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/crosscase/crosscase/policy/casework"
)

// FileName is the settings file's name in a node's folder.
const FileName = "crosscase.toml"

// ErrConfig is wrapped by every failure to read settings.
var ErrConfig = errors.New("settings")

// Config is a node's settings.
type Config struct {
	Dir string `toml:"-"` // the node's folder; relative paths begin there

	Agency    Agency    `toml:"agency"`
	Oversight Oversight `toml:"oversight"`
	Listen    Listen    `toml:"listen"`
	Serve     Serve     `toml:"serve"`
	Store     Store     `toml:"store"`
	Matching  Matching  `toml:"matching"`
	Policy    Policy    `toml:"policy"`
	Lists     Lists     `toml:"lists"`
	Log       Log       `toml:"log"`
}

// Agency says who runs the node.
type Agency struct {
	ID      casework.AgencyID `toml:"id"`
	Name    string            `toml:"name"`
	Country string            `toml:"country"` // ISO 3166 alpha-2
	Contact string            `toml:"contact"` // of the single point of contact
}

// Oversight names the body that alone reads the sealed details.
type Oversight struct {
	File string `toml:"file"` // its public keys, as crosscase-audit wrote them
}

// Listen says where other members reach the node.
type Listen struct {
	Addresses []string `toml:"addresses"` // multiaddrs
	Announce  []string `toml:"announce"`  // what is told to others, where it differs
}

// Serve says who reads the ledger over HTTP, if anybody.
type Serve struct {
	Address     string `toml:"address"`     // host and port; empty: it is not served
	Readers     string `toml:"readers"`     // "members", who prove a key, or "open"
	Certificate string `toml:"certificate"` // with "open": PEM files, or no TLS
	Key         string `toml:"key"`
}

// Store says what unlocks the case store.
type Store struct {
	Key string `toml:"key"`
}

// Matching tunes what happens without an officer's command.
type Matching struct {
	Publish   string   `toml:"publish"`    // "auto" or "manual"
	AnswerDay uint64   `toml:"answer_day"` // elements that one peer may ask of this node in a UTC day; 0: as agreed
	Workers   int      `toml:"workers"`    // 0: all cores
	Retry     Duration `toml:"retry"`      // first pause before an absent peer is tried again
	// RemoveEvery is the grid of times at which the tags of withdrawn items leave the
	// other agencies' copies.
	RemoveEvery Duration `toml:"remove_every"`
}

// Policy names the agency's own rules.
type Policy struct {
	Rules string `toml:"rules"` // Cedar file; empty: the built-in ones, which refuse by default
}

// Lists says which warning lists of the agency's own are used.
type Lists struct {
	Trusted []string `toml:"trusted"` // SHA-256 of their files, in hexadecimal
}

// Log sets what the operator reads.
type Log struct {
	Level string `toml:"level"` // "debug", "info", "warn", "error"
}

// Duration is a time.Duration written as "30s".
type Duration struct{ time.Duration }

// UnmarshalText reads "30s".
func (d *Duration) UnmarshalText(text []byte) error {
	var err error
	d.Duration, err = time.ParseDuration(string(text))
	return err
}

// Path returns a setting's path, which may be relative to the node's folder.
func (c Config) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}

// Load reads the settings of the node in dir.
func Load(dir string) (Config, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	data, err := os.ReadFile(filepath.Join(abs, FileName))
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, fmt.Errorf("%w: there is no node in %s; make one with 'crosscase init', or name its folder with --dir: %w", ErrConfig, abs, err)
	}
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	c, err := Parse(data)
	c.Dir = abs
	return c, err
}

// Parse reads and checks the text of a settings file.
func Parse(data []byte) (Config, error) {
	c := Config{
		Serve:    Serve{Readers: "members"},
		Store:    Store{Key: "keys/store.key"},
		Matching: Matching{Publish: "auto", Retry: Duration{2 * time.Second}, RemoveEvery: Duration{time.Hour}},
		Log:      Log{Level: "info"},
	}
	meta, err := toml.Decode(string(data), &c)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return Config{}, fmt.Errorf("%w: %s, line %d: %s", ErrConfig, FileName, pe.Position.Line, pe.Message)
		}
		return Config{}, fmt.Errorf("%w: %s: %w", ErrConfig, FileName, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0].String()
		return Config{}, fmt.Errorf("%w: %s: unknown key %q; did you mean %q?", ErrConfig, FileName, key, casework.Nearest(key, knownKeys))
	}
	if len(c.Lists.Trusted) == 0 {
		c.Lists.Trusted = nil // [] says no more than nothing
	}
	return c, c.validate()
}

var knownKeys = []string{
	"agency.id", "agency.name", "agency.country", "agency.contact", "oversight.file",
	"listen.addresses", "listen.announce", "serve.address", "serve.readers", "serve.certificate", "serve.key", "store.key", "matching.publish", "matching.answer_day", "matching.workers",
	"matching.retry", "matching.remove_every", "policy.rules", "lists.trusted", "log.level",
	"agency", "oversight", "listen", "serve", "store", "matching", "policy", "lists", "log",
}

var hash = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (c Config) validate() error {
	fail := func(key, format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s: %s", ErrConfig, FileName, key, fmt.Sprintf(format, args...))
	}
	if err := c.Agency.ID.Validate(); err != nil {
		return fail("agency.id", "%v", err)
	}
	if c.Serve.Address != "" {
		if _, port, err := net.SplitHostPort(c.Serve.Address); err != nil || port == "" {
			return fail("serve.address", "is a host and a port, such as 0.0.0.0:8443, not %q", c.Serve.Address)
		}
	}
	switch {
	case strings.TrimSpace(c.Agency.Name) == "":
		return fail("agency.name", "is missing")
	case len(c.Agency.Country) != 2 || strings.ToUpper(c.Agency.Country) != c.Agency.Country:
		return fail("agency.country", "is two capital letters (ISO 3166), such as NL")
	case c.Oversight.File == "":
		return fail("oversight.file", "is missing; an agency without an oversight body joins no network")
	case len(c.Listen.Addresses) == 0:
		return fail("listen.addresses", "is missing; other members could not reach the node")
	case c.Serve.Readers != "" && c.Serve.Readers != "members" && c.Serve.Readers != "open":
		return fail("serve.readers", "is %q; it can be members or open", c.Serve.Readers)
	case c.Serve.Readers != "open" && c.Serve.Certificate != "":
		return fail("serve.certificate", "is for open; members know this node by its own key")
	case (c.Serve.Certificate == "") != (c.Serve.Key == ""):
		return fail("serve.key", "a certificate and its key go together")
	case c.Store.Key == "":
		return fail("store.key", "is missing")
	case c.Matching.Publish != "auto" && c.Matching.Publish != "manual":
		return fail("matching.publish", "is %q; it can be auto or manual", c.Matching.Publish)
	case c.Matching.Workers < 0 || c.Matching.Workers > 1024:
		return fail("matching.workers", "is %d; it can be 0 (all cores) to 1024", c.Matching.Workers)
	case c.Matching.Retry.Duration < 100*time.Millisecond:
		return fail("matching.retry", "is %s; it is at least 100ms", c.Matching.Retry.Duration)
	case c.Matching.RemoveEvery.Duration < time.Minute || c.Matching.RemoveEvery.Duration > 24*time.Hour:
		return fail("matching.remove_every", "is %s; it is a minute to a day", c.Matching.RemoveEvery.Duration)
	case slices.ContainsFunc(c.Lists.Trusted, func(sum string) bool { return !hash.MatchString(sum) }):
		return fail("lists.trusted", "is a list of SHA-256 hashes, 64 hexadecimal digits each; 'crosscase lists update' shows that of a file")
	case !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level):
		return fail("log.level", "is %q; it can be debug, info, warn or error", c.Log.Level)
	}
	return nil
}
