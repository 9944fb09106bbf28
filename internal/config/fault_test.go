package config

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestNearest(t *testing.T) {
	names := []string{"access", "all", "listen", "rate-limit", "top-k", "warn"}
	for name, want := range map[string]struct {
		candidate string
		slip      bool
	}{
		"lisen": {"listen", true}, "lsiten": {"listen", true}, "Rate_Limit": {"rate-limit", true},
		"topk": {"top-k", true}, "warning": {"warn", true}, "ratelimits": {"rate-limit", true},
		"a": {"all", false}, "everything-else": {"listen", false}, "": {"all", false},
	} {
		candidate, slip := Nearest(name, names)
		if slip != want.slip || (slip && candidate != want.candidate) {
			t.Errorf("%q: %s, %v", name, candidate, slip)
		}
	}
	if candidate, slip := Nearest("x", nil); candidate != "" || slip {
		t.Errorf("without candidates: %q, %v", candidate, slip)
	}
}

// TestFaultsNameSettings: every fault names the settings that it is about, and all are found at once.
func TestFaultsNameSettings(t *testing.T) {
	c := Config{
		Access: "x", Registration: "x", Embedder: "gemini", EmbeddingBaseURL: "x", EmbeddingAPIKey: "x",
		RateLimit: -1, AnswerRateLimit: -1, SignInRateLimit: -1, AuditLogDays: -1, ConversationDays: -1,
		EmbeddingDimensions: -1, DenseWeight: 2, PublicURL: "x", OpenAIBaseURL: "x", GeminiBaseURL: "x",
		SMTPURL: "x", AdminUsername: "x", QdrantURL: "x", Collection: "/",
		Models:  Models{Order: "x", ClaudeBaseURL: "x", GeminiModel: "gemini-1.5-pro"},
		Budgets: Budgets{ModelPrices: "x", DailyUserTokens: -1, DailyUserCost: -1},
	}
	faults := append(c.Faults(), Config{DatabaseURL: "x", PreviousSigningKey: "x"}.SigningKeyFaults()...)
	about := map[string]bool{}
	for _, fault := range faults {
		for _, setting := range fault.Settings {
			about[setting] = true
		}
		if len(fault.Settings) == 0 {
			t.Errorf("%q is about no setting", fault.Message)
		}
	}
	for _, setting := range []string{
		"access", "registration", "embedding-base-url", "embedding-api-key", "rate-limit",
		"answer-rate-limit", "sign-in-rate-limit", "audit-log-days", "conversation-days",
		"embedding-dimensions", "dense-weight", "public-url", "openai-base-url", "gemini-base-url",
		"claude-base-url", "smtp-url", "admin-password", "collection", "models", "gemini-model",
		"model-prices", "daily-user-tokens", "daily-user-cost", "signing-key", "previous-signing-key",
	} {
		if !about[setting] {
			t.Errorf("nothing is said about %s", setting)
		}
	}
	if code := book.CodeOf(faults.Err()); code != book.Invalid {
		t.Errorf("the code is %q", code)
	}
}

func TestExclusiveSettings(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	for _, c := range []Config{
		{Embedder: "gemini", EmbeddingBaseURL: "http://x"},
		{Embedder: "gemini", EmbeddingAPIKey: "k"},
		{Embedder: "static", EmbeddingModel: "m"},
		{Embedder: "static-2", EmbeddingDimensions: 8},
		{QdrantAPIKey: "k"},
		{MailFrom: "a@b"},
		{AdminEmail: "a@b"},
		{SigningKey: key, PreviousSigningKey: key},
	} {
		c.Access = "public"
		if faults := append(c.Faults(), c.SigningKeyFaults()...); len(faults) != 1 || len(faults[0].Settings) < 2 {
			t.Errorf("%+v: %v", c, faults)
		}
	}
}
