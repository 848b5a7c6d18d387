package media_test

import (
	"context"
	"errors"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"

	"wozai/internal/media"
	"wozai/internal/media/bot"
	"wozai/internal/media/mediatest"
)

func TestMain(m *testing.M) { mediatest.Main(m) }

var (
	listener = media.Permission{Publish: media.Camera, Subscribe: true}
	speaker  = media.Permission{Publish: media.Camera | media.Microphone, Subscribe: true}
)

func voice(t testing.TB, n int) bot.Clip { return must(t)(bot.Voice(n)) }
func face(t testing.TB, n int) bot.Clip  { return must(t)(bot.Face(n)) }

func must(t testing.TB) func(bot.Clip, error) bot.Clip {
	return func(clip bot.Clip, err error) bot.Clip {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return clip
	}
}

func permitted(want media.Permission) func(bot.Event) bool {
	return func(e bot.Event) bool { return e.Kind == bot.Permitted && e.Permission == want }
}

// takeFloor moves the microphone from one member to the other in one step, as the floor does, and has the new holder
// speak as soon as told.
func takeFloor(t testing.TB, w *mediatest.World, from, to *mediatest.Member, clip bot.Clip) time.Time {
	t.Helper()
	mark := to.Mark()
	began := time.Now()
	w.Change(func(want map[string]media.Permission) {
		if from != nil {
			want[from.Identity()] = listener
		}
		want[to.Identity()] = speaker
	})
	to.Await(mark, "the microphone", permitted(speaker))
	if err := to.Publish(media.Microphone, clip); err != nil {
		t.Fatal(err)
	}
	return began
}

func TestWhoHoldsTheFloorIsHeardAndItIsHandedOver(t *testing.T) {
	for name, single := range map[string]bool{"two peer connections": false, "one peer connection": true} {
		t.Run(name, func(t *testing.T) {
			w := mediatest.New(t)
			w.Set("ann", speaker)
			w.Set("bob", listener)
			ann, bob := w.EnterWith(t, "ann", nil, single), w.EnterWith(t, "bob", nil, single)

			mark := bob.Mark()
			if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
				t.Fatal(err)
			}
			if err := ann.Publish(media.Camera, face(t, 0)); err != nil {
				t.Fatal(err)
			}
			bob.Hears(mark, "ann")
			bob.Await(mark, "ann's face", func(e bot.Event) bool { return e.Kind == bot.Seen && e.Identity == "ann" })

			annMark := ann.Mark()
			began := takeFloor(t, w, ann, bob, voice(t, 1))
			heard := ann.Hears(annMark, "bob")
			t.Logf("hand-over to first sound: %v", heard.At.Sub(began))
			bob.Await(mark, "ann falls silent", func(e bot.Event) bool {
				return e.Kind == bot.Silent && e.Identity == "ann" && e.Source == media.Microphone
			})
		})
	}
}

// A modified client tries everything: it publishes without asking, with sound in the clothes of a camera, and with a
// camera announced but sound sent.
func TestWhoDoesNotHoldTheFloorIsNotHeard(t *testing.T) {
	asVideo := func(m *livekit.SignalRequest) bool {
		add := m.GetAddTrack()
		if add != nil {
			add.Type, add.Source = livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA
		}
		return add != nil
	}
	for name, try := range map[string]struct {
		tamper  func(*livekit.SignalRequest) bool
		source  media.Source
		outcome func(bot.Event) bool
	}{
		"publishes without the right": {nil, media.Microphone, func(e bot.Event) bool { return e.Kind == bot.Refused }},
		"sound as a camera":           {nil, media.Camera, func(e bot.Event) bool { return e.Kind == bot.Reconnecting }},
		"sound under a camera's id":   {asVideo, media.Camera, func(e bot.Event) bool { return e.Kind == bot.Reconnecting }},
	} {
		t.Run(name, func(t *testing.T) {
			w := mediatest.New(t)
			w.Set("eve", listener)
			w.Set("bob", listener)
			w.Set("ann", speaker)
			bob, eve, ann := w.Enter(t, "bob"), w.EnterWith(t, "eve", try.tamper, false), w.Enter(t, "ann")
			go func() { _ = eve.PublishAs(try.source, voice(t, 2)) }() // never succeeds
			eve.Await(0, "being refused", try.outcome)
			// What travels through the room afterwards shows that there was time to hear eve.
			mark := bob.Mark()
			if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
				t.Fatal(err)
			}
			bob.Hears(mark, "ann")
			for _, source := range []media.Source{0, media.Microphone, media.Camera, media.Screen, media.ScreenAudio} {
				if packets, _ := bob.Received("eve", source); packets != 0 {
					t.Errorf("%d packets of eve arrived as %s", packets, source)
				}
			}
		})
	}
}

func TestNobodyGetsInWithATokenOrUninvited(t *testing.T) {
	w := mediatest.New(t)
	var refused *bot.RefusedError
	if _, err := w.TryEnter(t, "mallory", nil, false); !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
		t.Errorf("an uninvited client: %v, want HTTP 403", err)
	}
}

func TestTheChildIsKilledAndEverybodyComesBack(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	mark := bob.Mark()
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(mark, "ann")

	back := make(chan time.Time, 1)
	w.Server.OnUp(func() { back <- time.Now() })
	mark, annMark := bob.Mark(), ann.Mark()
	killed := time.Now()
	if err := syscall.Kill(w.Server.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case at := <-back:
		t.Logf("the child answers again after %v", at.Sub(killed))
	case <-time.After(mediatest.Patience):
		t.Fatal("the child did not come back")
	}
	again := func(e bot.Event) bool { return e.Kind == bot.Reconnected }
	t.Logf("ann is back after %v", ann.Await(annMark, "ann is back", again).At.Sub(killed))
	t.Logf("bob is back after %v", bob.Await(mark, "bob is back", again).At.Sub(killed))
	t.Logf("bob hears ann again after %v", bob.Hears(mark, "ann").At.Sub(killed))
	if ann.Permission() != speaker || bob.Permission() != listener {
		t.Errorf("permissions are %+v and %+v, want those from before", ann.Permission(), bob.Permission())
	}
	if w.Server.Restarts() != 1 {
		t.Errorf("%d restarts, want 1", w.Server.Restarts())
	}
}

func TestAnExistingServerIsUsedWithoutAChild(t *testing.T) {
	theirs := mediatest.Start(t)
	ours, err := media.Start(t.Context(), theirs.AsExternal())
	if err != nil {
		t.Fatal(err)
	}
	if !ours.External() || ours.Pid() != 0 {
		t.Error("a child was started beside the existing server")
	}
	w := mediatest.NewWith(t, ours)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	mark := bob.Mark()
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(mark, "ann")

	wrong := theirs.AsExternal()
	wrong.Secret = "another-secret-that-is-long-enough-to-be-one"
	if _, err := media.Start(t.Context(), wrong); err == nil {
		t.Error("a wrong secret was accepted")
	}
	if err := ours.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if err := theirs.Health(t.Context()); err != nil {
		t.Errorf("stopping ours hurt theirs: %v", err)
	}
}

func TestATrackIsMutedAndOpened(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(0, "ann")
	tracks := func() []media.Track {
		people, err := w.Rooms.List(t.Context(), w.Room)
		if err != nil {
			t.Fatal(err)
		}
		for _, person := range people {
			if person.Identity == "ann" {
				return person.Tracks
			}
		}
		return nil
	}
	before := tracks()
	if len(before) != 1 || before[0].Source != media.Microphone || !before[0].Sound || !before[0].Honest || before[0].Muted {
		t.Fatalf("ann sends %+v, want one honest microphone", before)
	}
	// Shut from outside, it is opened again, for ann has the floor.
	mark := ann.Mark()
	if err := w.Rooms.Mute(t.Context(), w.Room, "ann", before[0].ID, true); err != nil {
		t.Fatal(err)
	}
	ann.Await(mark, "it is opened", opened)
	if after := tracks(); len(after) != 1 || after[0].Muted {
		t.Errorf("after opening: %+v", after)
	}
	if err := w.Rooms.Mute(t.Context(), w.Room, "ann", "none", false); !errors.Is(err, media.ErrNotFound) {
		t.Errorf("opening a track that is not there: %v, want ErrNotFound", err)
	}
	if err := w.Rooms.Mute(t.Context(), w.Room, "nobody", "none", true); !errors.Is(err, media.ErrNotFound) {
		t.Errorf("muting nobody: %v, want ErrNotFound", err)
	}
}
