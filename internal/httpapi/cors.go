package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"

	"github.com/lectern-project/lectern/internal/book"
)

// corsMaxAge is for how many seconds a browser remembers the answer to a preflight request.
const corsMaxAge = 600

// exposedHeaders are those that scripts of other origins may read.
var exposedHeaders = []string{
	"Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id", idempotencyReplayed,
}

// ParseOrigins reads origins separated by commas, such as https://docs.example.org. Invalid for what
// is no origin to the letter: a browser compares it as a whole.
func ParseOrigins(list string) ([]string, error) {
	var origins []string
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		u, err := url.Parse(item)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" ||
			item != strings.ToLower(u.Scheme+"://"+u.Host) || strings.Contains(item, "*") {
			return nil, book.Errorf(book.Invalid, "%q is no origin; give it as https://HOST or "+
				"https://HOST:PORT, in small letters, without a path", item)
		}
		origins = append(origins, item)
	}
	return origins, nil
}

// allowOrigins lets scripts of these origins call the API. They send their credential themselves:
// cookies are never taken from another origin; see fromOwnPage.
func allowOrigins(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	api := cors.New(cors.Options{
		AllowOriginFunc: func(origin string) bool { return slices.Contains(origins, origin) },
		AllowedMethods: []string{
			http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete,
		},
		AllowedHeaders: []string{"Accept", "Authorization", "Content-Type", idempotencyKey},
		ExposedHeaders: exposedHeaders,
		MaxAge:         corsMaxAge,
	}).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			api.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
