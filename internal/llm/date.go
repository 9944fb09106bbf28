package llm

import (
	"bytes"
	"encoding/json"
	"time"
)

// Date is a day that a provider announces: 2027-01-15, an RFC 3339 time or Unix seconds. What is
// none of these is zero.
type Date struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (d *Date) UnmarshalJSON(data []byte) error {
	var seconds int64
	if json.Unmarshal(data, &seconds) == nil && seconds > 0 {
		d.Time = time.Unix(seconds, 0).UTC()
		return nil
	}
	text := string(bytes.Trim(data, `"`))
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			d.Time = t
		}
	}
	return nil
}
