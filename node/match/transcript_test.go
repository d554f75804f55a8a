package match

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/policy/casework"
)

// forms lists what an identifier could be recognised by.
func forms(p *party, value string) map[string][]byte {
	out := map[string][]byte{}
	input := p.service.input(store.MatchItem{Identifier: casework.NewIdentifier(casework.Email, value)})
	for name, b := range map[string][]byte{"value": []byte(value), "input": input} {
		m5, s1, s2, s5 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b)
		for form, x := range map[string][]byte{"": b, " md5": m5[:], " sha1": s1[:], " sha256": s2[:], " sha512": s5[:]} {
			out[name+form] = x
			out[name+form+" hex"] = []byte(hex.EncodeToString(x))
			out[name+form+" HEX"] = bytes.ToUpper([]byte(hex.EncodeToString(x)))
			out[name+form+" base64"] = []byte(base64.RawStdEncoding.EncodeToString(x))[:min(16, len(x)*4/3)]
			out[name+form+" base64url"] = []byte(base64.RawURLEncoding.EncodeToString(x))[:min(16, len(x)*4/3)]
		}
		var le, be []byte
		for _, u := range utf16.Encode([]rune(string(b))) {
			le, be = binary.LittleEndian.AppendUint16(le, u), binary.BigEndian.AppendUint16(be, u)
		}
		out[name+" utf-16le"], out[name+" utf-16be"] = le, be
	}
	return out
}

// Every byte between two nodes, while they publish and ask both ways: no
// identifier, no hash of one, no point that anybody could make of one, no output,
// and no tag but under the key of the peer it is for.
func TestTranscriptHoldsNothingOfAnIdentifier(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	all := append(values("secret-a", 0, 20), append(values("secret-b", 0, 20), values("secret-both", 0, 5)...)...)
	a.add(casework.Shared, append(all[:20:20], all[40:]...)...)
	b.add(casework.Shared, all[20:]...)
	var mu sync.Mutex
	var transcript bytes.Buffer
	for _, p := range ps {
		p.tap = func(_ casework.AgencyID, _ string, sent bool, data []byte) {
			mu.Lock()
			defer mu.Unlock()
			if sent {
				transcript.Write(data)
			}
		}
		p.start()
	}
	a.waitAnswered(a.ask()...)
	b.waitAnswered(b.ask()...)
	if len(a.found("bb")) != 5 || len(b.found("aa")) != 5 {
		t.Fatal("the nodes did not match")
	}
	w.mu.Lock()
	mu.Lock()
	defer w.mu.Unlock()
	defer mu.Unlock()
	seen := append(transcript.Bytes(), bytes.Join(w.leaves, nil)...)
	if len(seen) < 10_000 {
		t.Fatalf("a transcript of %d bytes", len(seen))
	}
	one := must(oprf.ParseBlind(append([]byte{1}, make([]byte, 31)...)))(t)
	for _, v := range all {
		for name, form := range forms(a, v) {
			if bytes.Contains(seen, form) {
				t.Errorf("the transcript holds an identifier's %s", name)
			}
		}
		input := a.service.input(store.MatchItem{Identifier: casework.NewIdentifier(casework.Email, v)})
		point := must(oprf.BlindMultiplicative(t.Context(), oprf.Options{}, [][]byte{input}, []oprf.Blind{one}))(t).Elements()
		if bytes.Contains(seen, point) {
			t.Error("the transcript holds an unblinded element")
		}
		for _, p := range ps {
			output := must(oprf.NewServer(p.match, oprf.Options{}).Index(t.Context(), [][]byte{input}))(t)
			var none tagset.PeerKey
			unkeyed := tagset.Of(&none, output)
			digest := sha256.Sum256(output)
			for name, x := range map[string][]byte{"output": output[:16], "unkeyed tag": unkeyed[:], "hash of an output": digest[:10]} {
				if bytes.Contains(seen, x) {
					t.Errorf("the transcript holds an %s", name)
				}
			}
		}
	}
}
