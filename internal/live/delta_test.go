package live_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"wozai/internal/live"
)

// anyValue draws what a state may have in a field: null, nested objects, lists of things with ids and
// lists without.
func anyValue() *rapid.Generator[any] {
	scalar := rapid.OneOf(rapid.Map(rapid.IntRange(0, 3), func(n int) any { return n }), rapid.Map(rapid.SampledFrom([]string{"", "甲", `"\`}), func(s string) any { return s }), rapid.Just[any](nil))
	things := rapid.Map(rapid.SliceOfNDistinct(rapid.IntRange(1, 8), 0, 6, rapid.ID[int]), func(ids []int) any {
		out := []thing{}
		for _, id := range ids {
			out = append(out, thing{fmt.Sprint(id), []string{"", "a name of some length", "another one"}[id*len(ids)%3]})
		}
		return out
	})
	ids := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "3", "4", `"`, "<"}), 0, 5), func(ids []string) any { return ids })
	plain := rapid.Map(rapid.SliceOfN(rapid.IntRange(0, 9), 0, 4), func(n []int) any { return n })
	object := rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "put", "in", "drop"}), rapid.OneOf(scalar, things, ids, plain), 0, 5), func(m map[string]any) any { return m })
	return rapid.OneOf(scalar, things, things, ids, plain, object)
}

func TestAStateAndItsDeltasMakeTheNextState(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		state := map[string]any{"stays": "what is long and never changes"}
		have, _ := json.Marshal(state)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			field := rapid.SampledFrom([]string{"x", "y", "people"}).Draw(t, "field")
			if rapid.IntRange(0, 5).Draw(t, "goes") == 0 {
				delete(state, field)
			} else {
				state[field] = anyValue().Draw(t, "value")
			}
			next, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			d, smaller, err := live.Delta(have, next)
			switch {
			case err != nil:
				t.Fatal(err)
			case !smaller: // goes whole
				have = next
				continue
			case d == nil:
				if string(have) != string(next) {
					t.Fatalf("no difference between %s and %s", have, next)
				}
				continue
			case len(d) >= len(next):
				t.Fatalf("%s is no shorter than %s", d, next)
			}
			told++
			got, err := live.Patch(have, d)
			if err != nil || string(got) != string(next) {
				t.Fatalf("%s with %s gives %s, want %s (%v)", have, d, got, next, err)
			}
			have = got
		}
	})
	if told == 0 {
		t.Error("no delta was tried")
	}
}

// The same cases are read by the browser's half (web/src/shared/live/delta.test.ts).
func TestDeltasAreWhatTheBrowserReads(t *testing.T) {
	text, err := os.ReadFile("testdata/deltas.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Says                 string
		Before, After, Delta json.RawMessage
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		before, after, want := compact(t, c.Before), compact(t, c.After), compact(t, c.Delta)
		d, smaller, err := live.Delta(before, after)
		if err != nil || !smaller || string(d) != string(want) {
			t.Errorf("%s: %s (smaller: %v, %v)", c.Says, d, smaller, err)
			continue
		}
		if got, err := live.Patch(before, d); err != nil || string(got) != string(after) {
			t.Errorf("%s: patched %s (%v)", c.Says, got, err)
		}
	}
}

func compact(t *testing.T, text json.RawMessage) json.RawMessage {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What one coming costs everybody else does not depend on how many are there.
func TestOneMoreThingCostsItsOwnSize(t *testing.T) {
	list := func(n int) roomful {
		out := roomful{N: n}
		for i := range n {
			out.Things = append(out.Things, thing{fmt.Sprint(i + 1), "a name"})
		}
		return out
	}
	size := func(n int) int {
		before, _ := json.Marshal(list(n))
		after, _ := json.Marshal(list(n + 1))
		d, ok, err := live.Delta(before, after)
		if err != nil || !ok {
			t.Fatal(err)
		}
		return len(d)
	}
	if small, large := size(99), size(999); large > small+10 {
		t.Errorf("one more of 100 costs %d bytes, of 1000 %d", small, large)
	}
}

func BenchmarkDelta(b *testing.B) {
	for _, n := range []int{125, 500, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var all roomful
			for i := range n {
				all.Things = append(all.Things, thing{fmt.Sprint(1 << 60 / (i + 1)), "about as long as a person in the roster is, with seat and so on ……"})
			}
			before, _ := json.Marshal(all)
			all.Things[rand.N(n)].Name = "changed"
			after, _ := json.Marshal(all)
			for b.Loop() {
				if _, _, err := live.Delta(before, after); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
