// Package durable writes files that are whole after a power cut: a key, a
// checkpoint, or which network a node is in.
//
// [Replace] and [ReplaceFunc] leave the old file or the new one under a name, never a part of one;
// [Create] leaves nothing or all, and never replaces. Both return after the data and
// the folder's entry are on disk. Renaming is
// [github.com/google/renameio/v2]'s, which syncs the file and not its folder.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Replace writes data under path, in place of what is there.
func Replace(path string, data []byte, perm fs.FileMode) error {
	name := filepath.Base(path)
	if err := renameio.WriteFile(path, data, perm, renameio.WithTempDir(filepath.Dir(path)), renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: folder: %w", name, err)
	}
	return nil
}

// ReplaceFunc is Replace of what content returns for the file that will stand under
// path: content may look at the file, and does not write to it.
func ReplaceFunc(path string, perm fs.FileMode, content func(*os.File) ([]byte, error)) (err error) {
	name := filepath.Base(path)
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(perm), renameio.IgnoreUmask())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Cleanup()) }() // of what was not renamed
	data, err := content(f.File)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.CloseAtomicallyReplace()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: folder: %w", name, err)
	}
	return nil
}

// Create writes data to a new file. Where there is one, the error is fs.ErrExist and
// the file stays as it is.
func Create(path string, data []byte, perm fs.FileMode) (err error) {
	name := filepath.Base(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err = syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: folder: %w", name, err)
	}
	return nil
}

// syncFolder makes the names in a folder durable; tests see and fail it.
var syncFolder = func(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
