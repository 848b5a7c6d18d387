package rollcall_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// BenchmarkAnswers is the hot path without HTTP: many people answer at once, each answer is one change,
// and on SQLite changes that come together share a commit. What the edge adds is measured in bench/.
func BenchmarkAnswers(b *testing.B) {
	h := newHouse(b, testkit.SQLiteStore(b))
	h.Change.Close()
	h.Change = change.New(change.Options{DB: h.DB, IDs: db.NewIDs(1022), Jobs: h.Jobs})
	b.Cleanup(h.Change.Close)
	h.roll.Change = h.Change
	var people []db.ID
	for len(people) < b.N {
		h.do(func(ctx context.Context, tx *change.Tx) error {
			for range 200 {
				n := len(people)
				p := tx.NewID()
				if err := tx.Exec(ctx, `INSERT INTO person (id, code, name, pinyin, initials, category, joined_on, version) VALUES ($1, '', $2, '', '', 'serving', '', 1)`, p, fmt.Sprint("何", n)); err != nil {
					return err
				}
				unit := []org.Unit{h.a, h.b}[n%2]
				if err := tx.Exec(ctx, `INSERT INTO membership (id, person_id, unit_id, position, standing, sort, valid_from, version) VALUES ($1, $2, $3, 'member', 'full', 0, $4, 1)`, tx.NewID(), p, unit.ID, tx.Now()); err != nil {
					return err
				}
				people = append(people, p)
			}
			tx.AppendOnly()
			return nil
		})
	}
	id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(nil))
	must(b, err)
	period, err := h.roll.Open(h.ctx, h.boss, id, 1)
	must(b, err)
	must(b, h.Jobs.Drain(h.ctx, db.Now().Std()))
	var next atomic.Int64
	b.SetParallelism(128)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			who := people[next.Add(1)-1]
			if _, err := h.roll.Answer(h.ctx, access.Actor{Kind: access.Person, PersonID: who}, period, who, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"tested": 1.0}, FormVersion: 1}); err != nil {
				b.Error(err)
			}
		}
	})
	b.StopTimer()
	if got, err := h.roll.Rollup(h.ctx, h.boss, period, h.top.ID); err != nil || got.Total.Received != int64(b.N) {
		b.Errorf("received %d of %d (%v)", got.Total.Received, b.N, err)
	}
	var bytes int64
	must(b, db.Get(h.ctx, h.DB.Read(), &bytes, `SELECT CAST(SUM(pgsize) AS BIGINT) FROM dbstat WHERE name LIKE 'rollcall_answer' OR name LIKE 'sqlite_autoindex_rollcall_answer_1' OR name LIKE 'rollcall_answer_unit' OR name LIKE 'rollcall_answer_waits'`))
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/answer")
}
