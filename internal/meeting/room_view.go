package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

// RoomView is everything a browser needs to show the room: what stays (Plan), what changes (State
// and Roster, afterwards by the live topics), and where the asker stands.
type RoomView struct {
	Plan   RoomPlan   `json:"plan"`
	Me     RoomMe     `json:"me"`
	State  *RoomState `json:"state,omitempty" doc:"absent for who is not inside yet"`
	Roster *Roster    `json:"roster,omitempty"`
}

// RoomPlan is what was arranged and does not move while the meeting goes on.
type RoomPlan struct {
	Meeting  db.ID        `json:"meeting"`
	Theme    string       `json:"theme"`
	UnitID   db.ID        `json:"unit_id"`
	UnitName string       `json:"unit_name"`
	Kind     string       `json:"kind"`
	KindName profile.Text `json:"kind_name"`
	StartsAt db.Time      `json:"starts_at"`
	EndsAt   db.Time      `json:"ends_at"`
	OpensAt  db.Time      `json:"opens_at" doc:"from when one may enter"`
	Host     string       `json:"host" doc:"whom to call"`

	Faces           int              `json:"faces" doc:"seats up to which faces are moving pictures; above, the wall of stills"`
	Practice        bool             `json:"practice,omitempty" doc:"a room to try one's sound in: nothing is counted or kept"`
	Confidentiality profile.Text     `json:"confidentiality" doc:"read to everybody on entry"`
	Quorum          *profile.Text    `json:"quorum,omitempty" doc:"the rule of the quorum in words"`
	Stages          []RoomPlanStage  `json:"stages"`
	Ballots         []RoomPlanBallot `json:"ballots"`
	Places          []RoomWord       `json:"places" doc:"the profile's whereabouts: where somebody may say they are"`
	Exemptions      []RoomWord       `json:"exemptions" doc:"the profile's reasons not to be due"`
	// Invited is told to who is on the list: to say who sits at the same screen.
	Invited []RoomInvited `json:"invited"`
}

// RoomPlanStage names a stage.
type RoomPlanStage struct {
	Key         string        `json:"key"`
	Name        profile.Text  `json:"name"`
	Hint        *profile.Text `json:"hint,omitempty" doc:"one line for the host"`
	Mode        profile.Mode  `json:"mode" enum:"queue,round,keynote,open,everyone_speaks,vote"`
	Minutes     int           `json:"minutes"`
	Seconds     int           `json:"seconds" doc:"to speak; 0: no limit"`
	Microphones int           `json:"microphones" doc:"at once, in open discussion"`
}

// RoomPlanBallot names a kind of vote and its rule.
type RoomPlanBallot struct {
	Key      string       `json:"key"`
	Name     profile.Text `json:"name"`
	Majority profile.Text `json:"majority" doc:"what carries it, in words"`
	Secret   bool         `json:"secret" doc:"not held on line"`
}

// RoomWord is a key of the profile and its words.
type RoomWord struct {
	Key  string       `json:"key"`
	Name profile.Text `json:"name"`
	Note bool         `json:"note,omitempty" doc:"a sentence besides is needed"`
}

// RoomInvited is a name of the list.
type RoomInvited struct {
	ID   db.ID  `json:"id"`
	Name string `json:"name"`
}

// RoomMe is where the asker stands.
type RoomMe struct {
	Person    db.ID    `json:"person"`
	Name      string   `json:"name"`
	Where     string   `json:"where" enum:"outside,lobby,inside,removed" doc:"outside: enter first"`
	Seat      db.ID    `json:"seat,omitzero" doc:"of the newest device"`
	Observer  bool     `json:"observer"`
	Votes     bool     `json:"votes" doc:"may vote, when present"`
	Excused   bool     `json:"excused"`
	Link      bool     `json:"link" doc:"in by a join link"`
	Choice    string   `json:"choice,omitempty" enum:"for,against,abstain" doc:"the asker's vote on state.motion"`
	Abilities []string `json:"abilities" doc:"host, take_over, finish, arrange"`
}

// View gives somebody on the list the room as it is now. Who is not inside gets plan and me alone.
// Not-found for strangers.
func (s *Rooms) View(ctx context.Context, actor access.Actor, meeting db.ID) (RoomView, error) {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return RoomView{}, err
	}
	if err := requireInvited(actor, plan); err != nil {
		return RoomView{}, err
	}
	if err := s.nameGuests(ctx, s.DB.Read(), &plan, &doc, actor.PersonID); err != nil {
		return RoomView{}, err
	}
	out := RoomView{Plan: publicPlan(plan, &doc), Me: s.me(actor, plan, &doc)}
	for _, w := range s.Profile().Whereabouts {
		out.Plan.Places = append(out.Plan.Places, RoomWord{Key: w.Key, Name: w.Name})
	}
	for _, e := range s.Profile().ExemptReasons {
		out.Plan.Exemptions = append(out.Plan.Exemptions, RoomWord{Key: e.Key, Name: e.Name, Note: e.Note})
	}
	if !doc.inside(actor.PersonID) && !doc.Floor.IsHost(actor.PersonID) && (doc.phase() != RoomOver || !doc.wasIn(actor.PersonID)) {
		return out, nil
	}
	state, err := s.state(ctx, plan, &doc)
	if err != nil {
		return RoomView{}, err
	}
	roster := roster(plan, &doc)
	out.State, out.Roster = &state, &roster
	if doc.Motion != 0 {
		if out.Me.Choice, err = choiceOf(ctx, s.DB.Read(), doc.Motion, actor.PersonID); err != nil {
			return RoomView{}, err
		}
	}
	return out, nil
}

func (d *roomDoc) wasIn(person db.ID) bool {
	p, ok := d.Floor.Person(person)
	return ok && p.State != Waiting
}

// read gives plan and room of a meeting; a room nobody has entered is as the plan makes it.
func (s *Rooms) read(ctx context.Context, meeting db.ID) (Plan, roomDoc, error) {
	plan, err := s.Plans.Plan(ctx, s.DB.Read(), meeting)
	if err != nil {
		return Plan{}, roomDoc{}, err
	}
	doc, err := s.room(ctx, s.DB.Read(), meeting)
	if fault.Is(err, fault.KindNotFound) {
		return plan, emptyRoom(plan), nil
	}
	if err != nil {
		return Plan{}, roomDoc{}, err
	}
	now := *doc
	now.followPlan(plan)
	return plan, now, nil
}

// mayHear guards the live topics: people inside and hosts.
func (s *Rooms) mayHear(ctx context.Context, a access.Actor, meeting db.ID) error {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return err
	}
	if err := requireInvited(a, plan); err != nil {
		return err
	}
	if doc.Floor.IsHost(a.PersonID) || doc.phase() == RoomOver && doc.wasIn(a.PersonID) {
		return nil
	}
	return insideOnly(a, &doc)
}

func (s *Rooms) publicState(ctx context.Context, meeting db.ID) (RoomState, error) {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return RoomState{}, err
	}
	return s.state(ctx, plan, &doc)
}

func (s *Rooms) publicRoster(ctx context.Context, meeting db.ID) (Roster, error) {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return Roster{}, err
	}
	if err := s.nameGuests(ctx, s.DB.Read(), &plan, &doc, 0); err != nil {
		return Roster{}, err
	}
	return roster(plan, &doc), nil
}

// attendees joins the list with who is there now, for quorum and votes.
func attendees(p Plan, d *roomDoc) []Attendee {
	out := make([]Attendee, 0, len(p.People))
	came := d.Floor.byPerson()
	for _, x := range p.People {
		a := Attendee{Person: x.Person, Belongs: x.Belongs, Votes: x.Votes, Observer: x.Observer, Exempt: x.Exempt}
		if fp := came[x.Person]; fp != nil {
			a.Present, a.How = fp.State == Here || fp.State == Away, fp.How
		}
		out = append(out, a)
	}
	return out
}

// quorumRule is the rule of the quorum line: that of opening the meeting, else of its first open
// ballot; nil when there is none.
func (p *Plan) quorumRule() *profile.Quorum {
	if p.Rules.Opening != nil {
		return p.Rules.Opening
	}
	for _, b := range p.Rules.Ballots {
		if !b.Secret {
			return &b.Quorum
		}
	}
	return nil
}

func (s *Rooms) state(ctx context.Context, p Plan, d *roomDoc) (RoomState, error) {
	f := &d.Floor
	out := RoomState{
		Meeting: p.Meeting, Version: f.Version, Mark: f.Mark, Phase: d.phase(),
		StartsAt: p.StartsAt, EndsAt: p.EndsAt, OpenedAt: d.OpenedAt, EndedAt: d.EndedAt,
		Chair: f.Chair, Hosts: list(f.Hosts), Deputies: list(f.Deputy), Locked: f.Locked, Lobby: f.Lobby,
		Stage: f.Stage, Turns: []RoomTurn{}, Hands: []db.ID{}, Stages: []RoomStage{}, Next: f.Next(),
		Paper: d.Paper, Screen: d.Screen,
	}
	if chair, ok := f.Person(f.Chair); !ok {
		out.ChairGone, out.TakeOver = p.StartsAt, p.StartsAt.Add(-doorsOpen)
	} else if chair.State == Away {
		out.ChairGone, out.TakeOver = chair.Since, chair.Since.Add(seconds(f.Settings.ChairGrace))
	} else if chair.State == Left {
		out.ChairGone, out.TakeOver = chair.Since, chair.Since
	}
	for _, st := range f.Stages {
		rs := RoomStage{Key: st.Key, State: string(st.State), OpenedAt: st.OpenedAt, ClosedAt: st.ClosedAt, Done: st.doneCount(), Override: st.Override != nil}
		if st.Key == f.Stage {
			rs.Order = st.Order
		}
		out.Stages = append(out.Stages, rs)
	}
	for i := range f.Turns {
		out.Turns = append(out.Turns, publicTurn(&f.Turns[i]))
	}
	if f.Interrupted != nil {
		t := publicTurn(f.Interrupted)
		out.Interrupted = &t
	}
	for _, h := range f.Hands {
		out.Hands = append(out.Hands, h.Person)
	}
	unheard := f.NotYetSpoken()
	out.Unheard = RoomNames{Count: len(unheard), People: unheard[:min(len(unheard), maxUnheard)]}
	people := attendees(p, d)
	out.Counts = count(p, d, people)
	for i := range f.People {
		if f.People[i].State == Waiting {
			out.Knocking++
		}
	}
	if rule := p.quorumRule(); rule != nil {
		q := CountQuorum(*rule, people)
		out.Quorum = &RoomQuorum{Met: q.Met, Key: q.Message.Key, Have: q.Present, Need: q.Needed, Of: q.Due, Short: q.Short, Who: q.Message.Params["who"]}
	}
	var err error
	if out.Motion, err = s.publicMotion(ctx, p, d, people); err != nil {
		return out, err
	}
	out.Chat.Off = d.ChatOff
	out.Chat.Tail, err = chatTail(ctx, s.DB.Read(), p.Meeting)
	return out, err
}

func (st *FloorStage) doneCount() int {
	seen := map[db.ID]bool{}
	for _, m := range st.Marks {
		seen[m.Person] = true
	}
	return len(seen)
}

func publicTurn(t *Turn) RoomTurn {
	return RoomTurn{ID: t.ID, Kind: string(t.Kind), Person: t.Person, Seat: t.Seat, Reader: t.Reader, Statement: t.Statement, SoundMS: t.SoundMS,
		StartedAt: t.StartedAt, WarnAt: t.WarnAt, DueAt: t.DueAt, EndsAt: t.EndsAt, PausedAt: t.PausedAt, Extended: t.Extended}
}

func count(p Plan, d *roomDoc, people []Attendee) RoomCounts {
	var c RoomCounts
	for _, a := range people {
		if a.due(profile.Eligible) {
			c.Due++
		}
		if a.due(profile.EligibleVoting) {
			c.VotersDue++
			if a.here() {
				c.VotersHere++
			}
		}
		switch {
		case a.Observer && a.Present:
			c.Observers++
		case a.here():
			c.Here++
		case a.Present && a.How == ByWriting:
			c.Written++
		}
	}
	for _, x := range p.People {
		if x.ExcusedBy == 0 {
			continue
		}
		if fp, ok := d.Floor.Person(x.Person); !ok || !fp.awaited() {
			c.Excused++
		}
	}
	for i := range d.Floor.People {
		if d.Floor.People[i].State == Away {
			c.Away++
		}
	}
	return c
}

func roster(p Plan, d *roomDoc) Roster {
	out := Roster{Meeting: p.Meeting, Version: d.Floor.Version, People: []RoomPerson{}}
	names := make(map[db.ID]*Invited, len(p.People))
	for i := range p.People {
		names[p.People[i].Person] = &p.People[i]
	}
	seats := make(map[db.ID]*roomSeat, len(d.Seats))
	for i := range d.Seats {
		seats[d.Seats[i].ID] = &d.Seats[i]
	}
	for i := range d.Floor.People {
		fp := &d.Floor.People[i]
		if fp.State != Here && fp.State != Away {
			continue
		}
		rp := RoomPerson{ID: fp.ID, Seat: fp.Seat, Away: fp.State == Away, Observer: fp.Observer}
		if fp.How != ByVideo {
			rp.How = string(fp.How)
		}
		if who := names[fp.ID]; who != nil {
			if p.Practice {
				rp.Observer = false
			}
			a := Attendee{Belongs: who.Belongs, Votes: who.Votes, Observer: who.Observer, Exempt: who.Exempt, Present: true, How: fp.How}
			rp.Name, rp.Votes = who.Name, a.due(profile.EligibleVoting) && a.here()
		}
		if st := seats[fp.Seat]; st != nil {
			rp.Rung = st.Rung
			if st.Person == fp.ID {
				rp.Place, rp.Helper = st.Place, st.Helper != ""
			}
		}
		out.People = append(out.People, rp)
	}
	return out
}

func publicPlan(p Plan, d *roomDoc) RoomPlan {
	chair, _ := p.Person(d.Floor.Chair)
	out := RoomPlan{Meeting: p.Meeting, Theme: p.Theme, UnitID: p.Unit.ID, UnitName: p.UnitName, Kind: p.Kind.Key, KindName: p.Kind.Name,
		StartsAt: p.StartsAt, EndsAt: p.EndsAt, OpensAt: p.StartsAt.Add(-doorsOpen), Host: chair.Name,
		Faces: d.Floor.Settings.Cameras, Practice: p.Practice, Confidentiality: p.Kind.Confidentiality, Stages: []RoomPlanStage{}, Ballots: []RoomPlanBallot{},
		Places: []RoomWord{}, Exemptions: []RoomWord{}, Invited: []RoomInvited{}}
	if q := p.quorumRule(); q != nil {
		out.Quorum = &q.Words
	}
	for _, st := range d.Floor.Stages {
		ps := RoomPlanStage{Key: st.Key, Mode: st.Mode, Minutes: st.Minutes, Seconds: st.Seconds, Microphones: st.Microphones}
		if named, ok := p.StageNames[st.Key]; ok {
			ps.Name, ps.Hint = named.Name, named.Hint
		} else if known, ok := p.Kind.Stage(st.Key); ok {
			ps.Name, ps.Hint = known.Name, known.Hint
		}
		out.Stages = append(out.Stages, ps)
	}
	for _, b := range p.Rules.Ballots {
		out.Ballots = append(out.Ballots, RoomPlanBallot{Key: b.Key, Name: b.Name, Majority: b.Majority.Words, Secret: b.Secret})
	}
	for _, x := range p.People {
		out.Invited = append(out.Invited, RoomInvited{ID: x.Person, Name: x.Name})
	}
	return out
}

func (s *Rooms) me(a access.Actor, p Plan, d *roomDoc) RoomMe {
	who, _ := p.Person(a.PersonID)
	out := RoomMe{Person: a.PersonID, Name: who.Name, Where: "outside", Observer: who.Observer, Link: a.Kind == access.Link,
		Votes: who.Votes && who.Belongs && !who.Observer, Excused: who.ExcusedBy != 0, Abilities: []string{}}
	if fp, ok := d.Floor.Person(a.PersonID); ok {
		switch fp.State {
		case Here, Away:
			out.Where, out.Seat = "inside", fp.Seat
		case Waiting:
			out.Where, out.Seat = "lobby", fp.Seat
		case Left:
		}
	}
	if contains(d.Floor.Removed, a.PersonID) {
		out.Where = "removed"
	}
	if d.phase() == RoomOver {
		return out
	}
	if d.Floor.IsHost(a.PersonID) {
		out.Abilities = append(out.Abilities, "host")
	}
	if a.PersonID == d.Floor.Chair {
		out.Abilities = append(out.Abilities, "chair")
	}
	if contains(d.Floor.Deputy, a.PersonID) || contains(d.Floor.Hosts, a.PersonID) {
		out.Abilities = append(out.Abilities, "take_over")
	}
	return out
}
