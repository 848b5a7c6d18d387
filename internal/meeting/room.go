package meeting

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/live"
	"wozai/internal/profile"
)

const (
	doorsOpen  = 30 * time.Minute // before the planned start
	beatEvery  = 5 * time.Second  // a browser says that it is still there
	lostAfter  = 15 * time.Second // without a beat the connection counts as gone
	checkEvery = 10 * time.Second // beats are written down
	sweepEvery = 3 * time.Second
	emptyFor   = 30 * time.Minute // nobody at a screen, and past the planned end: the meeting is over
	maxCameras = 30               // beyond it faces are a wall of stills
	maxAtSeat  = 30               // people at one screen

	practiceMicrophones = 20
)

// Codes of refusals at the door; see fault for the kinds. Params host, host_id name whom to ask.
const (
	CodeRoomEarly     = "room_too_early"        // conflict: params opens_at, starts_at
	CodeRoomNotOpen   = "room_not_open"         // conflict: the host has not opened the meeting
	CodeCalledOff     = "meeting_called_off"    // gone
	CodeNotInvited    = "room_not_invited"      // forbidden: may see the meeting, is not on its list
	CodeSeatElsewhere = "room_seat_elsewhere"   // gone: a newer device of the same person took over
	CodeSeatLost      = "room_seat_lost"        // gone: away too long, or left; enter again
	CodeInLobby       = "room_in_lobby"         // conflict: not let in yet
	CodeNotInRoom     = "room_not_in"           // forbidden: for those inside only
	CodeElsewhere     = "person_in_by_themself" // field: has a device of their own in the room
	CodeNotOnList     = "person_not_invited"    // field
	CodeConsent       = "consent_required"      // field: a relative needs the person's consent
	CodeChatOff       = "chat_off"              // conflict
	CodeNoScreen      = "screen_not_yours"      // forbidden: only who holds the floor shares a screen
	CodePhoneOnly     = "join_by_host"          // forbidden: a host enters telephone attendees and nobody else
)

// Sealer encrypts where a person is; package secret implements it.
type Sealer interface {
	Seal(purpose string, aad, plaintext []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
}

// Switchboard carries the media; see media.Reconciler and media.Proxy.
type Switchboard interface {
	Touch(room string)          // what may be published changed: settle it now
	Drop(room, identity string) // cut off this seat's connection
}

// RoomsConfig wires Rooms. Media and Finished may be nil.
type RoomsConfig struct {
	DB      *db.DB
	Change  *change.Writer
	Live    *live.Hub
	Plans   Plans
	Secret  Sealer
	Profile func() *profile.Profile
	Files   Files
	Node    string // tells this process from others on the same database
	Log     *slog.Logger

	// Opened and Finished run inside the change that opens or ends a meeting, for the meeting's
	// own row, its links and its record.
	Opened   func(ctx context.Context, tx *change.Tx, meeting db.ID) error
	Finished func(ctx context.Context, tx *change.Tx, meeting db.ID, at db.Time) error
	// Reopen lets one more device in by a person's join link.
	Reopen func(ctx context.Context, tx *change.Tx, meeting, person db.ID) error
}

// Rooms is the live side of meetings: who is there, who speaks, who may vote. Any node may carry
// out any command: the state is one row, written where its version still holds.
type Rooms struct {
	RoomsConfig
	media   Switchboard
	started db.Time
	pace    pace

	faces    walls
	faceMail faceMail
	sounds   chan struct{} // recordings being made playable: few at a time

	mu      sync.Mutex
	beats   map[db.ID]map[db.ID]db.Time // meeting → seat → last heard here
	timers  map[db.ID]*time.Timer
	kept    map[db.ID]*roomDoc // see room_kept.go
	writing map[db.ID]*roomDoc
	newest  map[db.ID]int64 // the highest version heard of
	lines   map[db.ID]*line
	wake    map[db.ID]struct{} // checkpoints to be written soon: seats new to this node
	stopped bool
}

// NewRooms makes the live side and registers its topics. Run keeps its clocks.
func NewRooms(c RoomsConfig) *Rooms {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Rooms{RoomsConfig: c, started: db.Now(), beats: map[db.ID]map[db.ID]db.Time{}, timers: map[db.ID]*time.Timer{},
		kept: map[db.ID]*roomDoc{}, writing: map[db.ID]*roomDoc{}, newest: map[db.ID]int64{}, wake: map[db.ID]struct{}{}, lines: map[db.ID]*line{}, sounds: make(chan struct{}, 2)}
	s.Live.Topic("room", s.mayHear, func(ctx context.Context, id db.ID) (any, error) { return s.publicState(ctx, id) })
	s.Live.Topic("roster", s.mayHear, func(ctx context.Context, id db.ID) (any, error) { return s.publicRoster(ctx, id) })
	s.Live.OnEvent(s.heard)
	return s
}

// Attach connects the media; without it rooms work, silently.
func (s *Rooms) Attach(m Switchboard) { s.media = m }

// roomDoc is the stored state of a room.
type roomDoc struct {
	Floor    Floor       `json:"floor"`
	Seats    []roomSeat  `json:"seats"`
	OpenedAt db.Time     `json:"opened_at"`
	EndedAt  db.Time     `json:"ended_at"`
	ChatOff  bool        `json:"chat_off"`
	Paper    *RoomPaper  `json:"paper"`
	Screen   *RoomScreen `json:"screen"`
	Motion   db.ID       `json:"motion"`  // the open vote, else the last
	Bridged  db.Time     `json:"bridged"` // up to when the server's absence was taken off the clocks

	Practice bool `json:"practice"`
	// Arranged is who the plan said would lead, when it was last followed: a chair who was
	// replaced in the room stays replaced until the plan itself changes.
	Arranged db.ID `json:"arranged"`

	version int64 // of the row as it was read; 0: none yet
	written db.ID // which write of the row it was
}

// roomSeat is one connection: a browser, with one or more people in front of it.
type roomSeat struct {
	ID     db.ID   `json:"id"`
	Person db.ID   `json:"person"` // who sat down, by whose session it comes in
	Device string  `json:"device"` // what the browser calls itself; comes back to the same seat
	Link   bool    `json:"link"`   // by join link
	Rung   string  `json:"rung"`
	Place  string  `json:"place"`  // only when shown to everybody
	Helper string  `json:"helper"` // "name, relation" of who holds the device
	Seen   db.Time `json:"seen"`   // when last heard, set when the connection was lost
}

func (d *roomDoc) phase() RoomPhase {
	switch {
	case d.EndedAt != 0:
		return RoomOver
	case d.OpenedAt != 0:
		return RoomOpen
	}
	return RoomEarly
}

func (d *roomDoc) seat(id db.ID) *roomSeat {
	for i := range d.Seats {
		if d.Seats[i].ID == id {
			return &d.Seats[i]
		}
	}
	return nil
}

// seatOf is where somebody sits, nil when nowhere.
func (d *roomDoc) seatOf(person db.ID) *roomSeat {
	if p, ok := d.Floor.Person(person); ok && p.Seat != 0 {
		return d.seat(p.Seat)
	}
	return nil
}

// inside reports whether somebody is in the room: here, or away for a moment.
func (d *roomDoc) inside(person db.ID) bool {
	p, ok := d.Floor.Person(person)
	return ok && (p.State == Here || p.State == Away)
}

// at lists who sits at a seat.
func (d *roomDoc) at(seat db.ID) []*FloorPerson { return d.sitting()[seat] }

// sitting lists who sits where; one pass for who asks about every seat.
func (d *roomDoc) sitting() map[db.ID][]*FloorPerson {
	out := make(map[db.ID][]*FloorPerson, len(d.Seats))
	for i := range d.Floor.People {
		if p := &d.Floor.People[i]; p.Seat != 0 && p.State != Left {
			out[p.Seat] = append(out[p.Seat], p)
		}
	}
	return out
}

// clone copies what a change of the room may alter.
func (d *roomDoc) clone() roomDoc {
	c := *d
	c.Floor, c.Seats = d.Floor.clone(), slices.Clone(d.Seats)
	return c
}

// roomTx is a change of one room in the making.
type roomTx struct {
	*change.Tx
	s      *Rooms
	doc    roomDoc
	plan   Plan
	events []FloorEvent
	roster bool              // who is there changed
	other  bool              // something beside the floor changed
	given  map[db.ID]sat     // how the people of this change came in, for their attendance
	seen   map[db.ID]db.Time // when lost people were last heard
	told   []string          // persons' topics to wake
	drop   []db.ID           // seats to be cut off
	before *roomDoc          // the row as it was; nil before anybody came
	wrote  *roomDoc          // the row as it is to be committed; nil when nothing changed
}

// sat is how somebody came to be in.
type sat struct {
	given, place, helper string
	by                   db.ID
}

var errRoomMoved = errors.New("meeting: the room's row moved")

// act runs fn on a meeting's room as one change and tells everybody. It returns the room's version.
// Faults: not-found for a meeting that the plan does not know; whatever fn refuses.
func (s *Rooms) act(ctx context.Context, actor access.Actor, meeting db.ID, fn func(ctx context.Context, r *roomTx) error) (version int64, err error) {
	var r *roomTx
	// What is long to read is read, and kept, before the line of those who write.
	if _, err := s.Plans.Plan(ctx, s.DB.Read(), meeting); err != nil {
		return 0, err
	}
	done, err := s.inLine(ctx, meeting)
	if err != nil {
		return 0, err
	}
	defer done()
	for range 8 {
		err = s.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
			var err error
			if r, err = s.load(ctx, tx, actor, meeting); err != nil {
				return err
			}
			if err := fn(ctx, r); err != nil {
				return err
			}
			return r.save(ctx)
		})
		if !errors.Is(err, errRoomMoved) {
			break
		}
	}
	if err != nil {
		if errors.Is(err, errRoomMoved) || db.IsRetryable(err) {
			err = fault.New(fault.KindUnavailable, "room_busy").Because(err)
		}
		return 0, err
	}
	if r.wrote != nil {
		s.after(meeting, r)
	}
	return r.doc.Floor.Version, nil
}

// inLine lets one command of a meeting at a time go to PostgreSQL from this node: all of them write
// the same row, and a crowd would wear itself out in retries. SQLite has a line of its own, which
// commits many commands at once.
func (s *Rooms) inLine(ctx context.Context, meeting db.ID) (done func(), err error) {
	if s.DB.Engine == db.SQLite {
		return func() {}, nil
	}
	s.mu.Lock()
	l := s.lines[meeting]
	if l == nil {
		l = &line{turn: make(chan struct{}, 1)}
		s.lines[meeting] = l
	}
	l.waiting++
	s.mu.Unlock()
	leave := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(s.lines, meeting)
		}
	}
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// line is where commands of one meeting wait for each other.
type line struct {
	turn    chan struct{}
	waiting int
}

// load reads the room, making it from the plan when nobody has been there.
func (s *Rooms) load(ctx context.Context, tx *change.Tx, actor access.Actor, meeting db.ID) (*roomTx, error) {
	plan, err := s.Plans.Plan(ctx, tx, meeting)
	if err != nil {
		return nil, err
	}
	r := &roomTx{Tx: tx, s: s, plan: plan, given: map[db.ID]sat{}, seen: map[db.ID]db.Time{}}
	doc, err := s.room(ctx, tx, meeting)
	switch {
	case fault.Is(err, fault.KindNotFound):
		r.doc = emptyRoom(plan)
	case err != nil:
		return nil, err
	default:
		r.before, r.doc = doc, doc.clone()
		r.doc.followPlan(plan)
		for _, p := range doc.Floor.People {
			if st := doc.seat(p.Seat); p.State == Away && st != nil {
				r.seen[p.ID] = st.Seen
			}
		}
	}
	return r, s.nameGuests(ctx, tx, &r.plan, &r.doc, actor.PersonID)
}

// nameGuests puts who is in a practice room on its list, which has nobody else.
func (s *Rooms) nameGuests(ctx context.Context, q db.Querier, p *Plan, d *roomDoc, besides db.ID) error {
	if !p.Practice {
		return nil
	}
	ids := []db.ID{besides}
	for i := range d.Floor.People {
		ids = append(ids, d.Floor.People[i].ID)
	}
	p.People = nil
	for _, id := range unique(ids) {
		var name string
		if _, err := db.Find(ctx, q, &name, `SELECT name FROM person WHERE id = $1`, id); err != nil {
			return err
		}
		p.People = append(p.People, Invited{Person: id, Name: name, Observer: true})
	}
	return nil
}

// emptyRoom is the room of a plan before anybody came.
func emptyRoom(p Plan) roomDoc {
	settings := DefaultFloorSettings()
	settings.Cameras = maxCameras
	f := NewFloor(p.Meeting, p.Chair, p.Deputies, slices.Clone(p.Stages), settings)
	f.Lobby = p.Lobby
	d := roomDoc{Floor: f, Seats: []roomSeat{}, Practice: p.Practice, Arranged: p.Chair}
	if p.Practice && len(f.Stages) > 0 { // nobody leads it
		st := &d.Floor.Stages[0]
		st.Mode, st.State, st.PassOn, st.Microphones = profile.Open, StageOpen, profile.PassAuto, practiceMicrophones
		d.Floor.Stage, d.OpenedAt, d.ChatOff = st.Key, p.StartsAt, true
	}
	return d
}

// followPlan takes over what was rearranged while the room was waiting for the start. Once the
// meeting is open its stages and its chair change by commands alone.
func (d *roomDoc) followPlan(p Plan) {
	if d.phase() != RoomEarly || d.Floor.Stage != "" || len(d.Floor.Turns) > 0 {
		return
	}
	fresh := emptyRoom(p).Floor
	f := &d.Floor
	if !slices.ContainsFunc(f.Stages, func(st FloorStage) bool { return len(st.Marks) > 0 }) && !sameStages(f.Stages, fresh.Stages) {
		f.Stages = fresh.Stages
	}
	if d.Arranged != fresh.Chair {
		d.Arranged, f.Chair, f.Deputy = fresh.Chair, fresh.Chair, fresh.Deputy
		f.Hosts = without(f.Hosts, f.Chair)
	}
}

func sameStages(a, b []FloorStage) bool {
	return slices.EqualFunc(a, b, func(x, y FloorStage) bool {
		return x.Key == y.Key && x.Mode == y.Mode && x.Minutes == y.Minutes && x.Seconds == y.Seconds && x.Warning == y.Warning &&
			x.Overtime == y.Overtime && x.PassOn == y.PassOn && x.Microphones == y.Microphones && slices.Equal(x.Order, y.Order)
	})
}

// apply carries out a floor command and notes what happened.
func (r *roomTx) apply(c FloorCommand) error {
	f, events, err := Apply(r.doc.Floor, c, r.Now().Std())
	if err != nil {
		return err
	}
	r.doc.Floor = f
	r.events = append(r.events, events...)
	return nil
}

// touch notes a change beside the floor.
func (r *roomTx) touch() { r.other = true }

// person gives somebody's place in the room; fault conflict when they are not in it.
func (r *roomTx) person(id db.ID) (*FloorPerson, error) {
	p, ok := r.doc.Floor.Person(id)
	if !ok || p.State == Left || p.State == Waiting {
		return nil, refuse(CodeNotHere)
	}
	return p, nil
}

// requireHost lets hosts through; who is in the room or invited is told that it is not theirs,
// everybody else that there is no such meeting.
func (r *roomTx) requireHost() error {
	a := r.Actor()
	if err := r.requireInvited(); err != nil {
		return err
	}
	if !r.doc.Floor.IsHost(a.PersonID) {
		return forbidden(CodeNotHost)
	}
	return nil
}

// requireInvited is nil for whoever is on the meeting's list, signed in or by a link to this very
// meeting.
func (r *roomTx) requireInvited() error { return requireInvited(r.Actor(), r.plan) }

func requireInvited(a access.Actor, p Plan) error {
	switch {
	case a.Kind == access.System, p.Practice && a.Kind != access.Nobody:
		return nil
	}
	switch a.Kind {
	case access.Link:
		if a.MeetingID != p.Meeting {
			return fault.NotFound()
		}
	case access.Person:
	default:
		return fault.NotFound()
	}
	if _, ok := p.Person(a.PersonID); ok || p.leads(a.PersonID) {
		return nil
	}
	if a.Can(access.MeetingRead, p.Unit) {
		return forbidden(CodeNotInvited)
	}
	return fault.NotFound()
}

// requireInside is nil for whoever is in the room now, past the lobby.
func (r *roomTx) requireInside() error {
	if err := r.requireInvited(); err != nil {
		return err
	}
	return insideOnly(r.Actor(), &r.doc)
}

func insideOnly(a access.Actor, d *roomDoc) error {
	if d.inside(a.PersonID) {
		return nil
	}
	if p, ok := d.Floor.Person(a.PersonID); ok && p.State == Waiting {
		return refuse(CodeInLobby)
	}
	return forbidden(CodeNotInRoom)
}

// requireGoing refuses after the end.
func (r *roomTx) requireGoing() error {
	if r.doc.phase() == RoomOver {
		return fault.New(fault.KindGone, CodeEnded).With("ended_at", r.doc.EndedAt)
	}
	return nil
}
