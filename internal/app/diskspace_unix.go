//go:build unix

package app

import "syscall"

// diskSpace returns how many bytes this process may still write to the disk of a folder, and its size.
func diskSpace(path string) (free, size uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	block := uint64(s.Bsize) //nolint:gosec // positive
	return s.Bavail * block, s.Blocks * block, nil
}
