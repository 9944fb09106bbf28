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

// counter shows how much of something is done, of a total that may grow: a bar on a terminal, and
// nothing without one.
type counter struct {
	all *mpb.Progress // nil without a bar
	bar *mpb.Bar
}

func newCounter(t terminal, name string) *counter {
	if !t.interactive {
		return &counter{}
	}
	all := mpb.New(mpb.WithOutput(t.w), mpb.WithWidth(t.width))
	return &counter{all: all, bar: all.AddBar(0,
		mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("%d/%d")),
		mpb.AppendDecorators(decor.Percentage()),
	)}
}

func (c *counter) set(done, total int) {
	if c.bar != nil {
		c.bar.SetTotal(int64(total), false)
		c.bar.SetCurrent(int64(done))
	}
}

// finish leaves the bar as it stands; there is none afterwards.
func (c *counter) finish() {
	if c.bar != nil {
		c.bar.Abort(false)
		c.all.Wait()
		c.bar = nil
	}
}
