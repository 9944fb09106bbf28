package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/lectern-project/lectern/internal/ingest"
)

// progress shows how far a folder's ingest is: a bar on a terminal, with lines above it; without
// one only the lines.
type progress struct {
	out io.Writer
	all *mpb.Progress // nil without a bar
	bar *mpb.Bar
}

func newProgress(t terminal, path string, files int) progress {
	if !t.interactive || files == 0 {
		return progress{out: t}
	}
	all := mpb.New(mpb.WithOutput(t.w), mpb.WithWidth(t.width))
	bar := all.AddBar(int64(files),
		mpb.PrependDecorators(decor.Name(filepath.Base(path)+" "), decor.CountersNoUnit("%d/%d")),
		mpb.AppendDecorators(decor.Percentage()),
	)
	return progress{out: all, all: all, bar: bar}
}

// println writes a line, above the bar where there is one.
func (p progress) println(line string) { _, _ = fmt.Fprintln(p.out, line) }

// count moves the bar on for a page. Skipped files and deletions are no pages.
func (p progress) count(r ingest.FileReport) {
	if p.bar != nil && r.Path != "" && r.Status != ingest.FileSkipped {
		p.bar.Increment()
	}
}

// finish leaves the bar as it stands.
func (p progress) finish() {
	if p.bar != nil {
		p.bar.Abort(false)
		p.all.Wait()
	}
}
