package members

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Rotate changes keys of this agency. The new ones are kept before their record is
// logged, beside those in force; the ledger decides which count. A rotation that was
// cut off is brought to its end first.
func (d *Desk) Rotate(ctx context.Context, _ api.Call, p api.NetworkRotateRequest) (api.RotationView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.RotationView{}, err
	}
	for _, k := range p.Keys {
		if !slices.Contains(api.KeyNames(), k) {
			return api.RotationView{}, api.Errorf(api.Invalid, "name one of those", "there is no key %q; they are %v", string(k), api.KeyNames())
		}
	}
	body, err := d.newOversight(p)
	if err != nil {
		return api.RotationView{}, err
	}
	unlock, err := d.rotating.Lock(ctx, struct{}{})
	if err != nil {
		return api.RotationView{}, err
	}
	defer unlock()
	if err := d.finish(ctx, ledger); err != nil {
		return api.RotationView{}, err
	}
	own, err := d.own(ledger)
	if err != nil {
		return api.RotationView{}, err
	}
	v := api.RotationView{Rotated: slices.Clone(p.Keys)}
	if away := d.away(ledger); slices.Contains(p.Keys, api.KeyNode) && len(away) > 0 {
		v.Away = away
		v.Rotated = slices.DeleteFunc(v.Rotated, func(k api.KeyName) bool { return k == api.KeyNode })
		if len(v.Rotated) == 0 {
			return v, api.Errorf(api.Refused, "run it again when they are back; all other keys can change now", "the node key waits: %s would not know the node any more, and cannot be told while away", join(away))
		}
	}
	if len(v.Rotated) == 0 {
		return v, api.Errorf(api.Invalid, "name one with --key, or all with --all", "no key is named")
	}
	if err := d.rotate(ctx, ledger, own, v.Rotated, body); err != nil {
		return v, err
	}
	d.stands(ledger, &v)
	return v, nil
}

// rotate changes what is named, which is something.
func (d *Desk) rotate(ctx context.Context, ledger Ledger, own entry.Member, keys []api.KeyName, body *audit.Public) error {
	has := func(k api.KeyName) bool { return slices.Contains(keys, k) }
	if has(api.KeyAudit) && !has(api.KeyMatch) { // which comes with one
		if err := d.Keys.RenewAudit(own.Epoch); err != nil {
			return err
		}
		if len(keys) == 1 {
			return nil
		}
	}
	fresh := keyring.Fresh{
		Match: has(api.KeyMatch), Disclosure: has(api.KeyDisclosure), Agency: has(api.KeyAgency), Node: has(api.KeyNode), Log: has(api.KeyLog),
	}
	if fresh.Match {
		var network uint32
		ledger.View(func(st *state.State) { network = st.Epoch() })
		if own.Epoch > network {
			return api.Errorf(api.Refused, "call those whose nodes are away, and run it again; 'crosscase network members' shows the epoch of each",
				"the match key is new already (epoch %d), and not all members have followed", own.Epoch)
		}
	}
	next, err := d.Keys.Draw(fresh, d.Membership.Network().Name, own, d.Now().Unix())
	if err != nil {
		return err
	}
	m := own
	if body != nil && body.Name != own.Oversight.Name {
		return api.Errorf(api.Refused, "only the keys of a body change; an agency under another body joins anew", "the file is of %q, and this agency's oversight body is %q", body.Name, own.Oversight.Name)
	}
	if has(api.Addresses) {
		m.Addrs = d.addresses()
	}
	if body != nil {
		m.Oversight = body.Oversight()
	}
	if next.Record, err = d.signNext(m, next); err != nil {
		return err
	}
	if err := d.Keys.Propose(next); err != nil {
		return err
	}
	if err := d.log(ctx, ledger, next); err != nil {
		return err
	}
	if body != nil {
		return d.KeepOversight(*body)
	}
	return nil
}

// signNext makes the record that follows one, with the public halves of drawn keys.
func (d *Desk) signNext(m entry.Member, next keyring.Next) ([]byte, error) {
	secrets, err := d.Keys.MemberKeys(next)
	if err != nil {
		return nil, err
	}
	if next.Log != "" {
		m.LogKey, m.CosignerKey = next.LogKey, next.Cosigns
	}
	if m.DisclosureKey, err = d.Keys.NewestDisclosure(next); err != nil {
		return nil, err
	}
	node := secrets.Node.Public().(ed25519.PublicKey)
	m.AgencyKey, m.PeerID, m.Epoch = secrets.Agency.Public().(ed25519.PublicKey), entry.PeerID(node), next.Epoch
	m.MatchKey, m.Level = secrets.Match.Public().Bytes(), max(m.Level, agreement.Level)
	signed, err := entry.SignMember(m, secrets)
	if err != nil {
		return nil, api.Errorf(api.Invalid, "check the settings", "%w", err)
	}
	return signed.Bytes(), nil
}

// newOversight reads the public keys of the oversight body where they are to change.
func (d *Desk) newOversight(p api.NetworkRotateRequest) (*audit.Public, error) {
	if has := slices.Contains(p.Keys, api.KeyOversight); has == (p.Oversight == "") {
		return nil, api.Errorf(api.Invalid, "ask the body for the file that 'crosscase-audit keygen' wrote beside its new key, and name it with --oversight",
			"the keys of the oversight body change with --key oversight and its file together")
	}
	if p.Oversight == "" {
		return nil, nil
	}
	body, err := audit.ParsePublic([]byte(p.Oversight))
	if err != nil {
		return nil, api.Errorf(api.Invalid, "ask the body for the file that 'crosscase-audit keygen' wrote beside its new key", "%w", err)
	}
	return &body, nil
}

// day is how long a node waits before it changes its match key again because others
// did: one member must not make all evaluate everything anew all the time.
const day = 24 * time.Hour

// TurnWithOthers changes the match key if another member has changed its own, so that
// the network comes to the next epoch. Earlier than a day after the last time an
// operator does so.
func (d *Desk) TurnWithOthers(ctx context.Context, ledger Ledger) error {
	if !d.lagging(ledger) {
		return nil
	}
	unlock, err := d.rotating.Lock(ctx, struct{}{})
	if err != nil {
		return err
	}
	defer unlock()
	if err := d.finish(ctx, ledger); err != nil {
		return err
	}
	own, err := d.own(ledger)
	if err != nil || !d.lagging(ledger) {
		return err
	}
	return d.rotate(ctx, ledger, own, []api.KeyName{api.KeyMatch}, nil)
}

// lagging reports whether others wait for the own match key of the next epoch.
func (d *Desk) lagging(ledger Ledger) (yes bool) {
	own, err := d.own(ledger)
	if err != nil || d.Now().Sub(time.Unix(d.Keys.Began(own.Epoch), 0)) < day {
		return false
	}
	ledger.View(func(st *state.State) {
		for _, m := range st.Members() {
			yes = yes || m.Active() && m.Epoch > own.Epoch
		}
	})
	return yes
}

// log takes the record of drawn keys into the ledger. Keys whose record it refuses are
// forgotten; those whose end is open stay until it shows.
func (d *Desk) log(ctx context.Context, ledger Ledger, next keyring.Next) error {
	signed, err := entry.ParseSignedMember(next.Record)
	if err != nil {
		return err
	}
	isNext := func(st *state.State) bool {
		m, ok := st.Member(d.Agency.ID)
		return ok && string(m.Record.Record) == string(signed.Record)
	}
	err = logged(ctx, ledger, &entry.MemberRotate{Member: signed}, isNext)
	if errors.Is(err, replica.ErrRejected) {
		return errors.Join(desk.LedgerError(err), d.Keys.Discard())
	}
	if err != nil {
		return api.Errorf(api.Unavailable, "run the same command again: it goes on with the keys that were drawn, and draws no others", "the new keys are kept, and their record may not be in the ledger: %w", err)
	}
	_, err = d.Follow(ledger)
	return err
}

// finish takes keys that wait into the ledger, or notices that they are there.
func (d *Desk) finish(ctx context.Context, ledger Ledger) error {
	if _, err := d.Follow(ledger); err != nil {
		return err
	}
	next, waits := d.Keys.Pending()
	if !waits {
		return nil
	}
	if err := d.log(ctx, ledger, next); err != nil {
		return err
	}
	return nil
}

// Follow brings drawn keys into force once the ledger has their record.
func (d *Desk) Follow(ledger Ledger) (followed bool, err error) {
	own, err := d.own(ledger)
	if err != nil {
		return false, nil //nolint:nilerr // before the own admission nothing was drawn
	}
	return d.Keys.Follow(own)
}

// own returns the own record as the ledger has it.
func (d *Desk) own(ledger Ledger) (m entry.Member, err error) {
	ledger.View(func(st *state.State) {
		own, ok := st.Member(d.Agency.ID)
		if !ok || !own.Active() {
			err = api.Errorf(api.Refused, "", "%s is no member of the network", d.Agency.ID)
		}
		m = own.Member
	})
	return m, err
}

// away lists the members that this node has no connection with.
func (d *Desk) away(ledger Ledger) (out []casework.AgencyID) {
	ledger.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != d.Agency.ID {
				out = append(out, m.Agency)
			}
		}
	})
	return slices.DeleteFunc(out, d.Host.Connected)
}

// stands fills in how the network stands after a rotation.
func (d *Desk) stands(ledger Ledger, v *api.RotationView) {
	ledger.View(func(st *state.State) {
		own, _ := st.Member(d.Agency.ID)
		v.Epoch, v.NetworkEpoch, v.Fingerprint = own.Epoch, st.Epoch(), own.Fingerprint()
		for _, m := range st.Members() {
			if m.Active() && m.Epoch < own.Epoch {
				v.Behind = append(v.Behind, m.Agency)
			}
		}
	})
}

func join(ids []casework.AgencyID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}
