// Package config holds what an installation can choose. Values come from flags, LECTERN_...
// environment variables and a YAML file, in this order of precedence; reading them is the
// command line's affair.
package config

import (
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// Config is an installation's configuration. The tags name each setting's flag and default for the
// command line: the flag of DataDir is --data-dir, its variable LECTERN_DATA_DIR, its name in the
// YAML file data-dir.
type Config struct {
	DataDir string `help:"Data directory (default: lectern in the user's data home)." type:"path" default:"" placeholder:"DIR"`

	DatabaseURL  string `name:"database-url" help:"PostgreSQL database that holds everything but vectors: postgres://USER:PASSWORD@HOST/NAME (default: a SQLite file in the data directory)." placeholder:"URL" secret:""`
	AutoMigrate  bool   `help:"Bring an older schema of the PostgreSQL database up to date at the start."`
	QdrantURL    string `name:"qdrant-url" help:"Qdrant server that holds the vectors: its gRPC port, https://HOST:6334 with TLS (default: an index in the data directory)." placeholder:"URL"`
	QdrantAPIKey string `name:"qdrant-api-key" help:"API key of the Qdrant server." placeholder:"KEY" secret:""`
	Collection   string `help:"Alias in Qdrant of the book's collection, and first part of the names of its collections." default:"robotics_book" placeholder:"NAME"`
	SigningKey   string `help:"Key that signs access tokens, at least 32 bytes, the same on all servers over one PostgreSQL database (default without one: a file in the data directory)." placeholder:"KEY" secret:""`

	PreviousSigningKey string `help:"Signing key that was replaced; tokens that it signed stay good until they end, 15 minutes later." placeholder:"KEY" secret:""`

	Models    Models  `embed:""`
	Budgets   Budgets `embed:""`
	OffLimits string  `help:"Phrases, separated by commas, that make a question off limits: it is refused unasked." placeholder:"PHRASES"`

	TrustedProxies  string `help:"Proxies in front of the server, as addresses or networks separated by commas: from them the client's address is taken from --forwarded-header." placeholder:"NETWORKS"`
	ForwardedHeader string `help:"Header in which they name the client: x-forwarded-for or forwarded." enum:"x-forwarded-for,forwarded," default:"x-forwarded-for" placeholder:"NAME"`
	CORSOrigins     string `name:"cors-origins" help:"Other origins whose pages may call the API, separated by commas, such as https://docs.example.org." placeholder:"ORIGINS"`
	RateLimit       int    `help:"Requests a minute of one API key, of one account with its sessions, or of one address without either; ten times as many writes of documents; 0 for no limit." default:"600" placeholder:"N"`
	AnswerRateLimit int    `help:"Questions to /api/query a minute of one account with all its keys, or of one address without account." default:"60" placeholder:"N"`
	SignInRateLimit int    `help:"Registrations, sign-ins and password resets a minute of one address." default:"20" placeholder:"N"`

	Registration  string `help:"Who may make an account: everybody (open), who was invited (invitation) or nobody (closed)." enum:"open,invitation,closed" default:"open"`
	PublicURL     string `name:"public-url" help:"Address at which people reach this server, for links in mails." placeholder:"URL"`
	SMTPURL       string `name:"smtp-url" help:"Server that sends mail: smtp://USER:PASSWORD@HOST:587, or smtps:// (default: administrators pass links on)." placeholder:"URL" secret:""`
	MailFrom      string `help:"E-mail address that mail comes from." placeholder:"ADDRESS"`
	AdminUsername string `help:"User name of the administrator that serve makes when there is none." placeholder:"NAME"`
	AdminEmail    string `help:"E-mail address of that administrator." placeholder:"ADDRESS"`
	AdminPassword string `help:"Password of that administrator." placeholder:"PASSWORD" secret:""`

	AuditLogDays     int `help:"Days for which entries of the audit log are kept, up to 3650." default:"365" placeholder:"DAYS"`
	ConversationDays int `help:"Days after which a conversation in which nothing more was asked is deleted; 0 keeps conversations until their owners delete them." default:"0" placeholder:"DAYS"`

	Access   string `help:"Who may read: public (no account needed) or login." enum:"public,login" default:"public"`
	Embedder string `help:"Embedding model: static or static-2, which are built in, gemini or openai (default: what the book has; a new one gets static)." enum:"static,static-2,gemini,openai," default:"" placeholder:"NAME"`

	EmbeddingModel      string  `help:"Model of --embedder gemini or openai (default: gemini-embedding-2, text-embedding-3-small)." placeholder:"NAME"`
	EmbeddingDimensions int     `help:"Dimensions of its vectors (default: 768 for Gemini, all for OpenAI's own models)." placeholder:"N"`
	EmbeddingBaseURL    string  `name:"embedding-base-url" help:"OpenAI-compatible server for embeddings, such as http://127.0.0.1:11434/v1 (default: --openai-base-url)." placeholder:"URL"`
	EmbeddingAPIKey     string  `name:"embedding-api-key" help:"API key of --embedding-base-url (default: none)." placeholder:"KEY" secret:""`
	DenseWeight         float64 `help:"Share of vectors in a passage's score, beside words, up to 1 (default: 0.2 for the built-in model, 0.4 for others)." placeholder:"SHARE"`
	GeminiAPIKey        string  `name:"gemini-api-key" help:"API key of Gemini." placeholder:"KEY" secret:""`
	GeminiBaseURL       string  `name:"gemini-base-url" help:"Address of the Gemini API (default: Google's)." placeholder:"URL"`
	OpenAIAPIKey        string  `name:"openai-api-key" help:"API key of OpenAI, or of --openai-base-url." placeholder:"KEY" secret:""`
	OpenAIBaseURL       string  `name:"openai-base-url" help:"OpenAI-compatible server (default: OpenAI's)." placeholder:"URL"`

	MetricsListen string `help:"Address of a listener for Prometheus, which scrapes /metrics there: HOST:PORT, or :PORT on all addresses; readers must not reach it (default: none)." placeholder:"ADDR"`
	Pprof         bool   `help:"Serve Go's profiles at /debug/pprof/ of --metrics-listen, too."`

	Load Load `embed:""`

	LogLevel  string `help:"Least severe level that is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat string `help:"Form of the log on stderr: text or json." enum:"text,json" default:"text"`

	LogQuestions bool `help:"Log the question of each request too: what readers ask is theirs, so it is not logged otherwise."`
}

// MinSigningKey is the length in bytes of the shortest signing key.
const MinSigningKey = 32

// Days that entries of the audit log are kept: by default, and at most.
const (
	defaultAuditLogDays = 365
	maxAuditLogDays     = 3650
)

// AuditLogAge is how old an entry of the audit log gets.
func (c Config) AuditLogAge() time.Duration {
	days := c.AuditLogDays
	if days == 0 { // a configuration that the command line did not make
		days = defaultAuditLogDays
	}
	return time.Duration(days) * 24 * time.Hour
}

// Embedded returns the configuration with everything in the data directory, and answers without a
// language model.
func (c Config) Embedded() Config {
	c.DatabaseURL, c.QdrantURL, c.QdrantAPIKey, c.SigningKey = "", "", "", ""
	c.Models.Order = Extractive
	return c
}

// NeedsDataDir reports whether a part of the installation lives in the data directory.
func (c Config) NeedsDataDir() bool { return c.DatabaseURL == "" || c.QdrantURL == "" }

// WithDefaults fills in what depends on the machine.
func (c Config) WithDefaults() (Config, error) {
	if c.DataDir != "" || !c.NeedsDataDir() {
		return c, nil
	}
	home := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(home) { // as the XDG Base Directory Specification asks
		user, err := os.UserHomeDir()
		if err != nil {
			return c, book.Wrap(book.Invalid, err, "there is no home directory to keep data in; "+
				"name a data directory with --data-dir or LECTERN_DATA_DIR")
		}
		home = filepath.Join(user, ".local", "share")
	}
	c.DataDir = filepath.Join(home, "lectern")
	return c, nil
}

// maxDays is a hundred years, about.
const maxDays = 36500

// isPlaceholder reports whether a key was left as an example had it, or typed without much thought. A
// random one of 32 hexadecimal digits has fewer than eight different ones once in a million times.
func isPlaceholder(key string) bool {
	different := map[byte]bool{}
	for i := range len(key) {
		different[key[i]] = true
	}
	return len(different) < 8 || placeholders.MatchString(key)
}

var placeholders = regexp.MustCompile(`(?i)change|secret|example|default|placeholder|password|lectern`)
