package main

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
)

type openAPICommand struct{}

// Run prints the OpenAPI document: YAML, or JSON with --json.
func (c *openAPICommand) Run(s *session) error {
	document, err := app.OpenAPI()
	if err != nil {
		return err
	}
	if s.JSON {
		var root any
		if err := yaml.NewDecoder(bytes.NewReader(document)).Decode(&root); err != nil {
			return book.Wrap(book.Internal, err, "the OpenAPI document cannot be read")
		}
		return s.printJSON(root)
	}
	_, err = s.stdout.Write(document)
	return err
}
