package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// What every access token must say about itself.
const (
	tokenIssuer   = "lectern"
	tokenAudience = "lectern-api"
	tokenType     = "access"
)

// claims is the content of an access token. It carries no role: that is the account's, at the
// time of each request.
type claims struct {
	jwt.RegisteredClaims
	Type string `json:"typ"`
	// Version is the account's TokenVersion when the token was issued.
	Version int `json:"ver"`
}

// accessTokens signs access tokens with the first key, and reads those that any of them signed: JWT
// with HS256 and no other algorithm.
type accessTokens struct{ keys [][]byte }

func (t accessTokens) sign(u book.User, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: tokenIssuer, Audience: jwt.ClaimStrings{tokenAudience},
			Subject: u.ID.String(), IssuedAt: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(AccessLifetime)),
		},
		Type: tokenType, Version: u.TokenVersion,
	})
	signed, err := token.SignedString(t.keys[0])
	if err != nil {
		return "", book.Wrap(book.Internal, err, "the access token could not be signed")
	}
	return signed, nil
}

// read returns the account and token version that a valid token names; ok is false for any other.
func (t accessTokens) read(token string) (id uuid.UUID, version int, ok bool) {
	keys := jwt.VerificationKeySet{}
	for _, key := range t.keys {
		keys.Keys = append(keys.Keys, key)
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c,
		func(*jwt.Token) (any, error) { return keys, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer), jwt.WithAudience(tokenAudience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding())
	if err != nil || c.Type != tokenType {
		return uuid.Nil, 0, false
	}
	id, err = uuid.Parse(c.Subject)
	return id, c.Version, err == nil && id != uuid.Nil
}
