package warninglist

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// Lists that an agency keeps beside those that are shipped lie in a folder of its node, and
// are used while the settings name their hash: whoever can write into the folder cannot
// keep a value out of matching, nor let one in.
var (
	// ErrNotTrusted means that the settings do not name a list's hash.
	ErrNotTrusted = errors.New("the settings do not name the hash of this warning list")
	// ErrName means that a list has no name to keep it under.
	ErrName = errors.New("a warning list is kept under a name of small letters, digits and hyphens")
)

// maxKept bounds the file of a list.
const maxKept = 256 << 20

var keptName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Hash returns the hash of a list's file, as the settings name it.
func Hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Keep puts a list into a folder, in the place of the one of its name. trusted are the
// hashes that the settings name.
func Keep(folder, name string, data []byte, trusted []string) (*List, error) {
	if !keptName.MatchString(name) || slices.Contains(Shipped(), name) {
		return nil, fmt.Errorf("%w, and not that of a shipped one: %q", ErrName, name)
	}
	l, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(trusted, Hash(data)) {
		return l, fmt.Errorf("%w: %s", ErrNotTrusted, Hash(data))
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	return l, renameio.WriteFile(filepath.Join(folder, name+".json"), data, 0o600)
}

// Kept returns the lists of a folder with their names. One whose hash the settings do not
// name is an error: it was changed, or put there by somebody else.
func Kept(folder string, trusted []string) (map[string]*List, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[string]*List{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err != nil || info.Size() > maxKept {
			return nil, fmt.Errorf("%w: %s is too large", ErrList, e.Name())
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(trusted, Hash(data)) {
			return nil, fmt.Errorf("%w: %s in %s", ErrNotTrusted, e.Name(), folder)
		}
		l, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all[name] = l
	}
	return all, nil
}
