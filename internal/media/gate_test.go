package media_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/livekit/protocol/livekit"

	"wozai/internal/media"
	"wozai/internal/media/bot"
	"wozai/internal/media/mediatest"
)

// nextUp is who may announce the microphone ahead of the turn.
var nextUp = media.Permission{Publish: media.Camera, Ready: media.Microphone, Subscribe: true}

func opened(e bot.Event) bool { return e.Kind == bot.Opened && e.Source == media.Microphone }

// shut says whether LiveKit carries somebody's microphone, and whether it is muted.
func shut(t testing.TB, w *mediatest.World, name string) (there, muted bool) {
	t.Helper()
	people, err := w.Rooms.List(t.Context(), w.Room)
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range people {
		for _, track := range person.Tracks {
			if person.Identity == name && track.Source == media.Microphone {
				return true, track.Muted
			}
		}
	}
	return false, false
}

// untilPublished waits until LiveKit carries somebody's microphone, and tells the others so.
func untilPublished(other *mediatest.Member, mark int, name string) {
	other.Await(mark, name+"'s microphone is published", func(e bot.Event) bool {
		return e.Kind == bot.Announced && e.Identity == name && e.Source == media.Microphone
	})
}

// heardBy has ann speak and bob listen: what arrives from her shows that there was time to hear somebody else.
func heardBy(t testing.TB, ann, bob *mediatest.Member) {
	t.Helper()
	mark := bob.Mark()
	ann.Unpublish(media.Microphone)
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(mark, ann.Identity())
}

// silentTo fails if anything of eve has arrived at bob.
func silentTo(t testing.TB, bob *mediatest.Member, eve string) {
	t.Helper()
	for _, source := range []media.Source{0, media.Microphone, media.Camera, media.Screen, media.ScreenAudio} {
		if packets, _ := bob.Received(eve, source); packets != 0 {
			t.Errorf("%d packets of %s arrived as %s", packets, eve, source)
		}
	}
}

func TestWhoIsReadyIsHeardWithTheTurnAndNotBefore(t *testing.T) {
	for name, single := range map[string]bool{"two peer connections": false, "one peer connection": true} {
		t.Run(name, func(t *testing.T) {
			w := mediatest.New(t)
			w.Set("ann", speaker)
			w.Set("bob", nextUp)
			w.Set("cho", listener)
			ann, bob, cho := w.EnterWith(t, "ann", nil, single), w.EnterWith(t, "bob", nil, single), w.EnterWith(t, "cho", nil, single)
			if err := bob.Publish(media.Microphone, voice(t, 1)); err != nil {
				t.Fatal(err)
			}
			untilPublished(cho, 0, "bob")
			heardBy(t, ann, cho)
			silentTo(t, cho, "bob")

			mark, bobMark := cho.Mark(), bob.Mark()
			w.Change(func(want map[string]media.Permission) { want["ann"], want["bob"] = nextUp, speaker })
			bob.Await(bobMark, "bob's microphone is opened", opened)
			cho.Hears(mark, "bob")
			cho.Await(mark, "ann falls silent", func(e bot.Event) bool { return e.Kind == bot.Silent && e.Identity == "ann" })
			if there, _ := shut(t, w, "ann"); there {
				t.Error("what was open once is still there: it has to be announced anew")
			}
		})
	}
}

// Somebody next in line has a modified client. It sends sound all the time and tries every way to have it let through.
func TestAModifiedClientAheadOfItsTurnIsNotHeard(t *testing.T) {
	open := func(m *livekit.SignalRequest) bool { // whatever says "muted" says the opposite
		switch message := m.Message.(type) {
		case *livekit.SignalRequest_AddTrack:
			message.AddTrack.Muted = false
		case *livekit.SignalRequest_Mute:
			message.Mute.Muted = false
		case *livekit.SignalRequest_SyncState:
			for _, published := range message.SyncState.PublishTracks {
				published.Track.Muted = false
			}
		default:
			return false
		}
		return true
	}
	for name, try := range map[string]struct {
		options func(w *mediatest.World) bot.Options
		then    func(w *mediatest.World, eve *mediatest.Member)
	}{
		"announces it open and sends": {nil, nil},
		"unmutes itself":              {nil, func(_ *mediatest.World, eve *mediatest.Member) { eve.Unmute(media.Microphone) }},
		"comes back with a state that says it is open": {nil, func(w *mediatest.World, eve *mediatest.Member) {
			mark := eve.Mark()
			w.Proxy.Drop(w.Room, "eve")
			eve.Await(mark, "eve is back", func(e bot.Event) bool { return e.Kind == bot.Reconnected })
			eve.Unmute(media.Microphone)
		}},
		"brings a token that allows everything": {func(w *mediatest.World) bot.Options {
			everything := token(t, w, "eve")
			return bot.Options{
				URL: w.URL + "?access_token=" + url.QueryEscape(everything), Header: http.Header{"Authorization": {"Bearer " + everything}},
			}
		}, func(_ *mediatest.World, eve *mediatest.Member) { eve.Unmute(media.Microphone) }},
		"announces it with the join request": {func(*mediatest.World) bot.Options {
			return bot.Options{
				SinglePeer: true,
				Joining: func(join *livekit.JoinRequest) {
					join.AddTrackRequests = append(join.AddTrackRequests, &livekit.AddTrackRequest{
						Cid: "early", Type: livekit.TrackType_AUDIO, Source: livekit.TrackSource_MICROPHONE,
					})
				},
				Tamper: func(m *livekit.SignalRequest) bool { // the announcement has been made: LiveKit finds it by its kind
					if m.GetAddTrack() == nil {
						return open(m)
					}
					m.Message = &livekit.SignalRequest_Ping{Ping: 1}
					return true
				},
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := mediatest.New(t)
			w.Set("ann", speaker)
			w.Set("bob", listener)
			w.Set("eve", nextUp)
			ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
			options := bot.Options{Tamper: open}
			if try.options != nil {
				options = try.options(w)
			}
			options.Unruly = true
			eve := w.EnterAs(t, "eve", options)
			go func() { _ = eve.Publish(media.Microphone, voice(t, 2)) }() // not answered where the announcement was kept back
			untilPublished(bob, 0, "eve")
			if try.then != nil {
				try.then(w, eve)
			}
			heardBy(t, ann, bob)
			if _, muted := shut(t, w, "eve"); !muted {
				t.Error("eve's microphone is open")
			}
			silentTo(t, bob, "eve")
			// The same client is heard once it is its turn: nothing but the gate kept it back.
			mark := bob.Mark()
			w.Change(func(want map[string]media.Permission) { want["ann"], want["eve"] = listener, speaker })
			bob.Hears(mark, "eve")
		})
	}
}

// Announced with the floor, sent without it, while one's next turn may already be announced.
func TestWhatWasAnnouncedInItsTurnIsNotHeardAfterIt(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	w.Set("eve", speaker)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	over := make(chan struct{})
	eve := w.EnterAs(t, "eve", bot.Options{Unruly: true, Withhold: over})
	if err := eve.Publish(media.Microphone, voice(t, 2)); err != nil {
		t.Fatal(err)
	}
	quiet(t, w)
	w.Set("eve", nextUp)
	quiet(t, w)
	close(over)
	untilPublished(bob, 0, "eve")
	heardBy(t, ann, bob)
	silentTo(t, bob, "eve")
}

// The floor is given and taken faster than anything can follow, while a modified client unmutes itself all the time: it
// ends shut.
func TestAFloorTakenWhileItIsOpenedEndsShut(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	w.Set("eve", nextUp)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	eve := w.EnterAs(t, "eve", bot.Options{Unruly: true})
	if err := eve.Publish(media.Microphone, voice(t, 2)); err != nil {
		t.Fatal(err)
	}
	untilPublished(bob, 0, "eve")
	for range 40 {
		w.Set("eve", speaker)
		eve.Unmute(media.Microphone)
		w.Set("eve", nextUp)
		eve.Unmute(media.Microphone)
	}
	quiet(t, w)
	if there, muted := shut(t, w, "eve"); there && !muted {
		t.Error("eve's microphone is open")
	}
	before, _ := bob.Received("eve", media.Microphone)
	heardBy(t, ann, bob)
	// What was on its way when the floor was taken may still have come in.
	if after, _ := bob.Received("eve", media.Microphone); after > before+5 {
		t.Errorf("%d packets of eve arrived after the floor was taken", after-before)
	}
}

// An operator's own server may refuse to open sound for others. The first speaker announces the microphone once more; from
// then on sound is announced open with the floor, as it used to be, and nobody gets ready.
func TestAServerThatOpensNothingIsLivedWith(t *testing.T) {
	w := mediatest.NewWith(t, mediatest.StartWithoutUnmute(t))
	w.Set("ann", speaker)
	w.Set("bob", listener)
	w.Set("eve", nextUp)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	mark := ann.Mark()
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	ann.Await(mark, "the microphone is to be announced anew", permitted(media.Permission{Subscribe: true}))
	mark = ann.Mark()
	ann.Await(mark, "the microphone", permitted(speaker))
	mark = bob.Mark()
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(mark, "ann")
	annMark := ann.Mark()
	takeFloor(t, w, ann, bob, voice(t, 1))
	ann.Hears(annMark, "bob")
	// Who waits is as silent as ever, though the permission may come with the connection and go a moment later.
	eve := w.EnterAs(t, "eve", bot.Options{Unruly: true})
	go func() { _ = eve.Publish(media.Microphone, voice(t, 2)) }()
	quiet(t, w)
	if may := eve.Permission().Publish; may.Has(media.Microphone) {
		eve.Await(0, "nobody gets ready", permitted(listener))
	}
	heardBy(t, bob, ann)
	silentTo(t, ann, "eve")
}
