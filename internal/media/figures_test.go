//go:build look

package media_test

import (
	"slices"
	"testing"
	"time"

	"wozai/internal/media"
	"wozai/internal/media/mediatest"
)

// TestFigures prints how long a hand-over takes in its parts. It is no test of speed: run it by hand with -tags look.
func TestFigures(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	w.Set("cho", listener)
	ann, bob, cho := w.Enter(t, "ann"), w.Enter(t, "bob"), w.Enter(t, "cho")
	for n, member := range []*mediatest.Member{ann, bob} {
		if err := member.Publish(media.Camera, face(t, n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	cho.Hears(0, "ann")
	parts := map[string][]time.Duration{}
	holder, next := ann, bob
	for range 20 {
		mark, choMark := next.Mark(), cho.Mark()
		began := time.Now()
		w.Change(func(want map[string]media.Permission) {
			want[holder.Identity()], want[next.Identity()] = listener, speaker
		})
		told := next.Await(mark, "the microphone", permitted(speaker)).At
		holder.Unpublish(media.Microphone)
		if err := next.Publish(media.Microphone, voice(t, 1)); err != nil {
			t.Fatal(err)
		}
		published := time.Now()
		heard := cho.Hears(choMark, next.Identity()).At
		parts["1 told"] = append(parts["1 told"], told.Sub(began))
		parts["2 published"] = append(parts["2 published"], published.Sub(began))
		parts["3 heard"] = append(parts["3 heard"], heard.Sub(began))
		holder, next = next, holder
	}
	for _, name := range []string{"1 told", "2 published", "3 heard"} {
		times := parts[name]
		slices.Sort(times)
		t.Logf("%s: median %v, p95 %v", name, times[len(times)/2], times[len(times)*95/100])
	}
}
