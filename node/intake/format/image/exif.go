package image

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bep/imagemeta"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// maxMeta is how much of a picture is looked at for what its camera wrote.
const maxMeta = 4 << 20

// maxDecode bounds the time that one picture may take.
const maxDecode = 2 * time.Second

// metaFormats are the formats whose metadata is read.
var metaFormats = map[string]imagemeta.ImageFormat{
	"image/jpeg": imagemeta.JPEG, "image/png": imagemeta.PNG, "image/tiff": imagemeta.TIFF, "image/webp": imagemeta.WebP, "image/heif": imagemeta.HEIF,
}

// cameraTags are what is kept of it: the device, and its numbers.
var cameraTags = map[string]string{
	"Make": "camera made by ", "Model": "camera ", "SerialNumber": "camera's serial number ", "BodySerialNumber": "camera's serial number ", "CameraSerialNumber": "camera's serial number ",
	"LensSerialNumber": "lens's serial number ", "ImageUniqueID": "picture's own number ",
}

// camera returns what the camera wrote into a picture: the device and its numbers, when
// and where it was taken. It is context: places are never matched, and a camera's serial
// number is no identifier that others hold in one form.
func camera(in *reading.Input, kind string) (context []string, taken time.Time) {
	format, ok := metaFormats[kind]
	if !ok {
		return nil, time.Time{}
	}
	var head []byte
	if in.File != nil {
		head = make([]byte, min(in.Size, maxMeta))
		n, err := in.File.ReadAt(head, 0)
		if err != nil && err != io.EOF {
			return nil, time.Time{}
		}
		head = head[:n]
	} else {
		head = in.Head.Raw
	}
	var tags imagemeta.Tags
	wanted := func(t imagemeta.TagInfo) bool {
		return cameraTags[t.Tag] != "" || strings.HasPrefix(t.Tag, "GPS") || strings.HasPrefix(t.Tag, "DateTime") || strings.HasPrefix(t.Tag, "OffsetTime")
	}
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(head), ImageFormat: format, Sources: imagemeta.EXIF, Timeout: maxDecode, LimitTagSize: 1 << 10,
		ShouldHandleTag: wanted, HandleTag: func(t imagemeta.TagInfo) error { tags.Add(t); return nil }, Warnf: func(string, ...any) {},
	})
	if err != nil && len(tags.EXIF()) == 0 {
		return nil, time.Time{}
	}
	return describe(tags)
}

// describe words what was read.
func describe(tags imagemeta.Tags) (context []string, taken time.Time) {
	exif := tags.EXIF()
	for _, name := range []string{"Make", "Model", "SerialNumber", "BodySerialNumber", "CameraSerialNumber", "LensSerialNumber", "ImageUniqueID"} {
		if t, ok := exif[name]; ok {
			if value := strings.Trim(fmt.Sprint(t.Value), " \x00"); value != "" {
				context = append(context, reading.Printable(cameraTags[name]+value))
			}
		}
	}
	if at, err := tags.GetDateTime(); err == nil && !at.IsZero() {
		if at, ok := reading.SaneTime(at); ok {
			taken = at
			context = append(context, "taken "+at.Format("2006-01-02 15:04:05"))
		}
	}
	if lat, long, err := tags.GetLatLong(); err == nil && (lat != 0 || long != 0) && lat >= -90 && lat <= 90 && long >= -180 && long <= 180 {
		context = append(context, fmt.Sprintf("taken at %.6f, %.6f", lat, long))
	}
	return context, taken
}
