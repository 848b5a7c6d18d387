package job

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Drain works every job that is due until an instant (now at the least), in the order of their times, and the jobs
// that these make, in a queue that was not started. What fails is an error and stays. It is how
// tests let work be done, and move time, without waiting.
func (q *Queue) Drain(ctx context.Context, until time.Time) error {
	if err := q.open(); err != nil {
		return err
	}
	for {
		r, err := q.client.JobList(ctx, river.NewJobListParams().First(100).OrderBy(river.JobListOrderByScheduledAt, river.SortOrderAsc).
			States(rivertype.JobStateAvailable, rivertype.JobStateScheduled))
		if err != nil {
			return err
		}
		worked := false
		if now := time.Now(); now.After(until) { // for what the jobs of the round before made
			until = now
		}
		for _, j := range r.Jobs {
			if j.ScheduledAt.After(until) {
				break
			}
			f, ok := q.run[j.Kind]
			if !ok {
				return fmt.Errorf("job: nobody works %s", j.Kind)
			}
			if err := f(ctx, j.EncodedArgs); err != nil {
				return fmt.Errorf("job %s: %w", j.Kind, err)
			}
			if _, err := q.client.JobDelete(ctx, j.ID); err != nil {
				return err
			}
			worked = true
		}
		if !worked {
			return nil
		}
	}
}
