package media

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

func TestPermissionSurvivesTheWireWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Permission{
			Publish:   Source(rapid.IntRange(0, 15).Draw(t, "publish")),
			Subscribe: rapid.Bool().Draw(t, "subscribe"), Data: rapid.Bool().Draw(t, "data"), Hidden: rapid.Bool().Draw(t, "hidden"),
		}
		wire := want.wire()
		if got := PermissionFrom(wire); got != want {
			t.Fatalf("%+v came back as %+v", want, got)
		}
		if wire.CanPublish && len(wire.CanPublishSources) == 0 {
			t.Fatal("LiveKit reads this as a right to publish everything")
		}
	})
}

func TestLessIsNeverMore(t *testing.T) {
	draw := func(t *rapid.T, name string) Permission {
		return Permission{
			Publish: Source(rapid.IntRange(0, 15).Draw(t, name)), Subscribe: rapid.Bool().Draw(t, name+"s"), Data: rapid.Bool().Draw(t, name+"d"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		has, want := draw(t, "has"), draw(t, "want")
		less := has.within(want)
		if !has.Publish.Has(less.Publish) || !want.Publish.Has(less.Publish) || less.Subscribe && !(has.Subscribe && want.Subscribe) || less.Data && !(has.Data && want.Data) {
			t.Fatalf("%+v is more than %+v or %+v", less, has, want)
		}
		if want.Publish.Has(has.Publish) && (want.Subscribe || !has.Subscribe) && (want.Data || !has.Data) && less != has {
			t.Fatalf("%+v takes away from %+v although %+v allows it", less, has, want)
		}
	})
}

func offer(sections ...string) *livekit.SignalRequest {
	text := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + strings.Join(sections, "")
	return &livekit.SignalRequest{Message: &livekit.SignalRequest_Offer{Offer: &livekit.SessionDescription{Type: "offer", Sdp: text}}}
}

func section(kind, attribute string) string {
	return "m=" + kind + " 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=" + attribute + "\r\n"
}

func addTrack(cid string, kind livekit.TrackType, source livekit.TrackSource, codecs ...*livekit.SimulcastCodec) *livekit.SignalRequest {
	return &livekit.SignalRequest{Message: &livekit.SignalRequest_AddTrack{AddTrack: &livekit.AddTrackRequest{
		Cid: cid, Type: kind, Source: source, SimulcastCodecs: codecs,
	}}}
}

func TestSoundInDisguiseIsCutOff(t *testing.T) {
	const (
		audio, video, data  = livekit.TrackType_AUDIO, livekit.TrackType_VIDEO, livekit.TrackType_DATA
		mic, camera         = livekit.TrackSource_MICROPHONE, livekit.TrackSource_CAMERA
		screen, screenVoice = livekit.TrackSource_SCREEN_SHARE, livekit.TrackSource_SCREEN_SHARE_AUDIO
	)
	type messages []*livekit.SignalRequest
	for name, try := range map[string]struct {
		messages messages
		honest   bool
	}{
		"microphone":                {messages{addTrack("a", audio, mic), offer(section("audio", "msid:s a"))}, true},
		"camera":                    {messages{addTrack("v", video, camera), offer(section("video", "msid:s v"))}, true},
		"camera with codecs":        {messages{addTrack("v", video, camera, &livekit.SimulcastCodec{Codec: "vp8", Cid: "v"})}, true},
		"both, offered first":       {messages{offer(section("audio", "msid:s a"), section("video", "msid:s v")), addTrack("v", video, camera), addTrack("a", audio, mic)}, true},
		"screen with its sound":     {messages{addTrack("v", video, screen), addTrack("a", audio, screenVoice)}, true},
		"pictures twice":            {messages{addTrack("v", video, camera), addTrack("v", video, camera)}, true},
		"sound twice":               {messages{addTrack("a", audio, mic), addTrack("a", audio, mic)}, false},
		"sound as a camera":         {messages{addTrack("a", audio, camera)}, false},
		"sound as a screen":         {messages{addTrack("a", audio, screen)}, false},
		"pictures as a microphone":  {messages{addTrack("v", video, mic)}, false},
		"no source":                 {messages{addTrack("a", audio, livekit.TrackSource_UNKNOWN)}, false},
		"data as a camera":          {messages{addTrack("d", data, camera)}, false},
		"no id":                     {messages{addTrack("", video, camera)}, false},
		"a camera's id for sound":   {messages{addTrack("x", video, camera), offer(section("audio", "msid:s x"))}, false},
		"the same, offered first":   {messages{offer(section("audio", "msid:s x")), addTrack("x", video, camera)}, false},
		"the same, the older way":   {messages{addTrack("x", video, camera), offer(section("audio", "ssrc:1 msid:s x"))}, false},
		"the same, oddly spaced":    {messages{addTrack("x", video, camera), offer(section("audio", "msid:s\tq x"))}, false},
		"the id of a second codec":  {messages{addTrack("v", video, camera, &livekit.SimulcastCodec{Codec: "vp9", Cid: "x"}), offer(section("audio", "msid:s x"))}, false},
		"a sound codec on a camera": {messages{addTrack("v", video, camera, &livekit.SimulcastCodec{Codec: "opus", Cid: "x"})}, false},
		"in capitals":               {messages{addTrack("v", video, camera, &livekit.SimulcastCodec{Codec: "AUDIO/OPUS", Cid: "x"})}, false},
		"an offer that is none":     {messages{{Message: &livekit.SignalRequest_Offer{Offer: &livekit.SessionDescription{Sdp: "hello"}}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			kinds := newTrackKinds()
			var err error
			for _, message := range try.messages {
				payload, marshalErr := proto.Marshal(message)
				if marshalErr != nil {
					t.Fatal(marshalErr)
				}
				if _, err = kinds.request(payload); err != nil {
					break
				}
			}
			if (err == nil) != try.honest {
				t.Errorf("cut off: %v, honest: %v", err, try.honest)
			}
		})
	}
}

func TestWhatABrowserHasNoBusinessSayingIsLeftOut(t *testing.T) {
	for name, message := range map[string]*livekit.SignalRequest{
		"rename itself":      {Message: &livekit.SignalRequest_UpdateMetadata{UpdateMetadata: &livekit.UpdateParticipantMetadata{Name: "x"}}},
		"hide from some":     {Message: &livekit.SignalRequest_SubscriptionPermission{SubscriptionPermission: &livekit.SubscriptionPermission{}}},
		"simulate a failure": {Message: &livekit.SignalRequest_Simulate{Simulate: &livekit.SimulateScenario{}}},
		"nothing":            {},
	} {
		payload, err := proto.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := newTrackKinds().request(payload); out != nil || err != nil {
			t.Errorf("%s: %d bytes and %v, want to be left out quietly", name, len(out), err)
		}
	}
	codec := &livekit.SimulcastCodec{Codec: "vp8"} // without an id
	payload, err := proto.Marshal(addTrack("v", livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA, codec))
	if err != nil {
		t.Fatal(err)
	}
	out, err := newTrackKinds().request(payload)
	if err != nil {
		t.Fatal(err)
	}
	passed := &livekit.SignalRequest{}
	if err := proto.Unmarshal(out, passed); err != nil || len(passed.GetAddTrack().GetSimulcastCodecs()) != 0 {
		t.Errorf("a codec without an id passed: %v %v", passed, err)
	}
}

func TestTokensAndStrangersAreTakenOutOfAnswers(t *testing.T) {
	servers := []*livekit.ICEServer{
		{Urls: []string{"stun:stun.example.org:3478", "turn:turn.example.org:3478"}, Username: "u"}, {Urls: []string{"stun:other.example.org"}},
	}
	for _, message := range []*livekit.SignalResponse{
		{Message: &livekit.SignalResponse_RefreshToken{RefreshToken: "secret"}},
		{Message: &livekit.SignalResponse_RoomMoved{RoomMoved: &livekit.RoomMovedResponse{Token: "secret"}}},
		{Message: &livekit.SignalResponse_Join{Join: &livekit.JoinResponse{IceServers: servers}}},
		{Message: &livekit.SignalResponse_Reconnect{Reconnect: &livekit.ReconnectResponse{IceServers: servers}}},
	} {
		payload, err := proto.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := cleanResponse(payload, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") || strings.Contains(string(out), "stun") {
			t.Errorf("%T still says %q", message.Message, out)
		}
		if _, token := message.Message.(*livekit.SignalResponse_RefreshToken); !token && strings.Contains(string(payload), "turn:") && !strings.Contains(string(out), "turn:turn.example.org") {
			t.Errorf("%T lost its relay", message.Message)
		}
	}
}

func mute(sid string, muted bool) *livekit.SignalRequest {
	return &livekit.SignalRequest{Message: &livekit.SignalRequest_Mute{Mute: &livekit.MuteTrackRequest{Sid: sid, Muted: muted}}}
}

// gated is a seat for which LiveKit has called one track pictures and another one sound.
func gated() *trackKinds {
	kinds := newTrackKinds()
	kinds.isPicture(&livekit.TrackInfo{Sid: "TR_picture", Type: livekit.TrackType_VIDEO}, &livekit.TrackInfo{Sid: "TR_sound", Type: livekit.TrackType_AUDIO})
	return kinds
}

func TestSoundIsNeitherOpenedNorShutByABrowser(t *testing.T) {
	for _, try := range []struct {
		sid    string
		muted  bool
		passes bool
	}{{"TR_picture", false, true}, {"TR_picture", true, true}, {"TR_sound", false, false}, {"TR_sound", true, false}, {"TR_unknown", false, false}, {"", false, false}} {
		payload, err := proto.Marshal(mute(try.sid, try.muted))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := gated().request(payload); err != nil || (out != nil) != try.passes {
			t.Errorf("mute %v of %q: passed %v, %v; want %v", try.muted, try.sid, out != nil, err, try.passes)
		}
	}
}

func TestAnIdIsAnnouncedOncePerParticipant(t *testing.T) {
	kinds := newTrackKinds()
	payload, err := proto.Marshal(addTrack("a", livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE))
	if err != nil {
		t.Fatal(err)
	}
	announce := func() error { _, err := kinds.request(payload); return err }
	if err := announce(); err != nil {
		t.Fatal(err)
	}
	kinds.begin(nil) // another participant, after a full reconnect
	if err := announce(); err != nil {
		t.Errorf("after coming anew: %v", err)
	}
	if announce() == nil {
		t.Error("announced twice")
	}
	kinds.begin([]string{"a"}) // it came with the join request
	if announce() == nil {
		t.Error("announced again after coming with it")
	}
}

// opens reports whether LiveKit, reading out, would open sound: by a mute message, or by an announcement of a track that
// is anything but a picture, or of sound under an id that has been announced already.
func opens(add *livekit.AddTrackRequest, announced map[string]bool) bool {
	if add == nil || add.Type == livekit.TrackType_VIDEO && add.Source != livekit.TrackSource_MICROPHONE && add.Source != livekit.TrackSource_SCREEN_SHARE_AUDIO {
		return false
	}
	again := announced[add.Cid]
	announced[add.Cid] = true
	return !add.Muted || again
}

// Whatever a client sends, in whatever order, what is passed on is honest and opens no sound.
func FuzzRequest(f *testing.F) {
	sound := addTrack("a", livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE)
	for _, messages := range [][2]*livekit.SignalRequest{
		{sound, sound},
		{sound, mute("TR_sound", false)},
		{addTrack("v", livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA, &livekit.SimulcastCodec{Codec: "vp8", Cid: "v"}), mute("TR_picture", false)},
		{offer(section("audio", "msid:s a"), section("video", "msid:s v")), addTrack("v", livekit.TrackType_VIDEO, livekit.TrackSource_SCREEN_SHARE)},
		{{Message: &livekit.SignalRequest_SyncState{SyncState: &livekit.SyncState{PublishTracks: []*livekit.TrackPublishedResponse{{Cid: "a", Track: &livekit.TrackInfo{Sid: "TR_sound"}}}}}}, sound},
	} {
		var payloads [2][]byte
		for i, message := range messages {
			payload, err := proto.Marshal(message)
			if err != nil {
				f.Fatal(err)
			}
			payloads[i] = payload
		}
		f.Add(payloads[0], payloads[1])
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		kinds, announced := gated(), map[string]bool{}
		for _, payload := range [][]byte{first, second, first} {
			out, err := kinds.request(payload)
			if err != nil {
				return // cut off
			}
			if out == nil {
				continue
			}
			message := &livekit.SignalRequest{}
			if err := proto.Unmarshal(out, message); err != nil {
				t.Fatal(err)
			}
			if add := message.GetAddTrack(); add != nil {
				if _, sound := sourceFrom(add.Source); sound != (add.Type == livekit.TrackType_AUDIO) || add.Cid == "" {
					t.Fatalf("passed on: %v", add)
				}
			}
			if opens(message.GetAddTrack(), announced) || message.GetMute() != nil && message.GetMute().Sid != "TR_picture" {
				t.Fatalf("opens sound: %v", message)
			}
			switch message.Message.(type) {
			case *livekit.SignalRequest_Simulate, *livekit.SignalRequest_UpdateMetadata, *livekit.SignalRequest_SubscriptionPermission:
				t.Fatalf("passed on: %T", message.Message)
			}
		}
	})
}

// The same for what comes with the address of the v1 path.
func FuzzJoinRequest(f *testing.F) {
	sound := addTrack("a", livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE).GetAddTrack()
	for _, join := range []*livekit.JoinRequest{
		{AddTrackRequests: []*livekit.AddTrackRequest{sound}, PublisherOffer: offer(section("audio", "msid:s a")).GetOffer()},
		{AddTrackRequests: []*livekit.AddTrackRequest{sound, sound}},
		{Reconnect: true, AddTrackRequests: []*livekit.AddTrackRequest{sound}, SyncState: &livekit.SyncState{PublishTracks: []*livekit.TrackPublishedResponse{{Cid: "a", Track: &livekit.TrackInfo{Sid: "TR_sound"}}}}},
	} {
		payload, err := proto.Marshal(join)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		wrapped, err := proto.Marshal(&livekit.WrappedJoinRequest{JoinRequest: payload})
		if err != nil {
			t.Fatal(err)
		}
		out, about, err := cleanJoinRequest(base64.URLEncoding.EncodeToString(wrapped), newTrackKinds())
		if err != nil {
			return
		}
		raw, err := base64.URLEncoding.DecodeString(out)
		if err != nil {
			t.Fatal(err)
		}
		back, join := &livekit.WrappedJoinRequest{}, &livekit.JoinRequest{}
		if err := errors.Join(proto.Unmarshal(raw, back), proto.Unmarshal(back.JoinRequest, join)); err != nil {
			t.Fatal(err)
		}
		announced := map[string]bool{}
		for _, add := range join.AddTrackRequests {
			if opens(add, announced) || add.Type == livekit.TrackType_AUDIO && !slices.Contains(about.announced, add.Cid) {
				t.Fatalf("opens sound, or is not remembered: %v", add)
			}
		}
		if join.Metadata != "" || len(join.ParticipantAttributes) > 0 || join.Reconnect != about.resume {
			t.Fatalf("passed on: %v", join)
		}
	})
}
