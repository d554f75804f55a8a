package members

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/seam"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/policy/agreement"
)

// RetiredDir is where a node keeps the ledgers of networks that were succeeded, each
// in a folder named by its first entry.
const RetiredDir = "retired"

// Recover begins to found the successor of a network whose voters are gone for good: it
// returns the seam, signed by this agency, for the other survivors and for the oversight
// bodies to sign. Nothing changes before the successor is founded.
func (d *Desk) Recover(_ context.Context, _ api.Call, p api.NetworkRecoverRequest) (api.SeamView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.SeamView{}, err
	}
	certified := ledger.Certified()
	if certified.Size == 0 {
		return api.SeamView{}, api.Errorf(api.Refused, "found another network with 'crosscase network create', at another node", "nothing of this network's ledger is certified here")
	}
	s := entry.Seam{Note: certified.Note, Successor: p.Name, Founder: d.Agency.ID, Survivors: []entry.Survivor{}, Bodies: []entry.BodySignature{}}
	var terms agreement.Agreement
	ledger.View(func(st *state.State) {
		s.Network, s.Genesis, terms = st.Network(), st.Genesis(), st.Agreement()
	})
	terms.Network, terms.Version = p.Name, terms.Version+1
	if p.Agreement != "" {
		if terms, err = agreement.ParseTOML([]byte(p.Agreement)); err != nil {
			return api.SeamView{}, api.Errorf(api.Invalid, "correct the agreement", "%w", err)
		}
	}
	if err := terms.Validate(); err != nil || terms.Network != p.Name || p.Name == s.Network {
		err = errors.Join(err, errors.New("the successor has a name of its own, which its agreement states"))
		return api.SeamView{}, api.Errorf(api.Invalid, "give a name like example.org/pilot-2", "%w", err)
	}
	s.Agreement = sha256.Sum256(terms.Bytes())
	return d.seamView(ledger, seam.Document{Agreement: terms.Bytes(), Seam: s.SignedBy(d.Agency.ID, d.Keys.SignKey())})
}

// Sign signs a seam that another survivor made, if it leaves out nothing that is
// certified here.
func (d *Desk) Sign(_ context.Context, _ api.Call, p api.NetworkSignRequest) (api.SeamView, error) {
	doc, ledger, err := d.readSeam(p.Seam)
	if err != nil {
		return api.SeamView{}, err
	}
	if !entry.SameFingerprint(p.Fingerprint, doc.Seam.Fingerprint()) {
		return api.SeamView{}, api.Errorf(api.Refused, "call the agency that made it, and give what it reads to you with --fingerprint; if it differs, the file was exchanged on its way",
			"the seam has another fingerprint than the one given")
	}
	doc.Seam = doc.Seam.SignedBy(d.Agency.ID, d.Keys.SignKey())
	return d.seamView(ledger, doc)
}

// Succeed founds the successor with a seam that every survivor in it, and the oversight
// body of each, signed. The node enters it at its next start.
func (d *Desk) Succeed(_ context.Context, _ api.Call, p api.NetworkSucceedRequest) (api.JoinedView, error) {
	doc, ledger, err := d.readSeam(p.Seam)
	if err != nil {
		return api.JoinedView{}, err
	}
	if doc.Seam.Founder != d.Agency.ID {
		return api.JoinedView{}, api.Errorf(api.Refused, "it founds the successor, and invites you", "the seam names %s as the founder", doc.Seam.Founder)
	}
	view, err := d.seamView(ledger, doc)
	if err != nil {
		return api.JoinedView{}, err
	}
	if len(view.Unsigned) > 0 {
		return api.JoinedView{}, api.Errorf(api.Refused, "let it run 'crosscase-audit seam' with the file", "the oversight body of %v has not signed", view.Unsigned)
	}
	signed, m, err := d.successorRecord(ledger, doc.Seam.Successor)
	if err != nil {
		return api.JoinedView{}, err
	}
	first, err := entry.Sign(entry.Header{Network: doc.Seam.Successor, Agency: m.Agency, Seq: 1, Time: d.Now().UnixMilli()},
		&entry.Recover{Agreement: doc.Agreement, Founder: signed, Seam: doc.Seam}, d.Keys.SignKey())
	if err != nil {
		return api.JoinedView{}, api.Errorf(api.Invalid, "correct the agreement, or the settings of this agency", "%w", err)
	}
	if err := state.New().Check(first, first.Time); err != nil {
		return api.JoinedView{}, api.Errorf(api.Invalid, "correct the agreement, or the settings of this agency", "the successor cannot be founded: %w", err)
	}
	if err := durable.Replace(filepath.Join(d.Dir, GenesisFile), first.Raw(), 0o600); err != nil {
		return api.JoinedView{}, err
	}
	nw := config.Network{Name: doc.Seam.Successor, Genesis: first.Hash().String(), Founder: true, Retires: doc.Seam.Genesis.String()}
	if err := d.Membership.succeed(doc.Seam.Network, nw); err != nil {
		return api.JoinedView{}, err
	}
	return api.JoinedView{Network: nw.Name, NetworkFingerprint: entry.Fingerprint(first.Hash()), MemberFingerprint: m.Fingerprint(), Restart: true}, nil
}

// readSeam reads a seam and checks it against the own ledger.
func (d *Desk) readSeam(text string) (seam.Document, Ledger, error) {
	doc, err := seam.Read([]byte(text))
	if err != nil {
		return doc, nil, api.Errorf(api.Invalid, "ask for the file again", "%w", err)
	}
	ledger, err := d.Ledger()
	if err != nil {
		return doc, nil, err
	}
	return doc, ledger, retires(ledger, doc.Seam)
}

// retires checks that a seam ends the own ledger, and where it ends with it, that it
// names the own root.
func retires(ledger Ledger, s entry.Seam) error {
	certified := ledger.Certified()
	var c checkpoint.Checkpoint
	var err error
	ledger.View(func(st *state.State) { c, err = st.Retires(s, certified.Size) })
	if err == nil && c.Size == certified.Size && c.Root != certified.Root {
		err = errors.New("it names another root than this node's own: keep both, and tell the oversight body")
	}
	if err != nil {
		return api.Errorf(api.Refused, "let the agency whose ledger is the longest make the seam", "%w", err)
	}
	return nil
}

func (d *Desk) seamView(ledger Ledger, doc seam.Document) (api.SeamView, error) {
	text, err := seam.Write(doc)
	if err != nil {
		return api.SeamView{}, err
	}
	c, err := checkpoint.Parse(doc.Seam.Note)
	if err != nil {
		return api.SeamView{}, err
	}
	v := api.SeamView{Seam: string(text), Fingerprint: doc.Seam.Fingerprint(), Network: doc.Seam.Network, Successor: doc.Seam.Successor, Entries: c.Size}
	for _, s := range doc.Seam.Survivors {
		v.Survivors = append(v.Survivors, s.Agency)
	}
	ledger.View(func(st *state.State) { v.Lost, v.Unsigned = st.Lost(doc.Seam), st.Unsigned(doc.Seam) })
	slices.Sort(v.Lost)
	return v, nil
}

// successorRecord is the own record for a successor: it begins in the epoch after that
// of the retired network, so that nothing that was published there is mistaken for it.
func (d *Desk) successorRecord(ledger Ledger, name string) (entry.SignedMember, entry.Member, error) {
	var epoch uint32
	ledger.View(func(st *state.State) { epoch = st.Epoch() + 1 })
	if err := d.Keys.DrawEpoch(epoch); err != nil {
		return entry.SignedMember{}, entry.Member{}, err
	}
	return d.record(name, epoch)
}

// joinSuccessor makes the join request for the successor of the own network, whose
// first entry came with the invitation.
func (d *Desk) joinSuccessor(inv invitation, v api.JoinedView) (api.JoinedView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return v, err
	}
	first, err := entry.Parse(inv.First)
	if err != nil {
		return v, api.Errorf(api.Invalid, "ask the member for the file again", "the first entry in the invitation: %w", err)
	}
	b, ok := first.Body.(*entry.Recover)
	if !ok || first.Hash().String() != inv.Genesis || b.Seam.Successor != inv.Network {
		return v, api.Errorf(api.Refused, "make another node with 'crosscase init' for another network", "this node is in a network already, which the invitation's does not succeed")
	}
	if err := retires(ledger, b.Seam); err != nil {
		return v, err
	}
	signed, m, err := d.successorRecord(ledger, inv.Network)
	if err != nil {
		return v, err
	}
	text, err := writeJoinRequest(inv.Network, m, signed)
	if err != nil {
		return v, err
	}
	if err := durable.Replace(filepath.Join(d.Dir, joinRequestFile), text, 0o600); err != nil {
		return v, err
	}
	nw := config.Network{Name: inv.Network, Genesis: inv.Genesis, Members: inv.Members, Retires: b.Seam.Genesis.String()}
	if err := d.Membership.succeed(b.Seam.Network, nw); err != nil {
		return v, err
	}
	v.JoinRequest, v.MemberFingerprint, v.Restart = string(text), m.Fingerprint(), true
	return v, nil
}
