package db_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"wozai/internal/db"
)

// What is kept as JSON comes back equal: ids beyond what JavaScript's numbers hold, instants to
// the microsecond.
func TestIdsAndTimesSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type kept struct {
			ID db.ID   `json:"id"`
			At db.Time `json:"at"`
		}
		in := kept{db.ID(rapid.Int64Range(0, 1<<63-1).Draw(t, "id")), db.Time(rapid.Int64Range(0, 4102444800_000_000).Draw(t, "at"))}
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out kept
		if err := json.Unmarshal(b, &out); err != nil || out != in {
			t.Fatalf("%+v became %+v by %s (%v)", in, out, b, err)
		}
	})
}

func TestIdsRise(t *testing.T) {
	g := db.NewIDs(7)
	last := db.ID(0)
	for range 10_000 {
		id := g.New()
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
	}
}
