package store

import "context"

// Leadership lets one replica at a time do what only one should.
type Leadership interface {
	// Lead runs f, and reports true, unless somebody else leads in this name, in this process or in
	// another over the same store; then it returns false at once. When f has returned or panicked
	// the next may lead. The context of f ends with ctx and, soon, when the leadership is lost
	// because the store cannot be reached: another may lead by then, so f must do nothing that
	// two must not do. A process that stops loses the leadership. The error is that of f, or the
	// store's: Unavailable where f fails after the leadership was lost.
	Lead(ctx context.Context, name string, f func(ctx context.Context) error) (led bool, err error)
}
