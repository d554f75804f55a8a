package wire

// MaxLedger is the size in bytes of the largest request between replicas.
const MaxLedger = 128 << 10

// MaxLedgerAnswer is the size in bytes of the largest answer between replicas.
const MaxLedgerAnswer = 256 << 10

// A LedgerCall is one call of a replica to another's: "/crosscase/1/ledger". The
// replica that serves it decides who may call what; see its package.
type LedgerCall struct {
	Method  string `cbor:"1,keyasint"`
	Request []byte `cbor:"2,keyasint"`
}

// Type returns TypeLedgerCall.
func (*LedgerCall) Type() Type { return TypeLedgerCall }

func (m *LedgerCall) validate() error {
	return check(between("length of the method", uint64(len(m.Method)), 1, 32), between("size of the request", uint64(len(m.Request)), 0, MaxLedger))
}

// A LedgerReply answers a LedgerCall; a call that failed is a Refusal.
type LedgerReply struct {
	Answer []byte `cbor:"1,keyasint"`
}

// Type returns TypeLedgerReply.
func (*LedgerReply) Type() Type { return TypeLedgerReply }

func (m *LedgerReply) validate() error {
	return between("size of the answer", uint64(len(m.Answer)), 0, MaxLedgerAnswer)
}
