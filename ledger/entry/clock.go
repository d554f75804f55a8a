package entry

// TypeClock is the type of a [Clock].
const TypeClock Type = "clock"

var _ = register[Clock]()

// maxNote bounds a checkpoint in an entry: the lines of nine voters and as many
// witnesses.
const maxNote = 8 << 10

// Clock logs a certified checkpoint, for the time at which a quorum cosigned it:
// what is appended afterwards is held to that time, so that a leader's own clock
// decides nothing.
type Clock struct {
	Note []byte `cbor:"1,keyasint"`
}

func (*Clock) Type() Type     { return TypeClock }
func (*Clock) Key() string    { return "" }
func (*Clock) Facts() string  { return "a quorum's time" }
func (*Clock) Sealed() Sealed { return Sealed{} }
func (b *Clock) validate() error {
	return between("size of the checkpoint", len(b.Note), 1, maxNote)
}
