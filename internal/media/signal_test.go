package media

import (
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
		if less.exceeds(has) || less.exceeds(want) {
			t.Fatalf("%+v is more than %+v or %+v", less, has, want)
		}
		if !has.exceeds(want) && less != has {
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
		"published twice":           {messages{addTrack("a", audio, mic), addTrack("a", audio, mic)}, true},
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
		out, _, err := cleanResponse(payload)
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

// Whatever a client sends, what is passed on is honest.
func FuzzRequest(f *testing.F) {
	for _, message := range []*livekit.SignalRequest{
		addTrack("a", livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE),
		addTrack("v", livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA, &livekit.SimulcastCodec{Codec: "vp8", Cid: "v"}),
		offer(section("audio", "msid:s a"), section("video", "msid:s v")),
	} {
		payload, err := proto.Marshal(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		out, err := newTrackKinds().request(payload)
		if err != nil || out == nil {
			return
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
	})
}
