package officers

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// kept keeps officers in the order in which they came.
type kept struct{ all []casework.Officer }

func (k *kept) Officer(_ context.Context, id casework.OfficerID) (casework.Officer, error) {
	for _, o := range k.all {
		if o.ID == id {
			return o, nil
		}
	}
	return casework.Officer{}, store.ErrNotFound
}

func (k *kept) OfficerByKey(_ context.Context, key ed25519.PublicKey) (casework.Officer, error) {
	for _, o := range k.all {
		if o.Key.Equal(key) {
			return o, nil
		}
	}
	return casework.Officer{}, store.ErrNotFound
}

func (k *kept) Officers(context.Context) ([]casework.Officer, error) { return k.all, nil }

func (k *kept) PutOfficer(_ context.Context, o casework.Officer) error {
	for i := range k.all {
		if k.all[i].ID == o.ID {
			k.all[i] = o
			return nil
		}
	}
	k.all = append(k.all, o)
	return nil
}

func newDesk() *Desk {
	return &Desk{Store: &kept{}, Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }}
}

func publicKey(t *testing.T) string {
	t.Helper()
	key, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return keyring.OfficerPublic(key)
}

func code(err error) api.Code {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestOfficerIsAddedAndRemoved(t *testing.T) {
	d := newDesk()
	p := api.OfficerAddRequest{Name: "E. Bakker", Unit: "analysis", Role: casework.Supervisor, Key: publicKey(t)}
	o, err := d.Add(t.Context(), api.Call{}, p)
	if err != nil || !o.Active() || o.Name != "E. Bakker" || o.Added.IsZero() {
		t.Fatalf("%+v, %v", o, err)
	}
	operator := casework.Officer{ID: casework.NewOfficerID(), Role: casework.Operator}
	removed, err := d.Remove(t.Context(), api.Call{Officer: operator}, api.OfficerRemoveRequest{Officer: o.ID})
	if err != nil || removed.Active() {
		t.Fatalf("%+v, %v", removed, err)
	}
	if all, err := d.List(t.Context(), api.Call{}, api.None{}); err != nil || len(all) != 1 {
		t.Errorf("a removed officer is gone from the record: %v, %v", all, err)
	}
	if again, err := d.Add(t.Context(), api.Call{}, p); err != nil || again.ID == o.ID {
		t.Errorf("back with the same key: %v", err)
	}
}

func TestOfficersAreRefused(t *testing.T) {
	d := newDesk()
	good := api.OfficerAddRequest{Name: "E. Bakker", Role: casework.Supervisor, Key: publicKey(t)}
	o, err := d.Add(t.Context(), api.Call{}, good)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*api.OfficerAddRequest)
		want   api.Code
	}{
		"no key": {func(p *api.OfficerAddRequest) { p.Key = "" }, api.Invalid}, "no role": {func(p *api.OfficerAddRequest) { p.Key, p.Role = publicKey(t), "king" }, api.Invalid},
		"no name":                 {func(p *api.OfficerAddRequest) { p.Key, p.Name = publicKey(t), "" }, api.Invalid},
		"two roles with one key":  {func(p *api.OfficerAddRequest) { p.Role = casework.Investigator }, api.Refused},
		"the same officer, twice": {func(*api.OfficerAddRequest) {}, api.Refused},
	} {
		p := good
		c.change(&p)
		if _, err := d.Add(t.Context(), api.Call{}, p); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Remove(t.Context(), api.Call{Officer: o}, api.OfficerRemoveRequest{Officer: o.ID}); code(err) != api.Refused {
		t.Errorf("themselves: %v", err)
	}
	if _, err := d.Remove(t.Context(), api.Call{}, api.OfficerRemoveRequest{Officer: casework.NewOfficerID()}); code(err) != api.NotFound {
		t.Errorf("nobody: %v", err)
	}
}
