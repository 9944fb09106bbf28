package remote

import "encoding/json"

// bytesAround is more than a provider's API puts around each text.
const bytesAround = 512

// batches cuts texts into runs that one request may hold. A text that is too long for any request
// is alone in its own: to refuse it is the provider's affair.
func batches(texts []string, limits Limits) [][]string {
	var all [][]string
	start, size := 0, bytesAround
	for i, text := range texts {
		n := jsonBytes(text) + bytesAround
		if i > start && (i-start == limits.Texts || size+n > limits.Bytes) {
			all = append(all, texts[start:i])
			start, size = i, bytesAround
		}
		size += n
	}
	if start < len(texts) {
		all = append(all, texts[start:])
	}
	return all
}

// jsonBytes is the length of text as a JSON string.
func jsonBytes(text string) int {
	encoded, err := json.Marshal(text)
	if err != nil { // strings can always be encoded
		return len(text)
	}
	return len(encoded)
}
