package store

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Permission says that all agencies that disclosed an item let it be matched, after
// they had disclosed it under terms that did not.
type Permission struct {
	Item       casework.ItemID
	From       []casework.AgencyID // who gave it
	Reference  string              // of their letter or message
	Visibility casework.Visibility // how far the item may go since
	By         casework.OfficerID  // who recorded it
	At         time.Time
}
