package runs

import (
	"encoding/binary"
	"fmt"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
)

// A Set names the tags of one purpose, peer and epoch.
type Set struct {
	Purpose int64
	Peer    int64
	Epoch   uint32
}

// A Record is a tag and the number that goes with it, of 48 bits.
type Record struct {
	Tag   tagset.Tag
	Value int64
}

// Removed is the number of a tag that was removed.
const Removed = 1<<48 - 1

const recordSize = tagset.Size + 6

// BlockRecords is how many records a block has: as many as fit into a page of the
// database, so that a look-up reads one.
const BlockRecords = 248

func appendRecord(dst []byte, r Record) []byte {
	dst = append(dst, r.Tag[:]...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(r.Value>>32))
	return binary.BigEndian.AppendUint32(dst, uint32(r.Value))
}

func recordAt(block []byte, i int) Record {
	b := block[i*recordSize:]
	return Record{tagAt(block, i), int64(binary.BigEndian.Uint16(b[tagset.Size:]))<<32 | int64(binary.BigEndian.Uint32(b[tagset.Size+2:]))}
}

func tagAt(block []byte, i int) tagset.Tag {
	return tagset.Tag(block[i*recordSize:][:tagset.Size])
}

// checkBlock is the number of records in a block.
func checkBlock(block []byte) (int, error) {
	if len(block) == 0 || len(block)%recordSize != 0 {
		return 0, fmt.Errorf("%w: a block of %d bytes of tags", store.ErrCorrupt, len(block))
	}
	return len(block) / recordSize, nil
}

// seek returns the place in a block of the first tag that is not below the one wanted.
// It goes in steps that double: the next tag that is looked for is often near.
func seek(block []byte, want tagset.Tag) int {
	n := len(block) / recordSize
	low, high := 0, 1
	for high <= n && tagAt(block, high-1).Compare(want) < 0 {
		low, high = high, 2*high
	}
	high = min(high, n)
	for low < high {
		middle := (low + high) / 2
		if tagAt(block, middle).Compare(want) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
