package app

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// largeHeap is the heap, in bytes, from which on memory is worth more than the collector's time.
	largeHeap = 64 << 20
	// largeHeapPercent is how much garbage may gather in a large heap, as GOGC.
	largeHeapPercent = 50
)

// boundGarbage lets less garbage gather once the index is large, now or later. Its vectors are most of
// the heap and never garbage: left to itself the collector would wait until as much again is. A small
// heap is left alone, since collecting it more often takes a tenth of the searches per second; so is
// the collector of whoever sets GOGC.
func boundGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > largeHeap {
		debug.SetGCPercent(largeHeapPercent)
		return
	}
	afterCollection(boundGarbage)
}

// afterCollection runs f once, after the next garbage collection.
func afterCollection(f func()) {
	garbage := new(*int)
	runtime.AddCleanup(garbage, func(f func()) { f() }, f)
}
