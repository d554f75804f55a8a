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
// hashes meets it. MD5 and SHA-1 are taken because older lists hold nothing else.
func Hashes(in *Input, out *Sink, kind string) error {
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
	tags := []string{kind, fmt.Sprintf("%d bytes", size)}
	for _, s := range sums {
		if err := out.Value(Statement{Record: "the file", Kind: s.kind, Value: hex.EncodeToString(s.Sum(nil)), Context: tags}); err != nil {
			return err
		}
	}
	return out.Record()
}
