package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/node/config"
)

func sample() config.Config {
	return config.Config{
		Agency:    config.Agency{ID: "nl-police", Name: `Politie "Noord"`, Country: "NL", Contact: "spoc@example.org"},
		Oversight: config.Oversight{File: "oversight.pub"},
		Listen:    config.Listen{Addresses: []string{"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"}},
		Store:     config.Store{Key: "keys/store.key"},
		Serve:     config.Serve{Readers: "members"},
		Matching:  config.Matching{Publish: "auto", Retry: config.Duration{Duration: 2 * time.Second}, RemoveEvery: config.Duration{Duration: time.Hour}},
		Log:       config.Log{Level: "info"},
	}
}

func TestWriteThenLoad(t *testing.T) {
	dir := t.TempDir()
	want := sample()
	if err := config.Write(dir, want); err != nil {
		t.Fatal(err)
	}
	if err := config.Write(dir, want); err == nil {
		t.Error("a settings file was replaced")
	}
	got, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Path("keys/store.key") != dir+"/keys/store.key" || got.Path("/abs") != "/abs" || got.Path("") != "" {
		t.Error("paths are not resolved against the node's folder")
	}
	want.Dir = got.Dir
	want.Listen.Announce = []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const minimal = `
[agency]
id = "nl-police"
name = "Politie"
country = "NL"
[oversight]
file = "o.pub"
[listen]
addresses = ["/ip4/127.0.0.1/tcp/0"]
`

func TestParseRefuses(t *testing.T) {
	if _, err := config.Parse([]byte(minimal)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"unknown key":    {minimal + "[matching]\nworkres = 2\n", `did you mean "matching.workers"`},
		"unknown table":  {minimal + "[lisen]\naddresses = []\n", "did you mean"},
		"no agency":      {strings.Replace(minimal, `"nl-police"`, `""`, 1), "agency.id"},
		"bad country":    {strings.Replace(minimal, `"NL"`, `"nl"`, 1), "agency.country"},
		"no oversight":   {strings.Replace(minimal, `"o.pub"`, `""`, 1), "oversight.file"},
		"nowhere":        {strings.Replace(minimal, `["/ip4/127.0.0.1/tcp/0"]`, `[]`, 1), "listen.addresses"},
		"publish":        {minimal + "[matching]\npublish = \"maybe\"\n", "matching.publish"},
		"retry":          {minimal + "[matching]\nretry = \"1ms\"\n", "matching.retry"},
		"removals":       {minimal + "[matching]\nremove_every = \"1s\"\n", "matching.remove_every"},
		"not a duration": {minimal + "[matching]\nretry = \"soon\"\n", "line"},
		"level":          {minimal + "[log]\nlevel = \"loud\"\n", "log.level"},
		"served where":   {minimal + "[serve]\naddress = \"8443\"\n", "serve.address"},
		"readers":        {minimal + "[serve]\nreaders = \"all\"\n", "serve.readers"},
		"half a pair":    {minimal + "[serve]\nreaders = \"open\"\ncertificate = \"c.pem\"\n", "serve.key"},
		"for members":    {minimal + "[serve]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n", "serve.certificate"},
		"not TOML":       {"agency = [", "line 1"},
	} {
		_, err := config.Parse([]byte(c.text))
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.says)
		}
	}
}

func TestLoadNamesTheWayOut(t *testing.T) {
	if _, err := config.Load(t.TempDir()); !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), "crosscase init") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data)
		if err == nil && c.Agency.ID.Validate() != nil {
			t.Error("settings without an agency were accepted")
		}
	})
}
