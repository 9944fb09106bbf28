// Package gemini embeds with Google's models over the native Gemini API.
// https://ai.google.dev/gemini-api/docs/embeddings
package gemini

import (
	"context"
	"strings"

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/remote"
	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/provider/geminiapi"
)

// What an empty setting of Config stands for.
const (
	DefaultModel      = "gemini-embedding-2"
	DefaultDimensions = 768
)

// prefixVersion stands for what Document and Question make of a text.
const prefixVersion = 1

// limits are those of batchEmbedContents.
var limits = remote.Limits{Texts: 100, Bytes: 4 << 20}

// Config says which model to ask, and for how many dimensions: 128 to 3072.
type Config struct {
	BaseURL    string
	APIKey     string
	Model      string
	Dimensions int
}

// New returns the embedder of a model. It calls nobody. lexicalVersion is that of the sparse vectors
// which share the model's space. Invalid without a key, and for a number of dimensions that no
// model has.
func New(c Config, lexicalVersion int) (*remote.Embedder, error) {
	if c.Model == "" {
		c.Model = DefaultModel
	}
	if c.Dimensions == 0 {
		c.Dimensions = DefaultDimensions
	}
	c.Model = strings.TrimPrefix(c.Model, "models/")
	if c.Dimensions < 128 || c.Dimensions > 3072 {
		return nil, book.Errorf(book.Invalid, "Gemini has no embeddings of %d dimensions; choose 768, "+
			"1536 or 3072, or another number from 128 to 3072", c.Dimensions)
	}
	client, err := geminiapi.NewClient(c.BaseURL, c.APIKey)
	if err != nil {
		return nil, err
	}
	return remote.New(&model{client, c.Model, int32(c.Dimensions)}, book.Space{
		Provider: "gemini", Model: c.Model, Dimensions: c.Dimensions, PrefixVersion: prefixVersion,
		LexicalVersion: lexicalVersion, DenseWeight: remote.DenseWeight,
	}, limits), nil
}

type model struct {
	client     *genai.Client
	name       string
	dimensions int32
}

var _ remote.Model = (*model)(nil)

// takesTaskTypes reports whether the model is told by a field what a text is. Later models ignore
// that field and are told by words in front of the text.
// https://ai.google.dev/gemini-api/docs/embeddings#task-types
func (m *model) takesTaskTypes() bool { return strings.HasPrefix(m.name, "gemini-embedding-001") }

// Document implements [remote.Model].
func (m *model) Document(t embed.Text) string {
	text := t.Text
	if headings := strings.Join(t.HeadingPath, " > "); headings != "" {
		text = headings + "\n\n" + text
	}
	switch {
	case !m.takesTaskTypes():
		title := t.Title
		if title == "" {
			title = "none"
		}
		return "title: " + title + " | text: " + text
	case t.Title != "":
		return t.Title + "\n" + text
	}
	return text
}

// Question implements [remote.Model].
func (m *model) Question(question string) string {
	if m.takesTaskTypes() {
		return question
	}
	return "task: search result | query: " + question
}

// Classify implements [remote.Model].
func (m *model) Classify(response *provider.StatusError) provider.Failure {
	return geminiapi.Failure(response)
}

// Embed implements [remote.Model]. Each text is a content of its own: the parts of one content get
// one vector together.
func (m *model) Embed(
	ctx context.Context, kind remote.Kind, texts []string,
) ([][]float32, error) {
	config := &genai.EmbedContentConfig{OutputDimensionality: &m.dimensions}
	if m.takesTaskTypes() {
		config.TaskType = "RETRIEVAL_DOCUMENT"
		if kind == remote.Question {
			config.TaskType = "RETRIEVAL_QUERY"
		}
	}
	contents := make([]*genai.Content, len(texts))
	for i, text := range texts {
		contents[i] = genai.NewContentFromText(text, genai.RoleUser)
	}
	response, err := m.client.Models.EmbedContent(ctx, m.name, contents, config)
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(response.Embeddings))
	for i, e := range response.Embeddings {
		if e != nil {
			vectors[i] = e.Values
		}
	}
	return vectors, nil
}
