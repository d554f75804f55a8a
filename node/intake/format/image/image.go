// Package image reads pictures: their exact hashes, and what the camera wrote beside the
// picture (EXIF, by bep/imagemeta), as context. A picture is not decoded, so that what it
// shows stays out of this process, and a decoder's faults with it.
package image

import (
	"bytes"
	"cmp"
	"path"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "image",
	Title:      "pictures: JPEG, PNG, GIF, TIFF, WebP, BMP, HEIF (their hashes, and what the camera wrote)",
	Source:     "the formats' own first bytes",
	MediaTypes: []string{"image/*"},
	Binary:     true,
	Tell:       tell,
	Read: func(in *reading.Input, out *reading.Sink) error {
		k := kind(in.Head.Raw)
		context, taken := camera(in, k)
		if !taken.IsZero() {
			out = out.With(&reading.About{Seen: taken})
		}
		return reading.Hashes(in, out, cmp.Or(k, "empty"), context...)
	},
}

func tell(h *reading.Head) (string, bool) {
	if len(h.Raw) == 0 && names[strings.ToLower(path.Ext(h.Name))] {
		return "is empty and named like a picture", true
	}
	if k := kind(h.Raw); k != "" {
		return "begins like " + k, true
	}
	return "", false
}

// kind names the image format that bytes begin like.
func kind(head []byte) string {
	for _, t := range []struct{ magic, name string }{
		{"\xFF\xD8\xFF", "image/jpeg"}, {"\x89PNG\r\n\x1a\n", "image/png"}, {"GIF87a", "image/gif"}, {"GIF89a", "image/gif"},
		{"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"},
	} {
		if bytes.HasPrefix(head, []byte(t.magic)) {
			return t.name
		}
	}
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "image/webp"
	case len(head) >= 14 && string(head[:2]) == "BM" && bytes.Equal(head[6:10], make([]byte, 4)):
		return "image/bmp"
	case len(head) >= 12 && string(head[4:8]) == "ftyp" && heif[string(head[8:12])]:
		return "image/heif"
	}
	return ""
}

var heif = map[string]bool{"heic": true, "heix": true, "mif1": true, "msf1": true, "avif": true, "avis": true}

// names are the extensions of the formats that kind tells.
var names = map[string]bool{
	".jpg": true, ".jpeg": true, ".png": true, ".gif": true, ".tif": true, ".tiff": true, ".webp": true, ".bmp": true,
	".heic": true, ".heif": true, ".avif": true,
}
