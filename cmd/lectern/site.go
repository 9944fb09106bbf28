package main

import (
	"os"
	"path/filepath"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
)

// layoutFlags say how a folder is laid out where it cannot say so itself.
type layoutFlags struct {
	Site            string `help:"Kind of the folder: docusaurus, mdbook or plain (default: recognised)." enum:"docusaurus,mdbook,plain," default:"" placeholder:"KIND"`
	BaseURL         string `help:"Address of the site's front page, or its path." placeholder:"URL"`
	RouteBasePath   string `help:"Path of the docs below the front page (Docusaurus)." placeholder:"PATH"`
	DocsVersionPath string `help:"Path of the current version below the docs (Docusaurus)." placeholder:"PATH"`
	Locale          string `help:"Only the pages of this locale (Docusaurus)." placeholder:"NAME"`
}

func (f layoutFlags) options() docsite.Options {
	return docsite.Options{
		Kind: docsite.Kind(f.Site), BaseURL: f.BaseURL, RouteBasePath: f.RouteBasePath,
		VersionPath: f.DocsVersionPath, Locale: f.Locale,
	}
}

// siteFlags say what a folder cannot say itself. They are the same wherever a folder is ingested,
// because they decide a page's doc_id and URL.
type siteFlags struct {
	layoutFlags
	Source   string `help:"Name of the folder's documents (default: the folder's own name)." placeholder:"NAME"`
	IDPrefix string `help:"Put this in front of every doc_id, such as manual/." placeholder:"PREFIX"`
}

func (f siteFlags) options() docsite.Options {
	o := f.layoutFlags.options()
	o.IDPrefix = f.IDPrefix
	return o
}

// sourceOf is the source of a folder's documents: --source, else the folder's own name. A
// file's folder is the one that it lies in.
func (f siteFlags) sourceOf(path string) (string, error) {
	name := f.Source
	if name == "" {
		full, err := filepath.Abs(path)
		if err != nil {
			return "", book.Wrap(book.Unavailable, err, "%s cannot be found", path)
		}
		if info, err := os.Stat(full); err == nil && !info.IsDir() {
			full = filepath.Dir(full)
		}
		name = filepath.Base(full)
	}
	if name == string(filepath.Separator) || name == book.SourceAPI {
		return "", book.Errorf(book.Invalid, "%q cannot be the name of a folder's documents; "+
			"give another with --source", name)
	}
	return name, nil
}
