package sqlite_test

import (
	"testing"

	"github.com/crosscase/crosscase/node/store/storetest"
)

func TestStoreDoesWhatAStoreMust(t *testing.T) {
	for _, c := range storetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			s, _ := create(t)
			c.Check(t, s)
		})
	}
}
