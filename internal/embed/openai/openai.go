// Package openai embeds over the OpenAI API, which OpenAI, Ollama, vLLM and text-embeddings-inference
// speak. https://platform.openai.com/docs/api-reference/embeddings
package openai

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/remote"
	"github.com/lectern-project/lectern/internal/provider"
	"github.com/lectern-project/lectern/internal/provider/openaiapi"
)

// What an empty setting of Config stands for.
const (
	DefaultModel = "text-embedding-3-small"
)

// prefixVersion stands for what Document and Question make of a text.
const prefixVersion = 1

// limits are the smallest of all servers': text-embeddings-inference takes 32 texts unless it is
// told otherwise, and as many of the longest texts fit OpenAI's limit of 300,000 tokens.
var limits = remote.Limits{Texts: 32, Bytes: 4 << 20}

// dimensions are those of OpenAI's own models.
var dimensions = map[string]int{
	"text-embedding-3-small": 1536,
	"text-embedding-3-large": 3072,
	"text-embedding-ada-002": 1536,
}

// maxDimensions is more than any model has.
const maxDimensions = 1 << 16

// Config says which model to ask at which endpoint. An endpoint other than OpenAI's may do without a
// key; Dimensions may be left out for OpenAI's models.
type Config struct {
	BaseURL    string
	APIKey     string
	Model      string
	Dimensions int
}

// New returns the embedder of a model. It calls nobody. lexicalVersion is that of the sparse vectors
// which share the model's space. Invalid without a key for OpenAI itself, for an unusable base URL,
// and without dimensions for a model of others.
func New(c Config, lexicalVersion int) (*remote.Embedder, error) {
	if c.BaseURL == "" && c.APIKey == "" {
		return nil, book.Errorf(book.Invalid, "OpenAI needs a key; set LECTERN_OPENAI_API_KEY or "+
			"LECTERN_OPENAI_API_KEY_FILE, or the address of another server with "+
			"LECTERN_EMBEDDING_BASE_URL")
	}
	if c.BaseURL == "" {
		c.BaseURL = openaiapi.DefaultBaseURL
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, book.Errorf(book.Invalid, "the base URL of the OpenAI-compatible server for "+
			"embeddings is not a URL such as http://127.0.0.1:11434/v1")
	}
	if c.Model == "" {
		c.Model = DefaultModel
	}
	if c.Dimensions == 0 {
		c.Dimensions = dimensions[c.Model]
	}
	if c.Dimensions < 1 || c.Dimensions > maxDimensions {
		return nil, book.Errorf(book.Invalid, "the embedding model %s needs the number of its "+
			"dimensions, 1 to %d; set LECTERN_EMBEDDING_DIMENSIONS", c.Model, maxDimensions)
	}
	m := &model{openai.NewEmbeddingService(openaiapi.Options(c.BaseURL, c.APIKey)...), c.Model, c.Dimensions}
	return remote.New(m, book.Space{
		Provider: "openai", Model: c.Model, Dimensions: c.Dimensions, PrefixVersion: prefixVersion,
		LexicalVersion: lexicalVersion, DenseWeight: remote.DenseWeight,
	}, limits), nil
}

type model struct {
	service    openai.EmbeddingService
	name       string
	dimensions int
}

var _ remote.Model = (*model)(nil)

// Document implements [remote.Model].
func (m *model) Document(t embed.Text) string {
	text := t.Text
	if headings := strings.Join(t.HeadingPath, " > "); headings != "" {
		text = headings + "\n\n" + text
	}
	if t.Title != "" {
		text = t.Title + "\n" + text
	}
	return text
}

// Question implements [remote.Model].
func (m *model) Question(question string) string { return question }

// Classify implements [remote.Model].
func (m *model) Classify(response *provider.StatusError) provider.Failure {
	return openaiapi.Failure(response)
}

// Embed implements [remote.Model]. The number of dimensions is asked for only where the model is
// known to take it: vLLM refuses it for models that cannot be shortened.
func (m *model) Embed(
	ctx context.Context, _ remote.Kind, texts []string,
) ([][]float32, error) {
	request := openai.EmbeddingNewParams{
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
		Model: m.name, EncodingFormat: openai.EmbeddingNewParamsEncodingFormatFloat,
	}
	if strings.HasPrefix(m.name, "text-embedding-3-") {
		request.Dimensions = openai.Int(int64(m.dimensions))
	}
	response, err := m.service.New(ctx, request)
	if err != nil {
		return nil, err
	}
	return inOrder(response.Data)
}

// inOrder puts vectors at the place of their text, which each names.
func inOrder(data []openai.Embedding) ([][]float32, error) {
	vectors := make([][]float32, len(data))
	for _, d := range data {
		if d.Index < 0 || d.Index >= int64(len(data)) || vectors[d.Index] != nil {
			return nil, fmt.Errorf("index %d of %d vectors is out of range or there twice", d.Index,
				len(data))
		}
		vector := make([]float32, len(d.Embedding))
		for i, x := range d.Embedding {
			vector[i] = float32(x)
		}
		vectors[d.Index] = vector
	}
	return vectors, nil
}
