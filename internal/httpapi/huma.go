package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// huma keeps these settings in variables of its package, so they can only be set once for all.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return newValidationProblem(status, msg, errs)
	}
	// A list is [] when empty and never null.
	huma.DefaultArrayNullable = false
	// "Question" is not "question": JSON's names are case-sensitive.
	huma.ValidateStrictCasing = true
	// A selection is the only value with a choice of forms.
	validation.MsgExpectedMatchExactlyOneSchema = "expected a string, or an object with strings " +
		"doc_id, chapter and text, each optional"
}

// newConfig is huma's configuration without what it adds by itself: links to schemas in every
// body, and a documentation page that loads from elsewhere.
func newConfig() huma.Config {
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeJSON}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    apiInfo(),
			Tags:    apiTags(),
			Components: &huma.Components{
				SecuritySchemes: securitySchemes(),
				Schemas:         huma.NewMapRegistry("#/components/schemas/", schemaName),
			},
		},
		// huma looks types such as application/problem+json up by what follows the plus sign.
		Formats:       map[string]huma.Format{jsonType: format, "json": format},
		DefaultFormat: jsonType,
	}
}

// decodeJSON is json.Unmarshal, but for an error that would repeat what was sent.
func decodeJSON(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errors.New("a number is too large")
	}
	return err
}

// schemaName is the name of a type in the OpenAPI document: its own, but for two that share one.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case reflect.TypeFor[retrieve.Timings]():
		return "SearchTimings"
	case reflect.TypeFor[answer.Timings]():
		return "AnswerTimings"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// wholeNumber is an integer in a request's body. JSON Schema counts 8.0 among the integers, which
// encoding/json does not.
type wholeNumber int

// UnmarshalJSON accepts any way to write a whole number.
func (n *wholeNumber) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var value float64
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	*n = wholeNumber(value)
	if float64(*n) != value {
		return fmt.Errorf("expected a whole number")
	}
	return nil
}

// Schema implements huma.SchemaProvider.
func (wholeNumber) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger}
}
