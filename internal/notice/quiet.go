package notice

import (
	"fmt"
	"strings"
	"time"
)

// Quiet is a span of the day, by the installation's clock, in which mails wait; it may pass midnight.
// The zero value is none.
type Quiet struct{ From, To time.Duration } // since midnight

// ParseQuiet reads "22:00-07:00"; "" is none.
func ParseQuiet(s string) (q Quiet, err error) {
	if s == "" {
		return q, nil
	}
	from, to, ok := strings.Cut(s, "-")
	a, err1 := time.Parse("15:04", from)
	b, err2 := time.Parse("15:04", to)
	if !ok || err1 != nil || err2 != nil || a.Equal(b) {
		return q, fmt.Errorf("quiet hours must look like 22:00-07:00")
	}
	since := func(t time.Time) time.Duration {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	return Quiet{since(a), since(b)}, nil
}

// Until is when the quiet hours around now end; the zero time when now is not in them.
func (q Quiet) Until(now time.Time) time.Time {
	if q.From == q.To {
		return time.Time{}
	}
	y, m, d := now.Date()
	at := func(day int, since time.Duration) time.Time {
		return time.Date(y, m, d+day, int(since/time.Hour), int(since%time.Hour/time.Minute), 0, 0, now.Location())
	}
	for day := -1; day <= 0; day++ {
		from, to := at(day, q.From), at(day, q.To)
		if q.To < q.From {
			to = at(day+1, q.To)
		}
		if !now.Before(from) && now.Before(to) {
			return to
		}
	}
	return time.Time{}
}
