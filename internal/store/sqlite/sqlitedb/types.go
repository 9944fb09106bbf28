// Package sqlitedb holds the generated queries of the SQLite store and the types of their columns.
package sqlitedb

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// UUID is a UUID column: its 16 bytes, so that SQLite's order is the order of the bytes.
type UUID [16]byte

// Value returns the bytes.
func (u UUID) Value() (driver.Value, error) { return u[:], nil }

// Scan reads 16 bytes, or the nil UUID from null.
func (u *UUID) Scan(src any) error {
	switch b := src.(type) {
	case nil:
		*u = UUID{}
		return nil
	case []byte:
		if len(b) == len(u) {
			copy(u[:], b)
			return nil
		}
	}
	return fmt.Errorf("column holds %T, not a UUID of 16 bytes", src)
}

// Time is a column of whole microseconds since 1970; the zero time is null.
type Time time.Time

// Value returns the microseconds.
func (t Time) Value() (driver.Value, error) {
	if time.Time(t).IsZero() {
		return nil, nil
	}
	return time.Time(t).UnixMicro(), nil
}

// Scan reads microseconds as a time in UTC.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case int64:
		*t = Time(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("column holds %T, not a time in microseconds", src)
	}
	return nil
}
