package meeting

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wozai/internal/db"
	"wozai/internal/mosaic"
	"wozai/internal/testkit"
)

// portrait is a picture as a browser sends it, of one colour.
func portrait(t testing.TB, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, mosaic.Width, mosaic.Height))
	draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var (
	red  = color.RGBA{220, 20, 20, 255}
	blue = color.RGBA{20, 20, 220, 255}
)

// tone is the colour in the middle of the n-th face of a page.
func tone(t *testing.T, p *FacesPage, n int) string {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	r, _, b, _ := m.At(n%wallColumns*mosaic.Width+80, n/wallColumns*mosaic.Height+60).RGBA()
	if r > b {
		return "red"
	}
	return "blue"
}

func TestAFaceIsForgottenWhenNoNewOneComes(t *testing.T) {
	tile, err := mosaic.Decode(portrait(t, red))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var w walls
		all := wallPlace{1, LargePage}
		look := func() *FacesPage {
			p, err := w.page(theMeeting, all, []db.ID{11, 12})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if !w.keep(theMeeting, 11, tile, faceAtMost) || w.keep(theMeeting, 11, tile, faceAtMost) {
			t.Error("two in a moment are kept")
		}
		first := look()
		time.Sleep(10 * time.Second)
		if p := look(); p != first {
			t.Error("an unchanged page is composed anew")
		}
		if !w.keep(theMeeting, 11, tile, faceAtMost) || !w.keep(theMeeting, 12, tile, faceAtMost) {
			t.Error("a new face is refused")
		}
		second := look()
		if second.Tag == first.Tag || len(second.Seats) != 2 {
			t.Errorf("the page is still %v", second.Seats)
		}
		time.Sleep(pageKept - time.Millisecond)
		w.keep(theMeeting, 12, tile, 0)
		if p := look(); p != second {
			t.Error("a page is composed more often than it should")
		}
		w.drop(theMeeting, 11, nil)
		if p := look(); !slices.Equal(p.Seats, []db.ID{12}) {
			t.Errorf("taken down, and still on the page: %v", p.Seats)
		}
		time.Sleep(faceKept + time.Millisecond)
		synctest.Wait()
		if len(w.rooms) != 0 || look() != nil {
			t.Error("faces are remembered")
		}
	})
}

func TestThePagesOfAWall(t *testing.T) {
	var w walls
	tile, err := mosaic.Decode(portrait(t, blue))
	if err != nil {
		t.Fatal(err)
	}
	seats := make([]db.ID, 60)
	for i := range seats {
		seats[i] = db.ID(1000 + i)
		if i%2 == 0 {
			w.keep(theMeeting, seats[i], tile, 0)
		}
	}
	for _, c := range []struct{ page, size, faces int }{{1, LargePage, 25}, {2, LargePage, 5}, {3, LargePage, 0}, {1, SmallPage, 6}, {5, SmallPage, 6}, {6, SmallPage, 0}, {1000, SmallPage, 0}} {
		p, err := w.page(theMeeting, wallPlace{c.page, c.size}, seats)
		switch {
		case err != nil:
			t.Error(err)
		case p == nil && c.faces != 0, p != nil && len(p.Seats) != c.faces:
			t.Errorf("page %d of %d shows %+v, want %d faces", c.page, c.size, p, c.faces)
		}
	}
}

func TestTheWallOfFaces(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		seat := map[db.ID]db.ID{}
		for id := chairID; id <= danID; id++ {
			seat[id] = h.enter(id).Seat
		}
		show := func(who, at db.ID, raw []byte) error { return h.ShowFace(h.ctx, person(who), theMeeting, at, raw) }
		look := func(who db.ID) []db.ID {
			t.Helper()
			p, err := h.Faces(h.ctx, person(who), theMeeting, seat[who], 1, LargePage)
			if err != nil {
				t.Fatal(err)
			}
			if p == nil {
				return nil
			}
			return p.Seats
		}
		for _, who := range []db.ID{bobID, annID} {
			if err := show(who, seat[who], portrait(t, map[db.ID]color.Color{annID: red, bobID: blue}[who])); err != nil {
				t.Fatal(err)
			}
		}
		// In the order they came, not in which they sent.
		if got := look(chairID); !slices.Equal(got, []db.ID{seat[annID], seat[bobID]}) {
			t.Fatalf("the wall shows %v", got)
		}
		p, _ := h.Faces(h.ctx, person(chairID), theMeeting, seat[chairID], 1, LargePage)
		if tone(t, p, 0) != "red" || tone(t, p, 1) != "blue" {
			t.Error("faces are in each other's place")
		}

		// One's own seat alone, and nothing but a small picture.
		h.refused(show(bobID, seat[annID], portrait(t, blue)), CodeSeatElsewhere)
		h.refused(show(cayID, seat[cayID], []byte("<svg/>")), CodeFaceType)
		h.refused(show(cayID, seat[cayID], make([]byte, mosaic.MaxBytes+1)), CodeFaceSize)
		h.refused(show(annID, seat[annID], portrait(t, blue)), CodeFaceSoon)
		h.refused(h.HideFace(h.ctx, person(bobID), theMeeting, seat[annID]), CodeSeatElsewhere)
		h.refused(h.ShowFace(h.ctx, byLink(annID, theMeeting+1), theMeeting, seat[annID], portrait(t, blue)), "not_found")
		_, err := h.Faces(h.ctx, person(999), theMeeting, seat[annID], 1, LargePage)
		h.refused(err, "not_found")
		_, err = h.Faces(h.ctx, person(guestID), theMeeting, seat[annID], 1, LargePage)
		h.refused(err, "not_found")

		// A weak line shows none; it comes back with the line.
		if _, err := h.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: seat[annID], Rung: RungNoFaces}); err != nil {
			t.Fatal(err)
		}
		if got := look(chairID); !slices.Equal(got, []db.ID{seat[bobID]}) {
			t.Errorf("on a weak line: %v", got)
		}
		if _, err := h.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: seat[annID]}); err != nil {
			t.Fatal(err)
		}

		// Taken down: gone for everybody at once.
		if err := h.HideFace(h.ctx, person(bobID), theMeeting, seat[bobID]); err != nil {
			t.Fatal(err)
		}
		if got := look(chairID); !slices.Equal(got, []db.ID{seat[annID]}) {
			t.Errorf("Bob took his down: %v", got)
		}
		// Removed: gone at once, and neither shows nor sees.
		h.must(chairID, RoomCommand{Kind: CmdRemove, Person: annID, Reason: "干扰会议"})
		if got := look(chairID); got != nil {
			t.Errorf("Ann was removed: %v", got)
		}
		h.refused(show(annID, seat[annID], portrait(t, red)), CodeRemoved)
		_, err = h.Faces(h.ctx, person(annID), theMeeting, seat[annID], 1, LargePage)
		h.refused(err, CodeRemoved)

		// The lobby shows and sees nothing.
		h.must(chairID, RoomCommand{Kind: CmdLobby, On: true})
		waits := h.enter(guestID).Seat
		h.refused(show(guestID, waits, portrait(t, red)), CodeInLobby)
		_, err = h.Faces(h.ctx, person(guestID), theMeeting, waits, 1, LargePage)
		h.refused(err, CodeInLobby)

		// Nothing of it is anywhere but in memory.
		if err := show(danID, seat[danID], portrait(t, red)); err != nil {
			t.Fatal(err)
		}
		if n := h.rows(`SELECT COUNT(*) FROM event WHERE kind LIKE '%face%'`) + h.rows(`SELECT COUNT(*) FROM audit WHERE action LIKE '%face%'`); n != 0 {
			t.Errorf("%d rows tell of faces", n)
		}
	})
}

func TestFacesOverHTTP(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	web := h.edge()
	a, b := h.enter(annID).Seat, h.enter(bobID).Seat
	call := func(method, path string, who db.ID, body []byte, head ...string) (*http.Response, []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, web.URL+"/api/v1/meetings/7001/room"+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Test-Who", who.String())
		req.Header.Set("Content-Type", "image/jpeg")
		for i := 0; i+1 < len(head); i += 2 {
			req.Header.Set(head[i], head[i+1])
		}
		got, err := web.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		raw, _ := io.ReadAll(got.Body)
		return got, raw
	}
	page := fmt.Sprintf("/faces?seat=%d&page=1&size=49", b)
	if got, raw := call("GET", page, bobID, nil); got.StatusCode != http.StatusNoContent {
		t.Errorf("an empty wall: %s %s", got.Status, raw)
	}
	if got, raw := call("PUT", "/face?seat="+a.String(), annID, portrait(t, red)); got.StatusCode != http.StatusNoContent {
		t.Fatalf("a face: %s %s", got.Status, raw)
	}
	got, raw := call("GET", page, bobID, nil)
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "image/jpeg" || got.Header.Get("Wozai-Faces") != a.String() || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the wall: %s %v", got.Status, got.Header)
	}
	if _, err := jpeg.Decode(bytes.NewReader(raw)); err != nil {
		t.Error(err)
	}
	if again, raw := call("GET", page, bobID, nil, "If-None-Match", got.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || len(raw) != 0 {
		t.Errorf("the same again: %s, %d bytes", again.Status, len(raw))
	}
	for path, want := range map[string]int{
		"/faces?seat=" + b.String() + "&page=0":  422,
		"/faces?seat=" + b.String() + "&size=50": 422,
		"/faces?page=1":                          410,
		"/faces?seat=" + a.String():              410,
	} {
		if got, _ := call("GET", path, bobID, nil); got.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, got.Status, want)
		}
	}
	for name, c := range map[string]struct {
		body []byte
		want int
		code string
	}{
		"a png by name":    {[]byte("\x89PNG\r\n\x1a\n0000"), 415, CodeFaceType},
		"a large file":     {make([]byte, 10_000), 413, CodeFaceSize},
		"a very large one": {make([]byte, 1<<20), 413, ""},
	} {
		if got, raw := call("PUT", "/face?seat="+b.String(), bobID, c.body); got.StatusCode != c.want || !strings.Contains(string(raw), c.code) {
			t.Errorf("%s: %s %s", name, got.Status, raw)
		}
	}
	if got, raw := call("PUT", "/face?seat="+a.String(), annID, portrait(t, red)); got.StatusCode != 429 || got.Header.Get("Retry-After") == "" && !strings.Contains(string(raw), "retry_after") {
		t.Errorf("at once again: %s %s %s", got.Status, got.Header.Get("Retry-After"), raw)
	}
	if got, _ := call("DELETE", "/face?seat="+a.String(), annID, nil); got.StatusCode != http.StatusNoContent {
		t.Errorf("taken down: %s", got.Status)
	}
	if got, _ := call("GET", page, bobID, nil); got.StatusCode != http.StatusNoContent {
		t.Errorf("after it was taken down: %s", got.Status)
	}
}

// Whichever node somebody is on, they see everybody; the database keeps nothing of it.
func TestFacesAreSeenOnTheOtherNode(t *testing.T) {
	dsn := testkit.PostgresDSN(t)
	h := newHouse(t, testkit.OpenStore(t, dsn))
	other := h.node(testkit.OpenStore(t, dsn), "other")
	var news chan struct{} // of the other node
	for _, n := range []*Rooms{h.Rooms, other} {
		ctx, cancel := context.WithCancel(context.Background())
		listens, done := make(chan struct{}, 100), make(chan struct{})
		go func() {
			defer close(done)
			n.shareFaces(ctx, func() { listens <- struct{}{} })
		}()
		<-listens
		if n == other {
			news = listens
		}
		t.Cleanup(func() { cancel(); <-done })
	}
	a, b := h.enter(annID).Seat, h.enterAt(other, bobID).Seat
	if err := h.ShowFace(h.ctx, person(annID), theMeeting, a, portrait(t, red)); err != nil {
		t.Fatal(err)
	}
	seen := func(want ...db.ID) {
		t.Helper()
		for late := time.After(patience); ; {
			p, err := other.Faces(h.ctx, person(bobID), theMeeting, b, 1, LargePage)
			if err != nil {
				t.Fatal(err)
			}
			var got []db.ID
			if p != nil {
				got = p.Seats
			}
			if slices.Equal(got, want) {
				return
			}
			select {
			case <-news:
			case <-late:
				t.Fatalf("the other node shows %v, want %v", got, want)
			}
		}
	}
	seen(a)
	if err := h.HideFace(h.ctx, person(annID), theMeeting, a); err != nil {
		t.Fatal(err)
	}
	seen()
	for _, letter := range []string{"", "one 1 2", "x y z !", "x 1 2 AAAA", "x 7001 " + a.String() + " not-base64"} {
		other.faceArrived(letter) // changes nothing
	}
	seen()
}
