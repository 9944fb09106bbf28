package qdranttest

import (
	"slices"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// checkFilter refuses what the real server does, and what this one does not know: conditions
// other than on keywords. With strict, keys without an index are refused too.
func (c *collection) checkFilter(f *qdrant.Filter, strict bool) error {
	if f.GetMinShould() != nil {
		return unknown("min_should")
	}
	for _, condition := range slices.Concat(f.GetMust(), f.GetShould(), f.GetMustNot()) {
		field := condition.GetField()
		switch {
		case field == nil:
			return unknown("a condition that is not on a field")
		case field.GetKey() == "":
			return invalid("Validation error: key must not be empty")
		}
		switch field.GetMatch().GetMatchValue().(type) {
		case *qdrant.Match_Keyword, *qdrant.Match_Keywords:
		case nil:
			return invalid("Validation error: at least one field condition must be specified")
		default:
			return unknown("a match that is not on keywords")
		}
		if strict && c.index[field.GetKey()] == nil {
			return invalid("Index required but not found for %q of one of the following types: "+
				"[keyword]", field.GetKey())
		}
	}
	return nil
}

func (p *point) passes(f *qdrant.Filter) bool {
	matches := func(condition *qdrant.Condition) bool { return p.matches(condition.GetField()) }
	for _, condition := range f.GetMust() {
		if !matches(condition) {
			return false
		}
	}
	return !slices.ContainsFunc(f.GetMustNot(), matches) &&
		(len(f.GetShould()) == 0 || slices.ContainsFunc(f.GetShould(), matches))
}

// matches compares strings, to the letter; of a list, one element is enough.
func (p *point) matches(field *qdrant.FieldCondition) bool {
	wanted := field.GetMatch().GetKeywords().GetStrings()
	if one, ok := field.GetMatch().GetMatchValue().(*qdrant.Match_Keyword); ok {
		wanted = []string{one.Keyword}
	}
	value := p.payload[field.GetKey()]
	values := value.GetListValue().GetValues()
	if values == nil {
		values = []*qdrant.Value{value}
	}
	return slices.ContainsFunc(values, func(v *qdrant.Value) bool {
		text, ok := v.GetKind().(*qdrant.Value_StringValue)
		return ok && slices.Contains(wanted, text.StringValue)
	})
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unknown(what string) error {
	return status.Errorf(codes.Unimplemented, "this stand-in does not know %s", what)
}
