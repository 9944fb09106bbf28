package storetest

import (
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

var sessionCases = map[string]func(*fixture){
	"Rotate": func(f *fixture) {
		first := f.token("first")
		f.ok(f.CreateRefreshToken(f.ctx, first))
		f.reopen()
		got, err := f.RefreshToken(f.ctx, first.Hash)
		f.ok(err)
		f.equal(got, first)

		second, third := f.token("second"), f.token("third")
		f.ok(f.RotateRefreshToken(f.ctx, first.Hash, second, 0))
		used, err := f.RefreshToken(f.ctx, first.Hash)
		f.ok(err)
		if used.UsedAt.IsZero() {
			f.Error("the token is not used")
		}
		f.fails(f.RotateRefreshToken(f.ctx, first.Hash, third, 0), book.Conflict)
		_, err = f.RefreshToken(f.ctx, third.Hash)
		f.fails(err, book.NotFound)
		again, err := f.RefreshToken(f.ctx, first.Hash)
		f.ok(err)
		f.equal(again, used)
		f.fails(f.RotateRefreshToken(f.ctx, []byte("none"), third, 0), book.NotFound)
		_, err = f.RefreshToken(f.ctx, []byte("none"))
		f.fails(err, book.NotFound)
	},

	"RotateAgain": func(f *fixture) {
		first, second, third := f.token("first"), f.token("second"), f.token("third")
		second.Family, third.Family = first.Family, first.Family
		f.ok(f.CreateRefreshToken(f.ctx, first))
		f.ok(f.RotateRefreshToken(f.ctx, first.Hash, second, lease))
		used, err := f.RefreshToken(f.ctx, first.Hash)
		f.ok(err)
		f.pass(2 * time.Millisecond)
		f.ok(f.RotateRefreshToken(f.ctx, first.Hash, third, lease))
		again, err := f.RefreshToken(f.ctx, first.Hash)
		f.ok(err)
		f.equal(again, used)
		f.fails(f.RotateRefreshToken(f.ctx, first.Hash, f.token("next"), time.Millisecond),
			book.Conflict)

		f.ok(f.RevokeFamily(f.ctx, first.Family))
		f.fails(f.RotateRefreshToken(f.ctx, first.Hash, f.token("next"), lease), book.Conflict)
		late := f.token("late") // stored by a rotation while the family was being revoked
		late.Family = first.Family
		f.ok(f.CreateRefreshToken(f.ctx, late))
		f.fails(f.RotateRefreshToken(f.ctx, late.Hash, f.token("next"), lease), book.Conflict)
		_, err = f.RefreshToken(f.ctx, []byte("next"))
		f.fails(err, book.NotFound)
	},

	"RotateIsWhole": func(f *fixture) {
		first := f.token("first")
		f.ok(f.CreateRefreshToken(f.ctx, first))
		f.fails(f.RotateRefreshToken(f.ctx, first.Hash, first, 0), book.Conflict)
		orphan := f.token("next")
		orphan.UserID = uuid.New()
		f.fails(f.RotateRefreshToken(f.ctx, first.Hash, orphan, 0), book.NotFound)
		got, err := f.RefreshToken(f.ctx, first.Hash)
		f.ok(err)
		f.equal(got, first)
	},

	"Create": func(f *fixture) {
		first := f.token("first")
		f.ok(f.CreateRefreshToken(f.ctx, first))
		f.fails(f.CreateRefreshToken(f.ctx, first), book.Conflict)
		first.Hash, first.UserID = []byte("x"), uuid.New()
		f.fails(f.CreateRefreshToken(f.ctx, first), book.NotFound)
	},

	"RevokeFamily": func(f *fixture) {
		first, second, other := f.token("first"), f.token("second"), f.token("other")
		second.Family = first.Family
		for _, t := range []book.RefreshToken{first, second, other} {
			f.ok(f.CreateRefreshToken(f.ctx, t))
		}
		f.ok(f.RevokeFamily(f.ctx, uuid.New()))
		f.ok(f.RevokeFamily(f.ctx, first.Family))
		for _, t := range []book.RefreshToken{first, second} {
			got, err := f.RefreshToken(f.ctx, t.Hash)
			f.ok(err)
			if got.RevokedAt.IsZero() {
				f.Errorf("token %s is not revoked", t.Hash)
			}
			f.fails(f.RotateRefreshToken(f.ctx, t.Hash, f.token("next"), 0), book.Conflict)
		}
		got, err := f.RefreshToken(f.ctx, other.Hash)
		f.ok(err)
		f.equal(got, other)
	},

	"Delete": func(f *fixture) {
		limit := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for name, at := range map[string]time.Time{
			"before": limit.Add(-time.Microsecond), "at": limit, "after": limit.Add(time.Hour),
		} {
			t := f.token(name)
			t.ExpiresAt = at
			f.ok(f.CreateRefreshToken(f.ctx, t))
		}
		n, err := f.DeleteRefreshTokens(f.ctx, limit)
		f.ok(err)
		f.equal(n, 1)
		_, err = f.RefreshToken(f.ctx, []byte("before"))
		f.fails(err, book.NotFound)
		_, err = f.RefreshToken(f.ctx, []byte("at"))
		f.ok(err)
	},
}

func (f *fixture) token(name string) book.RefreshToken {
	return book.RefreshToken{
		Hash: []byte(name), Family: uuid.New(), UserID: f.ann.ID, Version: 3,
		ExpiresAt: time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC),
	}
}
