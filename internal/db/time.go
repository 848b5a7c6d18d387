package db

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Time is an instant in microseconds UTC since 1970; zero means "none". RFC 3339 in JSON,
// null for none.
type Time int64

// At converts.
func At(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMicro())
}

// Std converts back; none is the zero time.Time.
func (t Time) Std() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(t)).UTC()
}

// Add moves an instant.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub is the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// MarshalJSON writes RFC 3339 to the microsecond: a state that is kept as JSON must come back
// equal, or what happened at its very end seems to lie behind it.
func (t Time) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return []byte(t.Std().Format(`"2006-01-02T15:04:05.000000Z07:00"`)), nil
}

// UnmarshalJSON reads RFC 3339, null or "".
func (t *Time) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == nil || *s == "" {
		*t = 0
		return nil
	}
	v, err := time.Parse(time.RFC3339Nano, *s)
	if err != nil {
		return err
	}
	*t = At(v)
	return nil
}

// Schema describes a Time to the API document.
func (Time) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
	s.PrecomputeMessages()
	return s
}
