package app

import "golang.org/x/sys/windows"

// diskSpace returns how many bytes this process may still write to the disk of a folder, and its size.
func diskSpace(path string) (free, size uint64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, &size, nil)
	return free, size, err
}
