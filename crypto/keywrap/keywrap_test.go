package keywrap

import (
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// Whatever a key file from elsewhere says, what is computed with it is bounded.
func FuzzParse(f *testing.F) {
	good, err := Wrap("store", "", make([]byte, 32), []byte("correct horse battery"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":"crosscase-key/1","what":"store","kdf":"argon2id","time":3,"memory_kib":65536,"lanes":4}`))
	f.Add([]byte(`{"time":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Parse("store", data)
		if err != nil {
			return
		}
		if w.Time < argonTime || w.Time > maxTime || w.Memory < argonMemory || w.Memory > maxMemory || w.Lanes < 1 || w.Lanes > maxLanes ||
			len(w.Salt) > 64 || len(w.Nonce) != chacha20poly1305.NonceSizeX {
			t.Errorf("time %d, memory %d, lanes %d", w.Time, w.Memory, w.Lanes)
		}
	})
}
