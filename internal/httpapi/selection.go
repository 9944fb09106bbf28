package httpapi

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lectern-project/lectern/internal/retrieve"
)

// selection is retrieve.Selection as JSON: a string, the words that the reader marked, or an object
// that says where to look.
type selection struct{ retrieve.Selection }

// UnmarshalJSON reads either form; null says nothing.
func (s *selection) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		s.Selection = retrieve.Selection{Text: text}
		return nil
	}
	var object struct {
		Text    string `json:"text"`
		DocID   string `json:"doc_id"`
		Chapter string `json:"chapter"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	s.Selection = retrieve.Selection(object)
	return nil
}

// Schema implements huma.SchemaProvider.
func (selection) Schema(huma.Registry) *huma.Schema {
	text := func(description, example string) *huma.Schema {
		return &huma.Schema{
			Type: huma.TypeString, Description: description, Examples: []any{example},
		}
	}
	marked := "The words that the reader marked, at most 32 KiB: the passages around them lead."
	return &huma.Schema{OneOf: []*huma.Schema{
		text(marked, "embodied intelligence"),
		{
			Type: huma.TypeObject, AdditionalProperties: false,
			Description: "Where to look, and what was marked there.",
			Properties: map[string]*huma.Schema{
				"doc_id":  text("Only in this document.", "module1/what-is-physical-ai"),
				"chapter": text("Only in this chapter.", "Module 1"),
				"text":    text(marked, "embodied intelligence"),
			},
		},
	}}
}
