package keyring

import "maps"

// DrawEpoch draws keys of all purposes for an epoch unless there are some. They are on
// disk when it returns without an error, and not in use otherwise.
func (r *Ring) DrawEpoch(epoch uint32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.keys.Epochs[epoch]; ok {
		return nil
	}
	next := *r.keys
	next.Epochs = maps.Clone(next.Epochs)
	if err := next.DrawEpoch(epoch); err != nil {
		return err
	}
	if err := next.Save(r.path, r.store); err != nil {
		return err
	}
	r.keys = &next
	return nil
}
