package org_test

import (
	"context"
	"strings"
	"testing"

	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

func TestFindingPeopleAndUnits(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		for q, want := range map[string]string{
			"欧阳": "欧阳兰", "阳兰": "欧阳兰", "兰": "欧阳兰", "ouyang": "欧阳兰", "OuYang Lan": "欧阳兰", "oyl": "欧阳兰", "yanglan": "欧阳兰",
			"shan": "单立新", "slx": "单立新", "立新": "单立新", "zeng": "曾小平", "xie": "解晓东",
		} {
			hits, err := h.org.Search(h.ctx, q, "", 0)
			must(t, err)
			var names []string
			for _, p := range hits.People {
				names = append(names, p.Name)
			}
			if len(names) != 1 || names[0] != want {
				t.Errorf("%s finds %v, want %s", q, names, want)
			}
		}
		for q, want := range map[string]int{"第一": 2, "党支部": 2, "出版": 1, "cbs": 1, "chubanshe": 1, "检察厅": 1, "%": 0, "_": 0, "' OR 1=1": 0, "\x00": 0, " ": 0} {
			hits, err := h.org.Search(h.ctx, q, "unit", 0)
			must(t, err)
			if len(hits.Units) != want {
				t.Errorf("%q finds %d units, want %d: %+v", q, len(hits.Units), want, hits.Units)
			}
		}
		hits, err := h.org.Search(h.ctx, "何志远", "person", 0)
		must(t, err)
		if len(hits.People) != 1 || len(hits.People[0].Units) != 2 {
			t.Errorf("with units: %+v", hits.People)
		}
	})
}

// Every query of the search and of the lists is served by an index, whatever the size.
func TestNothingIsScanned(t *testing.T) {
	s := testkit.SQLiteStore(t)
	h := newHouse(t, s)
	queries := org.PlanQueries()
	if len(queries) < 10 {
		t.Fatalf("only %d queries are looked at", len(queries))
	}
	for name, q := range queries {
		var plan []struct {
			ID      int64  `db:"id"`
			Parent  int64  `db:"parent"`
			NotUsed int64  `db:"notused"`
			Detail  string `db:"detail"`
		}
		args := make([]any, strings.Count(q, "$"))
		top := 0
		for i := range args {
			if strings.Contains(q, "$"+string(rune('1'+i))) {
				top = i + 1
			}
			args[i] = 1
		}
		must(t, db.Select(context.Background(), h.DB.Read(), &plan, "EXPLAIN QUERY PLAN "+q, args[:top]...))
		for _, p := range plan {
			if strings.HasPrefix(p.Detail, "SCAN") && !strings.Contains(p.Detail, "CONSTANT ROW") {
				t.Errorf("%s: %s", name, p.Detail)
			}
			if strings.Contains(p.Detail, "USE TEMP B-TREE FOR ORDER BY") && !strings.HasPrefix(name, "small:") {
				t.Errorf("%s sorts: %s", name, p.Detail)
			}
		}
	}
}
