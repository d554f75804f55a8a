package replica

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// fingerprint names a file by its number and the time at which it came to be, which
// nobody sets: a copy of it, restored to the same place, has another.
func fingerprint(f *os.File) (string, error) {
	var s unix.Statx_t
	if err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_INO|unix.STATX_BTIME, &s); err != nil {
		return "", &os.PathError{Op: "statx", Path: f.Name(), Err: err}
	}
	if s.Mask&unix.STATX_BTIME == 0 {
		return fmt.Sprintf("%d", s.Ino), nil
	}
	return fmt.Sprintf("%d:%d.%09d", s.Ino, s.Btime.Sec, s.Btime.Nsec), nil
}

// freeSpace is how many bytes this process may still write below a folder.
func freeSpace(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return s.Bavail * uint64(s.Bsize), nil
}
