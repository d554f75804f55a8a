package node_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// A place is one agency's node in this process, and the keys of its officers.
type place struct {
	t          *testing.T
	id         casework.AgencyID
	dir        string
	store      keyring.StoreKey
	operator   keyring.OfficerKey
	supervisor keyring.OfficerKey
	network    string
	stop       func()
}

var pass = []byte("only for tests")

func newPlace(t *testing.T, id casework.AgencyID, oversight string) *place {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc") // a socket's path is at most 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &place{t: t, id: id, dir: dir, store: keyring.NewStoreKey()}
	_, err = node.Init(t.Context(), node.InitOptions{
		Config: config.Config{
			Dir: dir, Agency: config.Agency{ID: id, Name: string(id), Country: "NL"}, Store: config.Store{Key: "keys/store.key"},
			Listen: config.Listen{Addresses: freeAddresses(t)},
		},
		OversightFile: oversight, StoreKey: p.store, SaveStoreKey: func(path string) error { return p.store.WriteFile(path) }, Operator: "op",
		OperatorKey: func() (keyring.OfficerKey, error) {
			var err error
			p.operator, err = keyring.NewOfficerKey(filepath.Join(dir, "op.key"), pass)
			return p.operator, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	t.Cleanup(func() { p.stop() })
	if p.supervisor, err = keyring.NewOfficerKey(filepath.Join(dir, "sup.key"), pass); err != nil {
		t.Fatal(err)
	}
	must(p, p.operator, api.OfficerAdd, api.OfficerAddRequest{Name: "sup", Role: casework.Supervisor, Key: keyring.OfficerPublic(p.supervisor.Public())})
	return p
}

// freeAddresses are addresses that stay the node's own over a restart.
func freeAddresses(t *testing.T) []string {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	port := tcp.Addr().(*net.TCPAddr).Port
	return []string{fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", port), fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port)}
}

func (p *place) start() {
	p.t.Helper()
	cfg, err := config.Load(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	n, err := node.New(cfg, p.store, "test", slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	p.stop = func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("%s: %v", p.id, err)
		}
		p.stop = func() {}
	}
	p.until("its socket", func() bool {
		_, err := call(p, p.operator, api.Status, api.None{})
		return err == nil
	})
}

// set changes a line of the settings; the node reads them when it starts.
func (p *place) set(before, after string) {
	p.t.Helper()
	path := filepath.Join(p.dir, config.FileName)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), before) {
		p.t.Fatalf("settings without %q: %v", before, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) client(as keyring.OfficerKey) *control.Client {
	return &control.Client{Socket: node.Socket(p.dir), Network: p.network, Agency: p.id, Signer: as}
}

func call[Request, View any](p *place, as keyring.OfficerKey, m api.Method[Request, View], request Request) (View, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 90*time.Second)
	defer cancel()
	return m.Call(ctx, p.client(as), request)
}

func must[Request, View any](p *place, as keyring.OfficerKey, m api.Method[Request, View], request Request) View {
	p.t.Helper()
	view, err := call(p, as, m, request)
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.id, m.Name, err)
	}
	return view
}

// refuses checks that a call is answered with a code.
func refuses[Request, View any](p *place, code api.Code, as keyring.OfficerKey, m api.Method[Request, View], request Request) {
	p.t.Helper()
	var e *api.Error
	if _, err := call(p, as, m, request); !errors.As(err, &e) || e.Code != code {
		p.t.Errorf("%s: %s: %v, want %s", p.id, m.Name, err, code)
	}
}

func (p *place) until(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.After(90 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			p.t.Fatalf("%s: waited in vain for %s", p.id, what)
		case <-tick.C:
		}
	}
}

func (p *place) status() api.StatusView {
	s := must(p, p.operator, api.Status, api.None{})
	return s
}

// items are numbers of a fictional range.
func items(from, to int) []api.Item {
	var out []api.Item
	for i := from; i < to; i++ {
		out = append(out, api.Item{Kind: casework.Phone, Value: fmt.Sprintf("+44113496%04d", i), Visibility: casework.Shared, Confidence: 1, Record: fmt.Sprint(i)})
	}
	return out
}

func (p *place) add(list []api.Item) {
	p.t.Helper()
	must(p, p.supervisor, api.ItemsAdd, api.ItemsAddRequest{Case: "C-1", Normaliser: identify.NormaliserVersion, Source: casework.Provenance{Source: "list"}, Items: api.Gather(list)})
}

// two makes a network of two members with a case each.
func two(t *testing.T) (a, b *place, secret audit.Secret, genesis string) {
	t.Helper()
	secret, err := audit.NewOversight("inspectorate")
	if err != nil {
		t.Fatal(err)
	}
	text, err := secret.Public().Text()
	if err != nil {
		t.Fatal(err)
	}
	oversight := filepath.Join(t.TempDir(), "oversight.pub")
	if err := os.WriteFile(oversight, text, 0o600); err != nil {
		t.Fatal(err)
	}
	a, b = newPlace(t, "aa-police", oversight), newPlace(t, "bb-fiu", oversight)
	refuses(a, api.Unavailable, a.operator, api.NetworkInvite, api.None{})
	made := must(a, a.operator, api.NetworkCreate, api.NetworkCreateRequest{Name: "example.org/test"})
	a.network = "example.org/test"
	refuses(a, api.Refused, a.operator, api.NetworkCreate, api.NetworkCreateRequest{Name: "example.org/second"})
	inv := must(a, a.operator, api.NetworkInvite, api.None{})
	refuses(b, api.Refused, b.operator, api.NetworkJoin, api.NetworkJoinRequest{Invitation: inv.Invitation, Fingerprint: "AAAA"})
	joined := must(b, b.operator, api.NetworkJoin, api.NetworkJoinRequest{Invitation: inv.Invitation, Fingerprint: made.NetworkFingerprint})
	b.network = a.network
	again := api.JoinedView{}
	again = must(b, b.operator, api.NetworkJoin, api.NetworkJoinRequest{Invitation: inv.Invitation, Fingerprint: made.NetworkFingerprint})
	if again != joined {
		t.Errorf("asked again, the join request is another one")
	}
	refuses(a, api.Refused, a.operator, api.NetworkApprove, api.NetworkApproveRequest{JoinRequest: joined.JoinRequest, Fingerprint: inv.Fingerprint})
	must(a, a.operator, api.NetworkApprove, api.NetworkApproveRequest{JoinRequest: joined.JoinRequest, Fingerprint: joined.MemberFingerprint})
	for _, p := range []*place{a, b} {
		p.until("both members", func() bool {
			s := p.status()
			return s.Phase == "member" && len(s.Peers) == 1 && s.Ledger.Certified == s.Ledger.Entries
		})
		must(p, p.supervisor, api.CaseNew, api.CaseNewRequest{Ref: "C-1", Offence: "human-trafficking", Purpose: casework.Investigate, LegalBasis: "national law", Category: casework.Suspect})
	}
	return a, b, secret, made.NetworkFingerprint
}

func TestTwoNodesMatchAndRestart(t *testing.T) {
	a, b, secret, genesis := two(t)
	a.add(items(0, 40))
	b.add(items(30, 60))
	for _, p := range []*place{a, b} {
		r := must(p, p.supervisor, api.Publish, api.PublishRequest{})
		if to := r.Peers[0]; to.Queued != "" || to.Number == 0 || to.Tags == 0 {
			t.Errorf("%s published: %+v", p.id, to)
		}
	}
	asked := must(a, a.supervisor, api.Ask, api.AskRequest{Case: "C-1"})
	if asked.Count != 40 || len(asked.Peers) != 1 || asked.Peers[0].Hits != 10 {
		t.Fatalf("%+v", asked)
	}
	// The other node goes away: a question waits, and is answered when it is back.
	b.stop()
	p := api.AskRequest{Case: "C-1", Items: api.Gather(items(40, 41)), Normaliser: identify.NormaliserVersion}
	asked, err := call(a, a.supervisor, api.Ask, p)
	if err == nil && asked.Peers[0].Queued == "" {
		t.Errorf("asked of a node that is down: %+v", asked)
	}
	if published, err := call(a, a.supervisor, api.Publish, api.PublishRequest{}); err == nil && published.Peers[0].Queued == "" {
		t.Errorf("published to a node that is down: %+v", published)
	}
	b.start()
	a.until("the answer", func() bool { s := a.status(); return s.Leads["new"] == 11 && len(s.Queued) == 0 })
	// And the first node: what it found is there after a restart, and from its first
	// moment it is in its network and founds no other.
	a.stop()
	a.start()
	refuses(a, api.Refused, a.operator, api.NetworkCreate, api.NetworkCreateRequest{Name: "example.org/second"})
	a.until("the ledger", func() bool { s := a.status(); return s.Leads["new"] == 11 && s.Ledger.Leader != "" })
	a.add(items(41, 42))
	asked = must(a, a.supervisor, api.Ask, api.AskRequest{Case: "C-1"})
	a.until("a hit after the restart", func() bool { return a.status().Leads["new"] == 12 })
	a.stop()
	b.stop()
	for _, p := range []*place{a, b} {
		report, err := audit.Verify(t.Context(), tiles.Dir(os.DirFS(node.LedgerTiles(p.dir))), audit.Options{Genesis: genesis, Secrets: []audit.Secret{secret}})
		if err != nil || !report.OK {
			t.Errorf("%s: %+v, %v", p.id, report.Findings, err)
		}
	}
}

func TestOfficersKeepToTheirRoles(t *testing.T) {
	a, _, _, _ := two(t)
	refuses(a, api.Denied, a.operator, api.Ask, api.AskRequest{Case: "C-1"})
	refuses(a, api.Denied, a.supervisor, api.OfficerAdd, api.OfficerAddRequest{Name: "x", Role: casework.Supervisor})
	refuses(a, api.Refused, a.operator, api.OfficerAdd, api.OfficerAddRequest{Name: "twice", Role: casework.Investigator, Key: keyring.OfficerPublic(a.supervisor.Public())})
	refuses(a, api.Invalid, a.operator, api.OfficerAdd, api.OfficerAddRequest{Name: "x", Role: "king", Key: keyring.OfficerPublic(a.operator.Public())})
	// a question states its ground, and one that the agreement covers
	a.add(items(0, 1))
	must(a, a.supervisor, api.CaseNew, api.CaseNewRequest{Ref: "C-2", Purpose: casework.Investigate})
	refuses(a, api.Refused, a.supervisor, api.Ask, api.AskRequest{Case: "C-2"})
	refuses(a, api.Refused, a.supervisor, api.Ask, api.AskRequest{Case: "C-1", LegalBasis: "curiosity"})
	refuses(a, api.NotFound, a.supervisor, api.Ask, api.AskRequest{Case: "C-9"})
	refuses(a, api.NotFound, a.supervisor, api.Ask, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{"zz-nobody"}})
	refuses(a, api.Invalid, a.supervisor, api.ItemsAdd, api.ItemsAddRequest{Case: "C-1", Normaliser: 99, Items: api.Gather(items(0, 1))})
	refuses(a, api.NotFound, a.supervisor, api.Search, api.SearchRequest{Kind: casework.Phone, Value: "+441134969999"})
	stranger, err := keyring.NewOfficerKey(filepath.Join(t.TempDir(), "stranger.key"), pass)
	if err != nil {
		t.Fatal(err)
	}
	refuses(a, api.Denied, stranger, api.Status, api.None{})
	officers := must(a, a.operator, api.OfficerList, api.None{})
	for _, o := range officers {
		if o.Role == casework.Operator {
			refuses(a, api.Refused, a.operator, api.OfficerRemove, api.OfficerRemoveRequest{Officer: o.ID})
		} else {
			must(a, a.operator, api.OfficerRemove, api.OfficerRemoveRequest{Officer: o.ID})
		}
	}
	refuses(a, api.Denied, a.supervisor, api.Status, api.None{})
}

func TestOwnQuotaBoundsWhatIsAnswered(t *testing.T) {
	a, b, _, _ := two(t)
	b.stop()
	b.set("answer_day = 0", "answer_day = 3")
	b.start()
	a.add(items(0, 4))
	for _, p := range []*place{a, b} {
		p.until("each other", func() bool {
			s := p.status()
			return len(s.Peers) == 1 && s.Peers[0].Connected && s.Ledger.Leader != ""
		})
	}
	asked := must(a, a.supervisor, api.Ask, api.AskRequest{Case: "C-1", Items: api.Gather(items(0, 3)), Normaliser: identify.NormaliserVersion})
	if p := asked.Peers[0]; p.Refusal != "" || p.Queued != "" {
		t.Errorf("within the quota: %+v", p)
	}
	asked = must(a, a.supervisor, api.Ask, api.AskRequest{Case: "C-1"})
	if p := asked.Peers[0]; asked.Count != 1 || p.Refusal != "quota" {
		t.Errorf("beyond the quota: %+v", asked)
	}
}

func TestInitTakesBackWhatItMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "n")
	text := []byte("not the keys of an oversight body")
	bad := filepath.Join(t.TempDir(), "bad.pub")
	if err := os.WriteFile(bad, text, 0o600); err != nil {
		t.Fatal(err)
	}
	o := node.InitOptions{Config: config.Config{Dir: dir, Agency: config.Agency{ID: "aa-police", Name: "A", Country: "NL"}}, OversightFile: bad}
	if _, err := node.Init(t.Context(), o); !errors.Is(err, audit.ErrKeys) {
		t.Fatalf("%v", err)
	}
	secret, err := audit.NewOversight("x")
	if err != nil {
		t.Fatal(err)
	}
	public, err := secret.Public().Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, public, 0o600); err != nil {
		t.Fatal(err)
	}
	o.StoreKey = keyring.NewStoreKey()
	o.SaveStoreKey = func(path string) error { return o.StoreKey.WriteFile(path) }
	o.OperatorKey = func() (keyring.OfficerKey, error) { return keyring.OfficerKey{}, errors.New("no passphrase") }
	if _, err := node.Init(t.Context(), o); err == nil {
		t.Fatal("made without an operator")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}
