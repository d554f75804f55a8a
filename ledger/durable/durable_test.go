package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// watch counts the folders that are synced, and what a file held then.
func watch(t *testing.T, path string, fail error) *[]string {
	t.Helper()
	var held []string
	before := syncFolder
	t.Cleanup(func() { syncFolder = before })
	syncFolder = func(dir string) error {
		if dir != filepath.Dir(path) {
			t.Errorf("synced %s", dir)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		held = append(held, string(data))
		return errors.Join(fail, before(dir))
	}
	return &held
}

func TestReplaceSyncsTheFolderAfterTheRename(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	held := watch(t, path, nil)
	for _, text := range []string{"first", "second"} {
		if err := Replace(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(*held) != 2 || (*held)[0] != "first" || (*held)[1] != "second" {
		t.Errorf("when the folder was synced the file held %q", *held)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	held := watch(t, path, nil)
	if err := Create(path, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("second"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("there is one: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "first" || len(*held) != 1 {
		t.Errorf("%q, %v, folder synced %d times", data, err, len(*held))
	}
}

func TestAFolderThatIsNotSyncedIsAnError(t *testing.T) {
	broken := errors.New("input/output error")
	path := filepath.Join(t.TempDir(), "f")
	watch(t, path, broken)
	if err := Replace(path, []byte("x"), 0o600); !errors.Is(err, broken) {
		t.Errorf("replaced: %v", err)
	}
	other := filepath.Join(filepath.Dir(path), "g")
	watch(t, other, broken)
	if err := Create(other, []byte("x"), 0o600); !errors.Is(err, broken) {
		t.Errorf("created: %v", err)
	}
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that may be gone after a power cut is left: %v", err)
	}
}

func TestReplaceFuncSeesTheFileThatStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	var during os.FileInfo
	if err := ReplaceFunc(path, 0o600, func(f *os.File) (data []byte, err error) {
		during, err = f.Stat()
		return []byte("content"), err
	}); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(during, after) {
		t.Errorf("another file stands there: %v", err)
	}
	failed := errors.New("no content")
	if err := ReplaceFunc(path, 0o600, func(*os.File) ([]byte, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "content" {
		t.Errorf("%q, %v", data, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}
