package reading

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/crosscase/crosscase/policy/casework"
)

// Hashes states the exact hashes of a file with its type and size, so that a list of
// hashes meets it, and with what else is known of it. MD5 and SHA-1 are taken because older
// lists hold nothing else.
func Hashes(in *Input, out *Sink, kind string, context ...string) error {
	sums := []struct {
		kind casework.Kind
		hash.Hash
	}{{casework.SHA256, sha256.New()}, {casework.SHA1, sha1.New()}, {casework.MD5, md5.New()}}
	var all []io.Writer
	for _, s := range sums {
		all = append(all, s.Hash)
	}
	size, err := io.Copy(io.MultiWriter(all...), in)
	if err != nil {
		return err
	}
	said := append([]string{kind, fmt.Sprintf("%d bytes", size)}, context...)
	for _, s := range sums {
		if err := out.Value(Statement{Record: "the file", Kind: s.kind, Value: hex.EncodeToString(s.Sum(nil)), Context: said}); err != nil {
			return err
		}
	}
	return out.Record()
}
