package control_test

import (
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"testing"
	"time"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// An officer signs a command so that the standard library takes it and others do not:
// its overseer could not prove later who acted. The node does not carry it out.
func TestAttackCommandThatItsOverseerRefuses(t *testing.T) {
	c, d := serve(t)
	secret := scalar.NewFromUint64(12345)
	var point curve.EdwardsPoint
	var key curve.CompressedEdwardsY
	key.SetEdwardsPoint(point.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, secret))
	d.officers[string(key[:])] = casework.Officer{ID: casework.NewOfficerID(), Role: casework.Investigator, Key: key[:]}
	cmd := casework.NewCommand("net", "nl-police", key[:], "echo", []byte(`{"text":"x"}`), time.Now())

	identity := append([]byte{1}, make([]byte, 31)...) // as R
	h := sha512.New()
	h.Write(identity)
	h.Write(key[:])
	h.Write(cmd.SigningBytes())
	k, err := scalar.NewFromBytesModOrderWide(h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	s := make([]byte, 32)
	if err := new(scalar.Scalar).Mul(k, secret).ToBytes(s); err != nil {
		t.Fatal(err)
	}
	cmd.Signature = append(identity, s...)
	if !ed25519.Verify(key[:], cmd.SigningBytes(), cmd.Signature) {
		t.Fatal("the signature is none")
	}
	var e *api.Error
	if err := c.Send(t.Context(), cmd, nil, nil); !errors.As(err, &e) || e.Code != api.Denied {
		t.Errorf("%v", err)
	}
}
