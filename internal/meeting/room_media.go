package meeting

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/media"
)

// Gate decides who comes to the SFU: ?meeting=<id>&seat=<id> on the address, the session from the
// cookie. A seat's identity there is its id, which says nothing about the person. A browser that enters need not wait for
// its seat to connect: it may name its device instead (&device=<text of enter>), and is admitted once that device is seated.
func (s *Rooms) Gate(authenticate func(*http.Request) (access.Actor, error)) media.GateFunc {
	return func(ctx context.Context, r *http.Request) (media.Admission, error) {
		actor, err := authenticate(r)
		if err != nil {
			return media.Admission{}, err
		}
		if actor.Kind == access.Nobody {
			return media.Admission{}, &media.Refusal{Status: http.StatusUnauthorized, Code: "sign_in_required"}
		}
		meeting, ok := db.ParseID(r.URL.Query().Get("meeting"))
		seat, ok2 := db.ParseID(r.URL.Query().Get("seat"))
		device := r.URL.Query().Get("device")
		if !ok || !ok2 && device == "" {
			return media.Admission{}, &media.Refusal{Status: http.StatusNotFound, Code: "not_found"}
		}
		if device != "" {
			seat, err = s.arriving(ctx, actor, meeting, device)
		}
		// Not the snapshot: who has just entered on another node comes here next.
		var doc *roomDoc
		if err == nil {
			doc, err = s.room(ctx, s.DB.Read(), meeting)
		}
		if err == nil {
			_, _, err = standing(actor, doc, seat)
		}
		var f *fault.Fault
		if errors.As(err, &f) {
			return media.Admission{}, &media.Refusal{Status: refusalStatus(f.Kind), Code: f.Code}
		}
		if err != nil {
			return media.Admission{}, err
		}
		want := doc.permissions()
		permission, inside := want[seat.String()]
		if !inside {
			return media.Admission{}, &media.Refusal{Status: http.StatusForbidden, Code: CodeInLobby}
		}
		return media.Admission{Room: MediaRoom(meeting), Identity: seat.String(), Owner: actor.PersonID.String(), Permission: permission}, nil
	}
}

// How long somebody who connects is waited for to enter, and how often it is looked whether they have.
const (
	arrivesWithin = 2 * time.Second
	arrivesEvery  = 20 * time.Millisecond
)

// arriving gives the actor's seat at a device, and waits a moment for it: entering is under way on another connection, in
// which it may yet be refused. Not-found for strangers, at once; gone room_seat_lost where nobody has entered.
func (s *Rooms) arriving(ctx context.Context, actor access.Actor, meeting db.ID, device string) (db.ID, error) {
	over := time.After(arrivesWithin)
	look := time.NewTicker(arrivesEvery)
	defer look.Stop()
	for {
		plan, doc, err := s.read(ctx, meeting)
		if err != nil {
			return 0, err
		}
		if err := requireInvited(actor, plan); err != nil {
			return 0, err
		}
		if st := doc.seatOf(actor.PersonID); st != nil && st.Device == device {
			if _, _, err := standing(actor, &doc, st.ID); err == nil {
				return st.ID, nil
			}
		}
		select {
		case <-look.C:
		case <-over:
			return 0, fault.New(fault.KindGone, CodeSeatLost)
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func refusalStatus(k fault.Kind) int {
	switch k {
	case fault.KindGone:
		return http.StatusGone
	case fault.KindForbidden:
		return http.StatusForbidden
	}
	return http.StatusNotFound
}

// Desired answers the reconciler who may be connected to a room now, and send what.
func (s *Rooms) Desired(ctx context.Context, room string) (map[string]media.Permission, int64, error) {
	meeting, ok := db.ParseID(strings.TrimPrefix(room, "meeting-"))
	if !ok {
		return nil, 0, media.ErrRoomOver
	}
	doc, err := s.room(ctx, s.DB.Read(), meeting)
	switch {
	case fault.Is(err, fault.KindNotFound):
		return nil, 0, media.ErrRoomOver
	case err != nil:
		return nil, 0, err
	case doc.phase() == RoomOver:
		return nil, 0, media.ErrRoomOver
	}
	return doc.permissions(), doc.Floor.Version, nil
}

// permissions says what each seat may do: everybody sees and hears, microphone and screen follow
// the floor, the next in line get their microphones ready, a camera sends a face unless the seat's rung of the ladder does without.
func (d *roomDoc) permissions() map[string]media.Permission {
	publishers := d.Floor.Publishers()
	sitting := d.sitting()
	out := make(map[string]media.Permission, len(d.Seats))
	for _, st := range d.Seats {
		in := false
		for _, p := range sitting[st.ID] {
			in = in || p.State == Here || p.State == Away
		}
		if !in {
			continue
		}
		may := publishers[st.ID]
		var send media.Source
		if may.Microphone {
			send |= media.Microphone
		}
		var ready media.Source
		if may.Ready {
			ready = media.Microphone
		}
		if may.Screen {
			send |= media.Screen | media.ScreenAudio
		}
		if may.Camera && st.Rung == RungFull {
			send |= media.Camera
		}
		out[st.ID.String()] = media.Permission{Publish: send, Ready: ready, Subscribe: true}
	}
	return out
}

// sameFor reports whether nothing changes for who had a permission. Who is new comes with theirs.
func sameFor(before, now map[string]media.Permission) bool {
	for seat, p := range before {
		if had, still := now[seat]; !still || had != p {
			return false
		}
	}
	return true
}

const mediaLease = 6 * time.Second // the reconciler renews it every two

// Hold implements media.Leases: of several nodes one looks after a room.
func (s *Rooms) Hold(ctx context.Context, room string) (bool, error) {
	if s.DB.Engine == db.SQLite {
		return true, nil
	}
	return s.DB.Lease(ctx, "media:"+room, s.Node, mediaLease)
}
