package postgres

import (
	"context"
	"errors"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
)

const (
	// leadershipLocks is the first half of the keys of the advisory locks of leaders.
	leadershipLocks = 0x4c656374 // "Lect"
	// watchEvery is how often a leader asks its server for a sign of life, and how long it waits
	// for one.
	watchEvery = 2 * time.Second
)

// errLost is why the context of a leader has ended that is no longer one.
var errLost = errors.New("the connection that held the leadership is lost")

// keepAlive lets the server notice within half a minute that the machine of a leader is gone.
const keepAlive = `SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 4`

// Lead implements store.Leadership by an advisory lock of a session, on a connection that is not of
// the pool: however few connections that keeps, leaders take none of them.
func (s *Store) Lead(
	ctx context.Context, name string, f func(ctx context.Context) error,
) (led bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, s.config.Copy())
	if err != nil {
		return false, s.translate(ctx, err)
	}
	ending := context.WithoutCancel(ctx)
	defer func() {
		closing, cancel := context.WithTimeout(ending, watchEvery)
		defer cancel()
		_ = conn.Close(closing) // the lock goes with the session
	}()
	key := leadershipKey(name)
	err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", leadershipLocks, key).Scan(&led)
	if err != nil || !led {
		return false, s.translate(ctx, err)
	}
	if _, err := conn.Exec(ctx, keepAlive); err != nil {
		return false, s.translate(ctx, err)
	}
	leading, stop := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if err := watch(leading, conn); err != nil {
			stop(errors.Join(errLost, err))
		}
	}()
	defer func() {
		stop(nil)
		<-watched
		unlocking, cancel := context.WithTimeout(ending, watchEvery)
		defer cancel()
		// Not by closing alone: the server may take a moment to notice that.
		_, _ = conn.Exec(unlocking, "SELECT pg_advisory_unlock($1, $2)", leadershipLocks, key)
	}()
	err = f(leading)
	if lost := context.Cause(leading); err != nil && errors.Is(lost, errLost) {
		err = &book.Error{
			Code: book.Unavailable, RetryAfter: retryAfter, Err: errors.Join(err, lost),
			Message: "database " + s.name + " was lost while this process led " + name,
		}
	}
	return true, err
}

// watch returns nil when ctx has ended, or an error as soon as the connection is lost.
func watch(ctx context.Context, conn *pgx.Conn) error {
	for {
		// A connection that the server closes ends the waiting at once.
		waiting, cancel := context.WithTimeout(ctx, watchEvery)
		_, err := conn.WaitForNotification(waiting)
		ended := waiting.Err() != nil
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the leader has finished
		case err != nil && !ended:
			return err
		}
		// Not interrupted by ctx, for that would break the connection, which is to unlock.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchEvery)
		err = conn.Ping(asking)
		cancel()
		if err != nil {
			return err
		}
	}
}

func leadershipKey(name string) int32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int32(h.Sum32())
}
