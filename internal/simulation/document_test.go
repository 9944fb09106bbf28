package simulation

import (
	"context"
	"fmt"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/markdown"
)

// version is a revision of a document. It was live from the step from on, until the step until (0: it
// still is).
type version struct {
	book.Document
	text        string
	from, until int
}

// event is something that happened to a document.
type event struct {
	version
	kind   string // "write", "change", "delete"
	chosen bool   // the write said what the visibility is to be
}

// wrote, changed and deleted say what happened to a document.
func (o *oracle) wrote(doc book.Document, text string, chosen bool) {
	o.tell(event{kind: "write", version: version{Document: doc, text: text}, chosen: chosen})
}

func (o *oracle) changed(doc book.Document) {
	o.tell(event{kind: "change", version: version{Document: doc}})
}

func (o *oracle) deleted(docID string) {
	o.tell(event{kind: "delete", version: version{Document: book.Document{DocID: docID}}})
}

func (o *oracle) tell(e event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.happened = append(o.happened, e)
}

// checkDocument checks that a document is what the last write made of it, and that what happened to
// it may happen: it goes only when it is deleted, it changes only when it is written or changed, and
// an ingest that says nothing about visibility leaves it.
func (o *oracle) checkDocument(ctx context.Context, doc string, before picture) {
	old, was := before.documents[doc]
	d, is := o.now.documents[doc]
	deleted, single := false, event{}
	for _, e := range o.happened {
		if e.DocID != doc {
			continue
		}
		single, deleted = e, deleted || e.kind == "delete"
		o.remember(e)
	}
	if was && !is && !deleted {
		o.breakf("lost: %q is gone, and nobody deleted it", doc)
	}
	var current *version
	if is {
		current = o.versions[doc][d.Revision]
	}
	for _, v := range o.versions[doc] {
		if v.until == 0 && v != current {
			v.until = o.step
		}
	}
	if !is || was && d.Revision == old.Revision && len(o.happened) == 0 {
		return
	}
	if current == nil {
		o.breakf("%q has the revision %d, which nobody wrote", doc, d.Revision)
		return
	}
	current.until = 0
	if d.Visibility != current.Visibility || d.OwnerID != current.OwnerID {
		o.breakf("%q is %s and belongs to %s; it was made %s and given to %s", doc, d.Visibility,
			d.OwnerID, current.Visibility, current.OwnerID)
	}
	if was && len(o.happened) == 1 && single.kind == "write" && !single.chosen &&
		d.Visibility != old.Visibility {
		o.breakf("lost: %q was %s, and an ingest that left that open made it %s", doc,
			old.Visibility, d.Visibility)
	}
	o.checkText(ctx, doc, current)
}

// remember keeps the version that an event made.
func (o *oracle) remember(e event) {
	if e.kind == "delete" {
		return
	}
	v := e.version
	of := o.versions[v.DocID]
	if of == nil {
		of = map[int64]*version{}
		o.versions[v.DocID] = of
	}
	v.from, v.until = o.step, o.step
	if e.kind == "change" {
		v.text = o.textBefore(v.DocID, v.Revision)
	}
	other := of[v.Revision]
	switch {
	case other == nil:
		of[v.Revision] = &v
	case e.kind == "write" || other.Visibility != v.Visibility || other.OwnerID != v.OwnerID:
		o.breakf("two versions of %q have the revision %d", v.DocID, v.Revision)
	}
}

// textBefore returns the text that a change found: that of the newest version up to the revision.
func (o *oracle) textBefore(doc string, revision int64) string {
	var newest *version
	for _, v := range o.versions[doc] {
		if v.Revision <= revision && (newest == nil || v.Revision > newest.Revision) {
			newest = v
		}
	}
	if newest == nil {
		return ""
	}
	return newest.text
}

// checkText checks that text and chunks are those of the version, whole.
func (o *oracle) checkText(ctx context.Context, doc string, v *version) {
	all := book.View{All: true}
	_, text, err := o.stores.relational.Text(ctx, doc, all)
	if err != nil {
		o.breakf("%q cannot be read: %v", doc, err)
		return
	}
	chunks, err := o.stores.relational.ListChunks(ctx, doc, all, -1, 100)
	if err != nil {
		o.breakf("%q cannot be read: %v", doc, err)
		return
	}
	var joined strings.Builder
	for _, c := range chunks {
		joined.WriteString(c.Text)
	}
	if text != v.text || joined.String() != text {
		o.breakf("%q at revision %d is not the text that was written, or its chunks are not", doc,
			v.Revision)
	}
}

// ingestAck is an ingest, and what its caller was told.
type ingestAck struct {
	op
	from   int
	result ingest.Result
}

func (o *oracle) beginIngest(op op) *ingestAck {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &ingestAck{op: op, from: o.step}
}

func (o *oracle) endIngest(ack *ingestAck, result ingest.Result, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		ack.result = result
		o.acks = append(o.acks, ack)
		o.counts["ingests "+string(result.Status)]++
	}
}

// checkAck checks that what an ingest acknowledged was there while it ran. That it is not lost
// later is what checkDocument checks.
func (o *oracle) checkAck(ack *ingestAck) {
	want := canonical(ack.doc, ack.version)
	v := o.versions[ack.doc][ack.result.Revision]
	switch {
	case v == nil || v.text != want:
		o.breakf("lost: %q at revision %d was acknowledged, and is not what was sent", ack.doc,
			ack.result.Revision)
	case v.until != 0 && v.until < ack.from:
		o.breakf("lost: %q was said to be unchanged at revision %d, which was gone before", ack.doc,
			ack.result.Revision)
	}
}

var canonical = func() func(doc string, version int) string {
	all := map[string]string{}
	for doc, of := range texts {
		for version, text := range of {
			page, err := markdown.Parse([]byte(text), markdown.Markdown)
			if err != nil {
				panic(err)
			}
			all[fmt.Sprint(doc, version)] = page.Text
		}
	}
	return func(doc string, version int) string { return all[fmt.Sprint(doc, version)] }
}()
