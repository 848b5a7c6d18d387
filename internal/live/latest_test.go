package live

import (
	"slices"
	"testing"

	"wozai/internal/db"
)

func TestWhatIsSaidAgainIsToldOnceAtItsLastPlace(t *testing.T) {
	told := func(seq int64, topic string, id db.ID) row {
		return row{Seq: seq, Topic: topic, Kind: "answer", SubjectID: id}
	}
	var got []int64
	for _, r := range latest([]row{told(1, "a:1", 1), told(2, "a:2", 1), told(3, "a:1", 1), told(4, "a:1", 2), told(5, "a:1", 1)}) {
		got = append(got, r.Seq)
	}
	if want := []int64{2, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v: the last place is that of the cursor", got, want)
	}
}
