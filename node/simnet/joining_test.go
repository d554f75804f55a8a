package simnet

import (
	"testing"
	"testing/synctest"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// The file of an invitation or a join request may be exchanged on its way; the
// fingerprints that people read to each other may not.
func TestAttackExchangedInvitation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, oversight := overseer(t)
		all := start(t, NewFabric(), oversight, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		refuses(t, api.Unavailable, api.NetworkInvite, a, a.Operator, api.None{})
		made := as(t, api.NetworkCreate, a, a.Operator, api.NetworkCreateRequest{Name: "example.org/test"})
		a.Network = "example.org/test"
		refuses(t, api.Refused, api.NetworkCreate, a, a.Operator, api.NetworkCreateRequest{Name: "example.org/second"})
		invitation := as(t, api.NetworkInvite, a, a.Operator, api.None{})
		join := api.NetworkJoinRequest{Invitation: invitation.Invitation, Fingerprint: "AAAA"}
		refuses(t, api.Refused, api.NetworkJoin, b, b.Operator, join)
		join.Fingerprint = made.NetworkFingerprint
		joined := as(t, api.NetworkJoin, b, b.Operator, join)
		b.Network = a.Network
		if again := as(t, api.NetworkJoin, b, b.Operator, join); again != joined {
			t.Error("asked again, the join request is another one")
		}
		approve := api.NetworkApproveRequest{JoinRequest: joined.JoinRequest, Fingerprint: invitation.Fingerprint}
		refuses(t, api.Refused, api.NetworkApprove, a, a.Operator, approve)
		approve.Fingerprint = joined.MemberFingerprint
		if r := as(t, api.NetworkApprove, a, a.Operator, approve); !r.Admitted {
			t.Errorf("%+v", r)
		}
	})
}

func TestOfficersKeepToTheirRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a := all[0]
		refuses(t, api.Denied, api.Ask, a, a.Operator, api.AskRequest{Case: "C-1"})
		refuses(t, api.Denied, api.Approve, a, a.Investigator, api.ApproveRequest{})
		refuses(t, api.Denied, api.OfficerAdd, a, a.Supervisor, api.OfficerAddRequest{Name: "x", Role: casework.Supervisor})
		refuses(t, api.Refused, api.OfficerAdd, a, a.Operator, api.OfficerAddRequest{Name: "twice", Role: casework.Investigator, Key: keyring.OfficerPublic(a.Supervisor.Public())})
		refuses(t, api.Invalid, api.OfficerAdd, a, a.Operator, api.OfficerAddRequest{Name: "x", Role: "king", Key: keyring.OfficerPublic(a.Operator.Public())})
		stranger, err := a.newOfficer("stranger")
		if err != nil {
			t.Fatal(err)
		}
		refuses(t, api.Denied, api.Status, a, stranger, api.None{})
		for _, o := range as(t, api.OfficerList, a, a.Operator, api.None{}) {
			if o.Role == casework.Operator {
				refuses(t, api.Refused, api.OfficerRemove, a, a.Operator, api.OfficerRemoveRequest{Officer: o.ID})
			} else {
				as(t, api.OfficerRemove, a, a.Operator, api.OfficerRemoveRequest{Officer: o.ID})
			}
		}
		refuses(t, api.Denied, api.Status, a, a.Supervisor, api.None{})
	})
}

// A question states its ground, and one that the agreement covers.
func TestAQuestionWithoutGroundIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a := all[0]
		hold(t, a, 0, 1)
		call(t, api.CaseNew, a, api.CaseNewRequest{Ref: "C-2", Purpose: casework.Investigate})
		for code, asks := range map[api.Code][]api.AskRequest{
			api.Refused:  {{Case: "C-2"}, {Case: "C-1", LegalBasis: "curiosity"}},
			api.NotFound: {{Case: "C-9"}, {Case: "C-1", Peers: []casework.AgencyID{"zz-nobody"}}},
		} {
			for _, ask := range asks {
				refuses(t, code, api.Ask, a, a.Supervisor, ask)
			}
		}
		refuses(t, api.Invalid, api.ItemsAdd, a, a.Supervisor, api.ItemsAddRequest{Case: "C-1", Normaliser: 99, Items: api.Gather(numbers(0, 1))})
		refuses(t, api.NotFound, api.Search, a, a.Supervisor, api.SearchRequest{Kind: casework.Phone, Value: "+441134969999"})
	})
}
