package book

import "time"

// Rate is the size of a token bucket, and how fast it fills up.
type Rate struct {
	Burst  int           // tokens in a full bucket
	Refill time.Duration // until a token is back
}

// PerMinute is the rate of a bucket that holds n tokens and fills up in a minute.
func PerMinute(n int) Rate {
	return Rate{Burst: n, Refill: (time.Minute / time.Duration(n)).Truncate(time.Microsecond)}
}

// Valid reports whether r is a rate.
func (r Rate) Valid() bool { return r.Burst > 0 && r.Refill > 0 }

// Window is how long an empty bucket takes to be full.
func (r Rate) Window() time.Duration { return time.Duration(r.Burst) * r.Refill }

// Tokens is what taking tokens from a bucket gave.
type Tokens struct {
	Taken int
	Left  int           // whole tokens that are still in the bucket
	Full  time.Duration // until it is full again
	Wait  time.Duration // until there is a token; 0 when there is one left
}

// Take takes up to n tokens from a bucket that is full in full, which may have passed, and returns
// what was taken. full.Full is the new time. This is the generic cell rate algorithm (ITU-T I.371):
// one time stands for the whole bucket.
func (r Rate) Take(full time.Duration, n int) Tokens {
	full = max(full, 0)
	there := max(int((r.Window()-full)/r.Refill), 0)
	taken := min(n, there)
	return r.After(full+time.Duration(taken)*r.Refill, taken)
}

// After describes a bucket that is full in full, after taken tokens were taken.
func (r Rate) After(full time.Duration, taken int) Tokens {
	t := Tokens{Taken: taken, Full: full, Left: max(int((r.Window()-full)/r.Refill), 0)}
	if t.Left == 0 {
		t.Wait = full - r.Window() + r.Refill
	}
	return t
}
