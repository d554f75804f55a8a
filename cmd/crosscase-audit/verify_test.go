package main

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/web"
	"github.com/crosscase/crosscase/policy/agreement"
)

// founded is a ledger of one entry, certified by its only member.
func founded(t *testing.T) (dir, genesis string) {
	t.Helper()
	const network = "example.org/pilot"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pub, key, err := ed25519.GenerateKey(nil)
	must(err)
	log, lv, err := checkpoint.NewLogKey(network)
	must(err)
	cosign, cv, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(network, "nl-police"))
	must(err)
	body, err := audit.NewOversight("Inspectorate (sample)")
	must(err)
	m, err := entry.SignMember(entry.Member{
		Agency: "nl-police", Name: "Politie (sample)", Country: "NL", AgencyKey: pub, PeerID: "12D3KooWsample",
		Addrs: []string{"/ip4/192.0.2.1/tcp/1"}, LogKey: lv, CosignerKey: cv, Epoch: 1, MatchKey: make([]byte, 32),
		DisclosureKey: make([]byte, 1216), Oversight: body.Public().Oversight(), Normaliser: 1,
	}, key)
	must(err)
	now := time.Now().UnixMilli()
	e, err := entry.Sign(entry.Header{Network: network, Agency: "nl-police", Seq: 1, Time: now},
		&entry.Genesis{Agreement: agreement.Default(network).Bytes(), Founder: m}, key)
	must(err)
	dir = t.TempDir()
	s, err := tiles.Open(dir)
	must(err)
	must(s.Append(entry.Leaf(now, e.Raw())))
	size, root := s.Root()
	c := checkpoint.Checkpoint{Origin: network, Size: size, Root: root}
	lines, err := checkpoint.Sign(c, log, cosign)
	must(err)
	must(s.Publish(c, checkpoint.Assemble(c, lines)))
	return dir, entry.Fingerprint(e.Hash())
}

func TestVerifyAndLog(t *testing.T) {
	dir, genesis := founded(t)
	server := httptest.NewServer(web.Handler(os.DirFS(dir)))
	defer server.Close()
	for _, where := range []string{dir, server.URL} {
		out, code := tool(t, "verify", where, "--genesis", genesis, "--json")
		var r audit.Report
		if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitHolds || !r.OK || !r.Trusted || r.Entries != 1 {
			t.Errorf("exit %d, %v: %s", code, err, out)
		}
		if out, code := tool(t, "log", where); code != exitHolds || !strings.Contains(out, "founded by nl-police") {
			t.Errorf("exit %d: %s", code, out)
		}
		if out, code := tool(t, "log", where, "--type", "query"); code != exitHolds || out != "" {
			t.Errorf("exit %d: %s", code, out)
		}
		if out, code := tool(t, "verify", where, "--genesis", "AAAA BBBB"); code != exitFinding || !strings.Contains(out, "entry 0: genesis") {
			t.Errorf("exit %d: %s", code, out)
		}
	}
	path := filepath.Join(dir, "tile", "entries", "000.p", "1")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, code := tool(t, "verify", dir, "--genesis", genesis); code != exitFinding || !strings.Contains(out, "entry 0: changed") {
		t.Errorf("exit %d: %s", code, out)
	}
}
