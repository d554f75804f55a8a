package intake

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

func init() { readers[Image] = readImage }

// readImage gives the exact hashes of a picture. It is not decoded: what it
// shows stays out of this process, and a decoder's faults with it. MD5 and SHA-1
// are taken because older lists hold nothing else.
func readImage(in *input, p *pipe) error {
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
	tags := []string{or(imageType(in.head), "empty"), fmt.Sprintf("%d bytes", size)}
	for _, s := range sums {
		if err := p.value(statement{record: "the file", kind: s.kind, value: hex.EncodeToString(s.Sum(nil)), tags: tags}); err != nil {
			return err
		}
	}
	return p.record()
}
