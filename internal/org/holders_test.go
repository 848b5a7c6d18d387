package org_test

import (
	"context"
	"slices"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

// Who an import has written and not finished is nobody yet: not told anything, not of the unit.
func TestWhoAnImportHasNotFinishedHoldsNothing(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		coming := h.actor("新来的", h.b, "deputy_secretary").PersonID
		look := func() ([]db.ID, bool) {
			ids, err := org.Holders(h.ctx, s.DB.Read(), h.b.ID, access.Officer)
			must(t, err)
			in, err := org.Belongs(h.ctx, s.DB.Read(), coming, h.b.ID)
			must(t, err)
			return ids, in
		}
		if ids, in := look(); !in || !slices.Contains(ids, coming) {
			t.Fatalf("at first %v, %v", ids, in)
		}
		h.do(func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			if err := tx.Exec(ctx, `UPDATE access_grant SET batch_id = 7 WHERE person_id = $1`, coming); err != nil {
				return err
			}
			return tx.Exec(ctx, `UPDATE membership SET batch_id = 7 WHERE person_id = $1`, coming)
		})
		if ids, in := look(); in || slices.Contains(ids, coming) || !slices.Contains(ids, h.secB.PersonID) {
			t.Errorf("while the import goes on %v, %v", ids, in)
		}
	})
}
