package oversight

import (
	"bytes"
	"context"
	"time"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/node/api"
)

// Commands lists the signed commands that were kept, oldest first, and whether each
// proves its officer. What a command said is not in it.
func (d *Desk) Commands(ctx context.Context, _ api.Call, _ api.None) ([]api.CommandView, error) {
	all, err := d.Store.Commands(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]api.CommandView, 0, len(all))
	for _, k := range all {
		o, err := d.Store.Officer(ctx, k.Officer)
		if err != nil {
			return nil, err
		}
		views = append(views, api.CommandView{
			At: time.UnixMilli(k.Act.At).UTC(), Officer: o.ID, Name: o.Name, Method: k.Act.Method, Request: k.Act.Request,
			Proven: bytes.Equal(o.Key, k.Act.Key) && sign.Verify(k.Act.Key, k.Act.SigningBytes(), k.Act.Signature),
		})
	}
	return views, nil
}
