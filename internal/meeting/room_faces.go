package meeting

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/mosaic"
)

// The wall of faces: where more people are seated than moving pictures are affordable, each who
// agrees sends a small still every few seconds, and a page of them comes back as one picture. They
// are kept in memory alone, by every node, until the next one or a few seconds later nothing; no
// table, no file, no log and no recording has them.

const (
	faceKept    = 15 * time.Second          // without a new one a face is forgotten
	faceAtMost  = time.Second               // between two of one seat; a browser sends one in five
	pageKept    = 4 * time.Second           // a page is composed this often at most, unless a face has to go
	wallColumns = 7                         // of a page's picture
	SmallPage   = 12                        // faces on a page, on a phone
	LargePage   = wallColumns * wallColumns // and on a desk
)

// Codes about faces.
const (
	CodeFaceSize = "face_too_large"  // too_large: params limit, in bytes
	CodeFaceType = "face_not_a_jpeg" // wrong_type: not a JPEG of 160 by 120
	CodeFaceSoon = "face_too_soon"   // too_many
)

// walls are the faces of all rooms; the zero value is empty.
type walls struct {
	mu    sync.Mutex
	rooms map[db.ID]*wall
}

type wall struct {
	faces map[db.ID]*face // by seat
	pages map[wallPlace]*FacesPage
}

type wallPlace struct{ page, size int }

type face struct {
	tile   *mosaic.Tile
	at     time.Time
	forget *time.Timer
}

// FacesPage is one page of the wall as a picture.
type FacesPage struct {
	Seats []db.ID // whose faces are on it, row by row
	JPEG  []byte
	Tag   string // another picture has another
	at    time.Time
}

// keep puts a seat's newest face in the place of the one before; false: the one before is too new.
func (w *walls) keep(meeting, seat db.ID, tile *mosaic.Tile, least time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.rooms == nil {
		w.rooms = map[db.ID]*wall{}
	}
	room := w.rooms[meeting]
	if room == nil {
		room = &wall{faces: map[db.ID]*face{}, pages: map[wallPlace]*FacesPage{}}
		w.rooms[meeting] = room
	}
	f := room.faces[seat]
	if f != nil && now.Sub(f.at) < least {
		return false
	}
	if f != nil {
		f.forget.Stop()
	}
	f = &face{tile: tile, at: now}
	f.forget = time.AfterFunc(faceKept, func() { w.drop(meeting, seat, f) })
	room.faces[seat] = f
	return true
}

// drop forgets a seat's face; only this one, when it is named.
func (w *walls) drop(meeting, seat db.ID, only *face) {
	w.mu.Lock()
	defer w.mu.Unlock()
	room := w.rooms[meeting]
	if room == nil || only != nil && room.faces[seat] != only {
		return
	}
	if f := room.faces[seat]; f != nil {
		f.forget.Stop()
		delete(room.faces, seat)
	}
	clear(room.pages)
	if len(room.faces) == 0 {
		delete(w.rooms, meeting)
	}
}

// page composes one page of the seats that may be shown, in their order; nil when nobody shows a
// face on it. A page that is fresh is given again, so that many viewers cost one composition.
func (w *walls) page(meeting db.ID, at wallPlace, seats []db.ID) (*FacesPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	room := w.rooms[meeting]
	if room == nil {
		return nil, nil
	}
	first := min((at.page-1)*at.size, len(seats))
	var shown []db.ID
	var tiles []*mosaic.Tile
	var newest time.Time
	for _, seat := range seats[first:min(first+at.size, len(seats))] {
		if f := room.faces[seat]; f != nil {
			shown, tiles = append(shown, seat), append(tiles, f.tile)
			if f.at.After(newest) {
				newest = f.at
			}
		}
	}
	if len(tiles) == 0 {
		return nil, nil
	}
	known := room.pages[at]
	if known != nil && slices.Equal(known.Seats, shown) && (time.Since(known.at) < pageKept || !newest.After(known.at)) {
		return known, nil
	}
	made := &FacesPage{Seats: shown, Tag: `"` + rand.Text()[:12] + `"`, at: time.Now()}
	var err error
	if made.JPEG, err = mosaic.Compose(tiles, wallColumns); err != nil {
		return nil, err
	}
	room.pages[at] = made
	return made, nil
}

// wallOf lists the seats of the wall in the order of the roster, and whether each may be shown: who
// is on a lower rung of the ladder or came without a camera is not. Telephones have a place, 0.
func (d *roomDoc) wallOf() (seats []db.ID, shown map[db.ID]bool) {
	full, placed := map[db.ID]bool{}, map[db.ID]bool{}
	for i := range d.Seats {
		full[d.Seats[i].ID] = d.Seats[i].Rung == RungFull
	}
	shown = map[db.ID]bool{}
	for i := range d.Floor.People {
		p := &d.Floor.People[i]
		if p.State != Here && p.State != Away || p.How == ByWriting || p.Seat != 0 && placed[p.Seat] {
			continue
		}
		placed[p.Seat] = true
		seats = append(seats, p.Seat)
		shown[p.Seat] = full[p.Seat] && (p.How == ByVideo || p.How == ByShared)
	}
	return seats, shown
}

// atOwnSeat is nil for who sits at this seat, past the lobby.
func (s *Rooms) atOwnSeat(ctx context.Context, actor access.Actor, meeting, seat db.ID) (*roomDoc, error) {
	doc, _, p, err := s.present(ctx, actor, meeting, seat)
	if err == nil && p.State == Waiting {
		err = refuse(CodeInLobby)
	}
	return doc, err
}

// ShowFace puts up a picture of the actor's own seat: a JPEG of 160 by 120, at most 5,600 bytes. It
// is seen by who is inside, replaced by the next one, and forgotten after 15 seconds. Faults:
// too_large face_too_large, wrong_type face_not_a_jpeg, too_many face_too_soon, conflict
// room_in_lobby, and Beat's.
func (s *Rooms) ShowFace(ctx context.Context, actor access.Actor, meeting, seat db.ID, jpeg []byte) error {
	if _, err := s.atOwnSeat(ctx, actor, meeting, seat); err != nil {
		return err
	}
	tile, err := mosaic.Decode(jpeg)
	switch {
	case errors.Is(err, mosaic.ErrTooLarge):
		return fault.New(fault.KindTooLarge, CodeFaceSize).With("limit", mosaic.MaxBytes)
	case err != nil:
		return fault.New(fault.KindWrongType, CodeFaceType).Because(err)
	}
	if !s.faces.keep(meeting, seat, tile, faceAtMost) {
		return fault.New(fault.KindTooMany, CodeFaceSoon).With("retry_after", 1)
	}
	s.tellFace(meeting, seat, jpeg)
	return nil
}

// HideFace takes the picture of the actor's own seat down, at once.
func (s *Rooms) HideFace(ctx context.Context, actor access.Actor, meeting, seat db.ID) error {
	if _, err := s.atOwnSeat(ctx, actor, meeting, seat); err != nil {
		return err
	}
	s.faces.drop(meeting, seat, nil)
	s.tellFace(meeting, seat, nil)
	return nil
}

// Faces gives a page of the wall, from 1, of SmallPage or LargePage places, to who sits inside; nil
// when nobody shows a face on it.
func (s *Rooms) Faces(ctx context.Context, actor access.Actor, meeting, seat db.ID, page, size int) (*FacesPage, error) {
	doc, err := s.atOwnSeat(ctx, actor, meeting, seat)
	if err != nil {
		return nil, err
	}
	var c fault.Check
	c.If(size != SmallPage && size != LargePage, "size", "choice")
	if err := c.Err(); err != nil {
		return nil, err
	}
	seats, shown := doc.wallOf()
	for i, seat := range seats {
		if !shown[seat] {
			seats[i] = 0 // keeps its place, shows nothing
		}
	}
	return s.faces.page(meeting, wallPlace{page, size}, seats)
}

// names lists the seats of a page for its head.
func (p *FacesPage) names() string {
	out := make([]string, 0, len(p.Seats))
	for _, seat := range p.Seats {
		out = append(out, seat.String())
	}
	return strings.Join(out, ",")
}
