package app

import (
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/httpapi"
	"github.com/lectern-project/lectern/internal/mail"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
)

// Faults is everything that can be said about the settings of an installation before a store
// answers: the rules of config, and what those who use a setting cannot use. Nobody is called.
func Faults(c config.Config) config.Faults {
	f := append(c.Faults(), c.SigningKeyFaults()...)
	if c.DatabaseURL != "" {
		f.AddError("database-url", postgres.CheckURL(c.DatabaseURL))
	}
	if c.QdrantURL != "" {
		f.AddError("qdrant-url qdrant-api-key", qdrant.Config{
			URL: c.QdrantURL, APIKey: c.QdrantAPIKey,
		}.Check())
	}
	_, err := httpapi.NewProxies(c.TrustedProxies, false)
	f.AddError("trusted-proxies", err)
	_, err = httpapi.ParseOrigins(c.CORSOrigins)
	f.AddError("cors-origins", err)
	if c.SMTPURL != "" && c.MailFrom != "" {
		_, err = mail.New(c.SMTPURL, c.MailFrom)
		f.AddError("smtp-url mail-from", err)
	}
	addEmbedderFaults(&f, c)
	return f
}

// addEmbedderFaults tries to open the embedder that the configuration names.
func addEmbedderFaults(f *config.Faults, c config.Config) {
	settings := map[string]string{
		config.Gemini: "embedder gemini-api-key gemini-base-url embedding-model embedding-dimensions",
		config.OpenAI: "embedder openai-api-key openai-base-url embedding-base-url embedding-api-key " +
			"embedding-model embedding-dimensions",
	}[c.Embedder]
	if settings == "" {
		return
	}
	_, err := newRemote(c, book.Space{
		Provider: c.Embedder, Model: c.EmbeddingModel, Dimensions: c.EmbeddingDimensions,
	})
	f.AddError(settings, err)
}
