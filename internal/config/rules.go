package config

import (
	"net/url"
	"regexp"
	"slices"
	"time"
)

// Faults are the rules that the settings break. What other packages know of, such as how the URL of
// a database is written, and what stores hold, is theirs to say.
func (c Config) Faults() Faults {
	var f Faults
	f.choice("access", c.Access, "public", "login")
	f.choice("registration", c.Registration, "", "open", "invitation", "closed")
	f.choice("embedder", c.Embedder, "", "static", "static-2", Gemini, OpenAI)
	c.checkRanges(&f)
	c.checkURLs(&f)
	c.checkAccounts(&f)
	c.checkEmbedding(&f)
	c.Models.check(&f)
	c.checkServed(&f, time.Now())
	c.checkBudgets(&f)
	c.Load.check(&f)
	if c.QdrantURL != "" && !collections.MatchString(c.Collection) {
		f.Addf("collection", "collection is %q; it must be 1 to 64 letters, digits, \"-\" and \"_\"",
			c.Collection)
	}
	if c.QdrantAPIKey != "" && c.QdrantURL == "" {
		f.Addf("qdrant-api-key qdrant-url", "qdrant-api-key needs qdrant-url, the server that it is for")
	}
	if c.Pprof && c.MetricsListen == "" {
		f.Addf("pprof metrics-listen", "pprof is served by the listener for metrics; name its address "+
			"with metrics-listen")
	}
	return f
}

// collections are names that Qdrant takes, with the name of a space behind them.
var collections = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// choice adds a fault unless value is one of the choices.
func (f *Faults) choice(setting, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		f.Addf(setting, "%s", NotOneOf(setting, value, choices))
	}
}

func (c Config) checkRanges(f *Faults) {
	for _, limit := range []struct {
		setting string
		value   int
	}{
		{"rate-limit", c.RateLimit},
		{"answer-rate-limit", c.AnswerRateLimit},
		{"sign-in-rate-limit", c.SignInRateLimit},
	} {
		if limit.value < 0 {
			f.Addf(limit.setting, "%s is %d; it must be 0, for no limit, or more", limit.setting,
				limit.value)
		}
	}
	if c.AuditLogDays < 0 || c.AuditLogDays > maxAuditLogDays {
		f.Addf("audit-log-days", "audit-log-days is %d; it must be 0, for the default, to %d",
			c.AuditLogDays, maxAuditLogDays)
	}
	if c.ConversationDays < 0 || c.ConversationDays > maxDays {
		f.Addf("conversation-days", "conversation-days is %d; it must be 0 to %d",
			c.ConversationDays, maxDays)
	}
	if c.EmbeddingDimensions < 0 {
		f.Addf("embedding-dimensions", "embedding-dimensions is %d; it must be 1 or more",
			c.EmbeddingDimensions)
	}
	if !(c.DenseWeight >= 0 && c.DenseWeight <= 1) { // NaN must not pass
		f.Addf("dense-weight", "dense-weight is %v; it must be more than 0, and 1 at most",
			c.DenseWeight)
	}
}

func (c Config) checkURLs(f *Faults) {
	for _, address := range []struct{ setting, value, example string }{
		{"public-url", c.PublicURL, "https://ask.example.org"},
		{"gemini-base-url", c.GeminiBaseURL, "https://gemini.example.org"},
		{"openai-base-url", c.OpenAIBaseURL, "http://127.0.0.1:8000/v1"},
		{"claude-base-url", c.Models.ClaudeBaseURL, "http://localhost:3456"},
		{"embedding-base-url", c.EmbeddingBaseURL, "http://127.0.0.1:11434/v1"},
	} {
		if address.value != "" && !isURL(address.value) {
			f.Addf(address.setting, "%s must look like %s", address.setting, address.example)
		}
	}
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.RawQuery == "" && u.Fragment == ""
}

func (c Config) checkAccounts(f *Faults) {
	if c.SMTPURL != "" && (c.MailFrom == "" || c.PublicURL == "") {
		f.Addf("smtp-url mail-from public-url", "smtp-url needs mail-from, which mail comes from, and "+
			"public-url, which its links begin with")
	}
	if c.SMTPURL == "" && c.MailFrom != "" {
		f.Addf("mail-from smtp-url", "mail-from needs smtp-url, the server that sends the mail")
	}
	if (c.AdminUsername == "") != (c.AdminPassword == "") {
		f.Addf("admin-username admin-password", "admin-username and admin-password need each other; set "+
			"LECTERN_ADMIN_USERNAME and LECTERN_ADMIN_PASSWORD, or LECTERN_ADMIN_PASSWORD_FILE")
	}
	if c.AdminEmail != "" && c.AdminUsername == "" {
		f.Addf("admin-email admin-username", "admin-email needs admin-username, whose address it is")
	}
}

func (c Config) checkEmbedding(f *Faults) {
	if c.Embedder == Gemini {
		for setting, value := range map[string]string{
			"embedding-base-url": c.EmbeddingBaseURL, "embedding-api-key": c.EmbeddingAPIKey,
		} {
			if value != "" {
				f.Addf("embedder "+setting, "%s is for embedder openai; with embedder gemini set "+
					"gemini-base-url and gemini-api-key", setting)
			}
		}
	}
	if c.Embedder == "static" || c.Embedder == "static-2" {
		if c.EmbeddingModel != "" || c.EmbeddingDimensions > 0 {
			f.Addf("embedder embedding-model embedding-dimensions", "the embedder %s is built in and has "+
				"one model; leave embedding-model and embedding-dimensions out", c.Embedder)
		}
	}
}

// SigningKeyFaults are those of the signing keys: there must be one of enough bytes, unless the data
// directory holds one. They are no part of Faults: not every command needs the keys.
func (c Config) SigningKeyFaults() Faults {
	const remedy = "set LECTERN_SIGNING_KEY, or LECTERN_SIGNING_KEY_FILE, on all servers alike; " +
		"`openssl rand -hex 32` makes one"
	var f Faults
	if c.SigningKey == "" && c.DatabaseURL != "" {
		f.Addf("signing-key database-url", "with PostgreSQL a signing key is needed: "+remedy)
	}
	for _, key := range []struct{ setting, value string }{
		{"signing-key", c.SigningKey}, {"previous-signing-key", c.PreviousSigningKey},
	} {
		switch {
		case key.value == "":
		case len(key.value) < MinSigningKey:
			f.Addf(key.setting, "%s has %d bytes, too few: %d are needed; "+remedy, key.setting,
				len(key.value), MinSigningKey)
		case isPlaceholder(key.value):
			f.Addf(key.setting, "%s is no random key but stands for one; "+remedy, key.setting)
		}
	}
	if c.SigningKey != "" && c.SigningKey == c.PreviousSigningKey {
		f.Addf("previous-signing-key signing-key", "previous-signing-key is the same as signing-key; "+
			"it is the key that was used before, and is left out when there was none")
	}
	return f
}
