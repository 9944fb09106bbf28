package qdranttest

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// intercept checks the key, and lets the call go on or suffer its fault.
func (s *Server) intercept(
	ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (any, error) {
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		s.last.Store(&md)
	}
	method := strings.TrimPrefix(info.FullMethod, "/qdrant.")
	if method == "Qdrant/HealthCheck" { // needs no key
		return handle(ctx, request)
	}
	if err := s.checkKey(ctx, method); err != nil {
		return nil, err
	}
	return s.suffer(ctx, s.faults.take(method), request, handle)
}

// Metadata is what came with the last call, nil before the first.
func (s *Server) Metadata() metadata.MD {
	if last := s.last.Load(); last != nil {
		return *last
	}
	return nil
}

// reads are the methods that a read-only key may call.
var reads = []string{
	"Collections/Get", "Collections/List", "Collections/CollectionExists",
	"Collections/ListAliases", "Points/Get", "Points/Scroll", "Points/Count", "Points/Query",
	"Points/QueryBatch",
}

func (s *Server) checkKey(ctx context.Context, method string) error {
	if s.options.APIKey == "" {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	keys := md.Get("api-key")
	switch {
	case len(keys) == 0:
		return status.Error(codes.Unauthenticated,
			"Must provide an API key or an Authorization bearer token")
	case keys[0] == s.options.APIKey:
		return nil
	case keys[0] != s.options.ReadOnlyKey:
		return status.Error(codes.Unauthenticated, "Invalid API key or JWT")
	case !slices.Contains(reads, method):
		return status.Error(codes.PermissionDenied, "Global manage access is required")
	}
	return nil
}
