package meeting

import (
	"context"
	"sync"
	"time"

	"wozai/internal/change"
	"wozai/internal/db"
)

// Every command in a room and every look at somebody's rights needs the plan, which is long and seldom
// changes. So a node keeps plans and asks each time only for what they are good for.

// planEdition is what a kept plan is good for: everything of the meeting itself, and its list.
type planEdition struct {
	Version int64 `db:"version"`
	List    int64 `db:"list_version"`
}

// keepPlan bounds how late names of people and of the unit come, which have no part in the edition.
const keepPlan = 5 * time.Second

type keptPlan struct {
	plan    Plan
	edition planEdition
	until   time.Time
}

// keptPlans are this node's; the zero value is ready.
type keptPlans struct {
	mu sync.Mutex
	m  map[db.ID]keptPlan
}

func (k *keptPlans) get(meeting db.ID, e planEdition) (Plan, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.m[meeting]
	return kept.plan, ok && kept.edition == e && time.Now().Before(kept.until)
}

func (k *keptPlans) put(e planEdition, p Plan) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	for id, old := range k.m {
		if now.After(old.until) {
			delete(k.m, id)
		}
	}
	if k.m == nil {
		k.m = map[db.ID]keptPlan{}
	}
	k.m[p.Meeting] = keptPlan{p, e, now.Add(keepPlan)}
}

// Plan tells the room what was arranged, as it stands at q. It implements Plans; what it gives is
// shared and not to be changed.
func (s *Service) Plan(ctx context.Context, q db.Querier, meeting db.ID) (Plan, error) {
	var e planEdition
	if err := db.Get(ctx, q, &e, `SELECT version, list_version FROM meeting WHERE id = $1`, meeting); err != nil {
		return Plan{}, err
	}
	if p, ok := s.plans.get(meeting, e); ok {
		return p, nil
	}
	p, err := readPlan(ctx, q, meeting)
	if _, writing := q.(*change.Tx); err == nil && !writing { // what is not committed may never be
		s.plans.put(e, p)
	}
	return p, err
}

// listChanged makes every node read a meeting's list anew; in the change that has changed it.
func listChanged(ctx context.Context, tx *change.Tx, meeting db.ID) error {
	return tx.Exec(ctx, `UPDATE meeting SET list_version = list_version + 1 WHERE id = $1`, meeting)
}
