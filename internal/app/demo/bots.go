package demo

import (
	"context"
	"crypto/rand"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/media"
	"wozai/internal/media/bot"
	"wozai/internal/meeting"
)

// Stage is what simulated members need: the meeting's live side, and sessions to come in with.
type Stage struct {
	Change   *change.Writer
	Account  *account.Service
	Rooms    *meeting.Rooms
	Dispatch *dispatch.Service
	Log      *slog.Logger
	URL      string // of this server, as a browser reaches it
}

// Show is a meeting for simulated members to fill.
type Show struct {
	Meeting db.ID
	Chair   db.ID   // who leads it when they come
	Members []db.ID // who comes, the deputy first: it leads the meeting when the chair does not come
}

const (
	look  = 2 * time.Second  // between looks at the room
	speak = 14 * time.Second // about how long a simulated member talks
)

// Fill brings simulated members into the meeting until ctx ends: they show a face, queue and
// speak when it is their turn. They use the same doors as everybody: a join link, the room's
// operations, the media proxy. Beside it they help whoever asks 谁在?
func (s Stage) Fill(ctx context.Context, show Show) {
	go s.help(ctx, show.Members)
	for i, person := range show.Members {
		go func() {
			// One after another, as people come.
			if !wait(ctx, time.Duration(i)*700*time.Millisecond) {
				return
			}
			m := &simulated{Stage: s, show: show, number: i, actor: access.Actor{Kind: access.Link, PersonID: person, MeetingID: show.Meeting, Origin: "demo", Lang: "zh-CN"}}
			for ctx.Err() == nil {
				if err := m.attend(ctx); err != nil && ctx.Err() == nil {
					s.Log.Debug("demo: a simulated member starts over", "number", i, "error", err)
				}
				if m.over || !wait(ctx, 3*time.Second) {
					return
				}
			}
		}()
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// simulated is one simulated member.
type simulated struct {
	Stage
	show   Show
	number int
	actor  access.Actor
	cookie string
	over   bool
	seat   db.ID
	talks  int64     // the turn it is talking in
	until  time.Time // and until when
	shy    time.Time // raises no hand before
}

// session gets a cookie by a join link, once.
func (m *simulated) session(ctx context.Context) error {
	if m.cookie != "" {
		return nil
	}
	var link string
	if err := m.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) (err error) {
		link, err = account.IssueLink(ctx, tx, m.show.Meeting, m.actor.PersonID, tx.Now().Add(24*time.Hour))
		return err
	}); err != nil {
		return err
	}
	token, _, err := m.Account.Exchange(ctx, access.Actor{}, link, "demo")
	if err != nil {
		return err
	}
	m.cookie = account.Cookie(token, false, 0).String()
	return nil
}

// attend is one stay in the room; it returns when the connection or the meeting is over.
func (m *simulated) attend(ctx context.Context) error {
	if err := m.session(ctx); err != nil {
		return err
	}
	in, err := m.Rooms.Enter(ctx, m.actor, m.show.Meeting, meeting.Enter{How: meeting.ByVideo, Device: "simulated-" + m.actor.PersonID.String()})
	if err != nil {
		return err
	}
	m.seat = in.Seat
	lost := make(chan struct{}, 1)
	b, err := bot.Join(ctx, bot.Options{
		URL:    m.URL + "/sfu?meeting=" + m.show.Meeting.String() + "&seat=" + in.Seat.String(),
		Header: http.Header{"Cookie": {m.cookie}}, Deaf: true,
		Event: func(e bot.Event) {
			if e.Kind == bot.Left {
				select {
				case lost <- struct{}{}:
				default:
				}
			}
		},
	})
	if err != nil {
		return err
	}
	defer b.Leave()
	m.shy = time.Now().Add(time.Duration(5+mrand.IntN(25)) * time.Second)
	face := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-lost:
			return nil
		case <-time.After(look):
		}
		if _, err := m.Rooms.Beat(ctx, m.actor, m.show.Meeting, meeting.Beat{Seat: m.seat}); err != nil {
			return err
		}
		view, err := m.Rooms.View(ctx, m.actor, m.show.Meeting)
		if err != nil {
			return err
		}
		if view.State == nil {
			continue
		}
		if view.State.Phase == meeting.RoomOver {
			m.over = true
			return nil
		}
		may := b.Permission().Publish
		if !face && may.Has(media.Camera) {
			face = m.publish(b, media.Camera, bot.Face)
		}
		m.behave(ctx, view)
		// Next in line it gets the microphone ready; the floor opens it, and it closes by itself when the right is taken.
		if may.Has(media.Microphone) && !b.Sends(media.Microphone) {
			m.publish(b, media.Microphone, bot.Voice)
		}
	}
}

func (m *simulated) publish(b *bot.Bot, source media.Source, clip func(int) (bot.Clip, error)) bool {
	c, err := clip(m.number)
	if err == nil {
		err = b.Publish(source, c)
	}
	if err != nil {
		m.Log.Debug("demo: a simulated member could not publish", "source", source.String(), "error", err)
	}
	return err == nil
}

// behave does what a member does: leads when nobody else does, queues, speaks, makes way.
func (m *simulated) behave(ctx context.Context, v meeting.RoomView) {
	st, me, now := v.State, m.actor.PersonID, time.Now()
	if m.number == 0 {
		m.lead(ctx, v)
	}
	i := slices.IndexFunc(st.Turns, func(t meeting.RoomTurn) bool { return t.Person == me })
	if i < 0 {
		m.talks = 0
	} else if t := st.Turns[i]; m.talks != t.ID {
		m.talks, m.until = t.ID, now.Add(speak+time.Duration(mrand.IntN(8))*time.Second)
	} else if now.After(m.until) {
		m.command(ctx, meeting.RoomCommand{Kind: meeting.CmdYield, Turn: t.ID})
		m.shy = now.Add(time.Duration(60+mrand.IntN(60)) * time.Second)
	}
	unheard := slices.Contains(st.Unheard.People, me)
	queueing := slices.Contains(st.Hands, me) || i >= 0
	// Few hands at a time, so that a newcomer who raises theirs is soon called.
	if st.Stage != "" && !queueing && now.After(m.shy) && len(st.Hands) < 3 && (unheard || mrand.IntN(20) == 0) {
		m.command(ctx, meeting.RoomCommand{Kind: meeting.CmdRaise})
		m.shy = now.Add(20 * time.Second)
	}
}

// lead takes over when the chair is not there, opens the meeting and its first stages, and hands
// the chair back as soon as its holder comes.
func (m *simulated) lead(ctx context.Context, v meeting.RoomView) {
	st, me := v.State, m.actor.PersonID
	switch {
	case st.Chair != me && st.TakeOver != 0 && st.TakeOver <= db.Now() && st.StartsAt <= db.Now():
		m.command(ctx, meeting.RoomCommand{Kind: meeting.CmdTakeOver, Version: st.Version})
	case st.Chair != me:
	case v.Roster != nil && slices.ContainsFunc(v.Roster.People, func(p meeting.RoomPerson) bool { return p.ID == m.show.Chair && !p.Away }):
		m.command(ctx, meeting.RoomCommand{Kind: meeting.CmdChair, Person: m.show.Chair, Version: st.Version})
	case st.Phase == meeting.RoomEarly && st.StartsAt <= db.Now():
		if _, err := m.Rooms.Open(ctx, m.actor, m.show.Meeting); err != nil {
			m.Log.Debug("demo: the meeting does not open", "error", err)
		}
	case st.Phase == meeting.RoomOpen && m.stageDone(v):
		for _, s := range st.Stages {
			if s.State == "pending" {
				m.command(ctx, meeting.RoomCommand{Kind: meeting.CmdOpen, Stage: s.Key, Version: st.Version})
				return
			}
		}
	case st.Phase == meeting.RoomOpen && len(st.Turns) == 0 && len(st.Hands) > 0:
		m.command(ctx, meeting.RoomCommand{Kind: meeting.CmdGrant, Version: st.Version})
	}
}

// stageDone: the first stages are short here; the one in which everybody speaks takes its time.
func (m *simulated) stageDone(v meeting.RoomView) bool {
	for i, s := range v.State.Stages {
		if s.Key == v.State.Stage {
			return len(v.State.Turns) == 0 && v.Plan.Stages[i].Mode != "everyone_speaks" && db.Now().Sub(s.OpenedAt) > 40*time.Second
		}
	}
	return true
}

func (m *simulated) command(ctx context.Context, c meeting.RoomCommand) {
	c.ID = rand.Text()
	if _, err := m.Rooms.Command(ctx, m.actor, m.show.Meeting, c); err != nil {
		m.Log.Debug("demo: a simulated member was refused", "kind", c.Kind, "error", err)
	}
}
