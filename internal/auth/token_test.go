package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// forge signs claims that differ from good ones as change says.
func forge(t *testing.T, m jwt.SigningMethod, key any, change func(*claims)) string {
	t.Helper()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: tokenIssuer, Audience: jwt.ClaimStrings{tokenAudience},
			Subject: uuid.NewString(), IssuedAt: jwt.NewNumericDate(time.Now()),
			ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute)),
		},
		Type: tokenType,
	}
	change(&c)
	signed, err := jwt.NewWithClaims(m, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestForgedTokens(t *testing.T) {
	key := []byte(strings.Repeat("k", MinKeyBytes))
	tokens := accessTokens{keys: [][]byte{key}}
	same := func(*claims) {}
	hs256 := jwt.SigningMethodHS256
	if _, _, ok := tokens.read(forge(t, hs256, key, same)); !ok {
		t.Fatal("a good token is refused, so the rest of this test shows nothing")
	}
	good := forge(t, hs256, key, same)
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	header := base64.RawURLEncoding.EncodeToString
	none := header([]byte(`{"alg":"none","typ":"JWT"}`))
	// withHeader signs a payload under a header that names a key of its sender's choice.
	withHeader := func(text string, key []byte) string {
		signed := header([]byte(text)) + "." + payload
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(signed))
		return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	if _, _, ok := tokens.read(withHeader(`{"alg":"HS256","typ":"JWT"}`, key)); !ok {
		t.Fatal("a token signed by hand is refused, so those below show nothing")
	}
	own := []byte("sent along")
	for name, token := range map[string]string{
		"other key":      forge(t, hs256, []byte(strings.Repeat("x", MinKeyBytes)), same),
		"HS384":          forge(t, jwt.SigningMethodHS384, key, same),
		"hs256":          withHeader(`{"alg":"hs256","typ":"JWT"}`, key),
		"two algorithms": withHeader(`{"alg":"none","alg":"HS512","typ":"JWT"}`, key),
		"no algorithm":   withHeader(`{"typ":"JWT"}`, key),
		"empty key":      withHeader(`{"alg":"HS256","kid":"/dev/null"}`, nil),
		"kid":            withHeader(`{"alg":"HS256","kid":"c2VudCBhbG9uZw"}`, own),
		"jwk":            withHeader(`{"alg":"HS256","jwk":{"kty":"oct","k":"c2VudCBhbG9uZw"}}`, own),
		"jku":            withHeader(`{"alg":"HS256","jku":"http://127.0.0.1/keys"}`, own),
		"HS512":          forge(t, jwt.SigningMethodHS512, key, same),
		"none":           forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"none, signed":   none + "." + payload + "." + signature,
		"no signature":   head + "." + payload + ".",
		"other issuer":   forge(t, hs256, key, func(c *claims) { c.Issuer = "another" }),
		"no issuer":      forge(t, hs256, key, func(c *claims) { c.Issuer = "" }),
		"other audience": forge(t, hs256, key, func(c *claims) { c.Audience = jwt.ClaimStrings{"x"} }),
		"no audience":    forge(t, hs256, key, func(c *claims) { c.Audience = nil }),
		"other type":     forge(t, hs256, key, func(c *claims) { c.Type = "refresh" }),
		"no type":        forge(t, hs256, key, func(c *claims) { c.Type = "" }),
		"no account":     forge(t, hs256, key, func(c *claims) { c.Subject = "" }),
		"nobody":         forge(t, hs256, key, func(c *claims) { c.Subject = uuid.Nil.String() }),
		"no end":         forge(t, hs256, key, func(c *claims) { c.ExpiresAt = nil }),
		"ended": forge(t, hs256, key, func(c *claims) {
			c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Second))
		}),
		"from the future": forge(t, hs256, key, func(c *claims) {
			c.IssuedAt = jwt.NewNumericDate(time.Now().Add(time.Hour))
		}),
		"empty": "", "dots": "..", "padded": good + "=", "cut": good[:len(good)-4],
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, ok := tokens.read(token); ok {
				t.Error("it is taken for good")
			}
		})
	}
}

func TestTokenVersion(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	access := f.login(t, "ada").Access
	_, err := f.update(f.ctx, ada.UserID, func(u *book.User) error {
		u.TokenVersion++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Authenticate(f.ctx, access)
	wantCode(t, err, book.Unauthenticated)
	if _, err := f.Authenticate(f.ctx, f.login(t, "ada").Access); err != nil {
		t.Errorf("a token of the new version: %v", err)
	}
}

func TestKeysAreExchanged(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Reader)
	before := f.login(t, "ada").Access
	old := f.tokens.keys[0]
	next := []byte(strings.Repeat("n", MinKeyBytes))
	service, err := New(f.store, Config{SigningKey: next, PreviousKey: old})
	if err != nil {
		t.Fatal(err)
	}
	f.Service = service
	after := f.login(t, "ada").Access
	for _, token := range []string{before, after} {
		if p, err := f.Authenticate(f.ctx, token); err != nil || p != ada {
			t.Errorf("with both keys: %+v, %v", p, err)
		}
	}
	if f.Service, err = New(f.store, Config{SigningKey: next}); err != nil {
		t.Fatal(err)
	}
	_, err = f.Authenticate(f.ctx, before)
	wantCode(t, err, book.Unauthenticated)
	if _, err := f.Authenticate(f.ctx, after); err != nil {
		t.Error(err)
	}
	_, err = New(f.store, Config{SigningKey: next, PreviousKey: []byte("short")})
	wantCode(t, err, book.Invalid)
}

// countingStore counts reads of accounts.
type countingStore struct {
	Store
	reads int
}

func (s *countingStore) UserByID(ctx context.Context, id uuid.UUID) (book.User, error) {
	s.reads++
	return s.Store.UserByID(ctx, id)
}

// TestAccountsAreRemembered: a token asks the store for its account once in seenAge, and sees what
// another process has changed after that.
func TestAccountsAreRemembered(t *testing.T) {
	f := newFixture(t)
	counting := &countingStore{Store: f.store}
	ada := f.user(t, "ada", book.Reader)
	token := f.login(t, "ada").Access
	raise := func(u *book.User) error {
		u.TokenVersion++
		return nil
	}
	f.store = counting
	for range 10 {
		if _, err := f.Authenticate(f.ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	if counting.reads != 1 {
		t.Errorf("the account was read %d times for 10 requests", counting.reads)
	}
	if _, err := f.store.UpdateUser(f.ctx, ada.UserID, raise); err != nil { // as another process does
		t.Fatal(err)
	}
	next := f.login(t, "ada").Access // a newer version than the one that is remembered
	if _, err := f.Authenticate(f.ctx, next); err != nil {
		t.Error(err)
	}
	_, err := f.Authenticate(f.ctx, token)
	wantCode(t, err, book.Unauthenticated)

	if _, err := f.store.UpdateUser(f.ctx, ada.UserID, raise); err != nil {
		t.Fatal(err)
	}
	seen, _ := f.seen.Get(ada.UserID)
	seen.at = seen.at.Add(-seenAge) // as if that had passed
	f.seen.Add(ada.UserID, seen)
	_, err = f.Authenticate(f.ctx, next)
	wantCode(t, err, book.Unauthenticated)
}

func FuzzReadToken(f *testing.F) {
	tokens := accessTokens{keys: [][]byte{[]byte(strings.Repeat("k", MinKeyBytes))}}
	good, err := tokens.sign(book.User{ID: uuid.New(), TokenVersion: 3}, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		good, good + ".", "a.b.c", "", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, _, ok := tokens.read(token); ok && token != good {
			t.Errorf("%q is taken for good", token)
		}
	})
}

// BenchmarkAuthenticate measures what checking an access token costs a request.
func BenchmarkAuthenticate(b *testing.B) {
	f := newFixture(b)
	f.user(b, "ada", book.Reader)
	token := f.login(b, "ada").Access
	for b.Loop() {
		if _, err := f.Authenticate(f.ctx, token); err != nil {
			b.Fatal(err)
		}
	}
}
