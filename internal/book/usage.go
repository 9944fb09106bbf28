package book

// Usage is what an answer took of language models: every call that was made for it, also those that
// failed. Costs are in the currency of the configured prices.
type Usage struct {
	InputTokens  int          `json:"input_tokens"`
	OutputTokens int          `json:"output_tokens"`
	Cost         float64      `json:"cost"`
	Models       []ModelUsage `json:"models"`
}

// ModelUsage is what calls of one model took.
type ModelUsage struct {
	Model        string  `json:"model"` // provider and configured model
	Calls        int     `json:"calls"`
	InputTokens  int     `json:"input_tokens"`
	OutputTokens int     `json:"output_tokens"`
	Cost         float64 `json:"cost"`
	// Estimated says that for some calls the provider did not count, so the length of the texts did.
	Estimated bool `json:"estimated"`
}
