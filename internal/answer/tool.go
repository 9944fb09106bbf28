package answer

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/lectern-project/lectern/internal/llm"
)

const (
	searchTool = "search_book"
	// foundTopK is how many passages a search of the model returns if it does not say, and maxFound the
	// most that it can get.
	foundTopK = 5
	maxFound  = 8
	maxQuery  = 500 // bytes
)

// tools is what the model may call.
var tools = []llm.Tool{{
	Name:        searchTool,
	Description: "Searches the book and returns numbered passages, which can be cited like those given.",
	Parameters: json.RawMessage(`{"type":"object","properties":{` +
		`"query":{"type":"string","description":"What to look for, in words that the book may use."},` +
		`"top_k":{"type":"integer","minimum":1,"maximum":8,"description":"How many passages. Default: 5."}},` +
		`"required":["query"]}`),
}}

// searchArguments reads the arguments of a call, or says what is wrong with it.
func searchArguments(call llm.ToolCall) (query string, topK int, wrong string) {
	var arguments struct {
		Query string   `json:"query"`
		TopK  *float64 `json:"top_k"`
	}
	if call.Name != searchTool {
		return "", 0, "there is no such tool; there is only " + searchTool
	}
	if err := json.Unmarshal(call.Arguments, &arguments); err != nil {
		return "", 0, `the arguments must be an object such as {"query": "words", "top_k": 5}`
	}
	topK = foundTopK
	if k := arguments.TopK; k != nil {
		if *k != math.Trunc(*k) || *k < 1 {
			return "", 0, "top_k must be a whole number from 1 to 8"
		}
		topK = int(min(*k, maxFound))
	}
	query = strings.Join(strings.Fields(visible(arguments.Query)), " ")
	switch {
	case query == "":
		return "", 0, "the query is empty"
	case len(query) > maxQuery:
		return "", 0, "the query is too long; a few words are enough"
	}
	return query, topK, ""
}
