package checkpoint

import (
	"fmt"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/crosscase/crosscase/policy/casework"
)

const (
	voterPrefix   = "voter/"
	witnessPrefix = "witness/"
	maxPolicy     = 64 << 10
)

// String writes the policy as a C2SP tlog-policy (https://c2sp.org/tlog-policy),
// for tools that are not ours: any of the log keys, and a quorum of cosigners.
//
//	log <log key of the first voter>
//	...
//	witness voter/<agency> <cosigner key>
//	...
//	group voters 2 voter/nl-police voter/fr-fiu voter/gb-hotline
//	quorum voters
//
// Agreed witnesses, if there are any, are a second group. Tools that want every
// log of the file to have signed (torchwood v0.9.0 does) accept less than this says.
func (p Policy) String() string {
	var b strings.Builder
	for _, v := range p.Voters {
		fmt.Fprintf(&b, "log %s\n", v.LogKey)
	}
	var voters, witnesses strings.Builder
	for _, v := range p.Voters {
		fmt.Fprintf(&b, "witness %s%s %s\n", voterPrefix, v.Agency, v.CosignerKey)
		fmt.Fprintf(&voters, " %s%s", voterPrefix, v.Agency)
	}
	fmt.Fprintf(&b, "group voters %d%s\n", p.Quorum(), voters.String())
	if p.Needed == 0 {
		b.WriteString("quorum voters\n")
		return b.String()
	}
	for i, w := range p.Witnesses {
		fmt.Fprintf(&b, "witness %s%d %s\n", witnessPrefix, i+1, w)
		fmt.Fprintf(&witnesses, " %s%d", witnessPrefix, i+1)
	}
	fmt.Fprintf(&b, "group witnesses %d%s\n", p.Needed, witnesses.String())
	b.WriteString("group certified all voters witnesses\nquorum certified\n")
	return b.String()
}

// Pinned writes the policy with one voter's log alone, for tools that want every log of
// the file to have signed. A checkpoint has the lines of every voter that was reachable,
// so such a tool follows while that one voter is up.
func (p Policy) Pinned(to casework.AgencyID) (string, error) {
	for _, v := range p.Voters {
		if v.Agency == to {
			_, rest, _ := strings.Cut(p.String(), "\nwitness ")
			return "log " + v.LogKey + "\nwitness " + rest, nil
		}
	}
	return "", fmt.Errorf("%w: %s is no voter", ErrPolicy, to)
}

// ParsePolicy reads what String wrote, and no other policy: lines that begin with
// # and empty lines are passed over.
func ParsePolicy(text string) (Policy, error) {
	if len(text) > maxPolicy {
		return Policy{}, fmt.Errorf("%w: %d bytes", ErrPolicy, len(text))
	}
	var p Policy
	var plain strings.Builder
	var logs []string
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		plain.WriteString(line + "\n")
		fields := strings.Split(line, " ")
		var err error
		switch {
		case fields[0] == "log" && len(fields) == 2:
			logs = append(logs, fields[1])
		case fields[0] == "witness" && len(fields) == 3 && strings.HasPrefix(fields[1], voterPrefix):
			err = p.readVoter(casework.AgencyID(strings.TrimPrefix(fields[1], voterPrefix)), logs, fields[2])
		case fields[0] == "witness" && len(fields) == 3:
			p.Witnesses = append(p.Witnesses, fields[2])
			_, err = fnote.NewVerifierForCosignatureV1(fields[2])
		case fields[0] == "group" && len(fields) > 2 && fields[1] == "witnesses":
			if _, err = fmt.Sscanf(fields[2], "%d", &p.Needed); err == nil && (p.Needed < 1 || p.Needed > len(p.Witnesses)) {
				err = fmt.Errorf("a threshold of %d among %d", p.Needed, len(p.Witnesses))
			}
		}
		if err != nil {
			return Policy{}, fmt.Errorf("%w: line %d: %w", ErrPolicy, i+1, err)
		}
	}
	if len(p.Voters) == 0 || len(logs) != len(p.Voters) {
		return Policy{}, fmt.Errorf("%w: %d log keys for %d voters", ErrPolicy, len(logs), len(p.Voters))
	}
	if p.String() != plain.String() {
		return Policy{}, fmt.Errorf("%w: another form, or another quorum, than a network's", ErrPolicy)
	}
	if _, err := p.ring(); err != nil {
		return Policy{}, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	return p, nil
}

// readVoter takes the next voter, whose log key is the one at the same position.
func (p *Policy) readVoter(id casework.AgencyID, logs []string, cosigner string) error {
	if err := id.Validate(); err != nil {
		return err
	}
	if len(p.Voters) >= len(logs) {
		return fmt.Errorf("no log key stands for it")
	}
	v := Voter{Agency: id, LogKey: logs[len(p.Voters)], CosignerKey: cosigner}
	if p.Origin == "" {
		lv, err := note.NewVerifier(v.LogKey)
		if err != nil {
			return fmt.Errorf("log key: %w", err)
		}
		p.Origin = lv.Name()
	}
	if err := CheckKeys(p.Origin, id, v.LogKey, v.CosignerKey); err != nil {
		return err
	}
	p.Voters = append(p.Voters, v)
	return nil
}
