// Package media carries sound and pictures. The selective forwarding unit is LiveKit, spoken to only by its public API:
// either a child process of our own binary (package media/sfu, the hidden subcommand "wozai media") or a server that
// the operator names.
//
// Four parts, to be used together:
//
//   - [Server] runs the child and keeps it running, or stands for the external server;
//   - [Rooms] is the small part of LiveKit's room API that we need;
//   - [Proxy] is the only way in for browsers. It asks the application who is coming and puts the permission into a token
//     that the browser never sees;
//   - [Reconciler] makes the permissions inside LiveKit agree with what the application wants, again and again.
//
// The package knows nothing about meetings. A room is a name, a participant an opaque identity. Choose identities that
// say nothing about the person: they are shown to everyone in the room and appear in the SFU's own state.
package media

import (
	"strings"

	"github.com/livekit/protocol/livekit"
)

// Source says what kind of track a participant may publish; sources combine with |.
type Source uint8

// The four sources a browser can publish. Sound travels only in Microphone and ScreenAudio, pictures only in Camera and
// Screen; whoever tries to send sound as a camera is refused by the Proxy and removed by the Reconciler.
const (
	Microphone Source = 1 << iota
	Camera
	Screen
	ScreenAudio
)

// sources in the order in which LiveKit compares them: the order is part of equality there.
var sources = []struct {
	ours  Source
	name  string
	wire  livekit.TrackSource
	sound bool
}{
	{Microphone, "microphone", livekit.TrackSource_MICROPHONE, true},
	{Camera, "camera", livekit.TrackSource_CAMERA, false},
	{Screen, "screen", livekit.TrackSource_SCREEN_SHARE, false},
	{ScreenAudio, "screen_audio", livekit.TrackSource_SCREEN_SHARE_AUDIO, true},
}

// Has reports whether every source in want is in s.
func (s Source) Has(want Source) bool { return s&want == want }

// String names the sources, joined by "+"; "none" if there are none.
func (s Source) String() string {
	var names []string
	for _, known := range sources {
		if s.Has(known.ours) {
			names = append(names, known.name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}

// Permission is everything one participant may do in a room. It is always sent whole: LiveKit reads an omitted field as
// "allowed" in a token and as "forbidden" in an update. The zero value may do nothing, not even listen.
type Permission struct {
	Publish   Source // tracks that may be sent
	Ready     Source // sound that may be announced and sent ahead of its turn; nobody hears it until it is in Publish
	Subscribe bool   // may see and hear the others
	Data      bool   // may send data messages
	Hidden    bool   // the others do not see this participant at all (a recorder)
}

// announced is the permission as LiveKit knows it: it has no word for sound that is ready. What it allows to be sent is
// heard only once the Reconciler has opened it.
func (p Permission) announced() Permission {
	p.Publish, p.Ready = p.Publish|p.Ready, 0
	return p
}

// wire returns LiveKit's form. An empty list of sources together with CanPublish would mean "everything".
func (p Permission) wire() *livekit.ParticipantPermission {
	p = p.announced()
	out := &livekit.ParticipantPermission{
		CanSubscribe: p.Subscribe, CanPublishData: p.Data, Hidden: p.Hidden, CanPublish: p.Publish != 0,
	}
	for _, known := range sources {
		if p.Publish.Has(known.ours) {
			out.CanPublishSources = append(out.CanPublishSources, known.wire)
		}
	}
	return out
}

// PermissionFrom reads the permission in a LiveKit message as LiveKit would enforce it.
func PermissionFrom(in *livekit.ParticipantPermission) Permission {
	out := Permission{Subscribe: in.GetCanSubscribe(), Data: in.GetCanPublishData(), Hidden: in.GetHidden()}
	if !in.GetCanPublish() {
		return out
	}
	allowed := in.GetCanPublishSources()
	for _, known := range sources {
		if len(allowed) == 0 {
			out.Publish |= known.ours
		}
		for _, source := range allowed {
			if source == known.wire {
				out.Publish |= known.ours
			}
		}
	}
	return out
}

// within is what p and want both allow. Where it is less than p, the rest is taken away before anything is given.
func (p Permission) within(want Permission) Permission {
	return Permission{
		Publish: p.Publish & want.Publish, Subscribe: p.Subscribe && want.Subscribe, Data: p.Data && want.Data, Hidden: want.Hidden,
	}
}

// sourceFrom translates LiveKit's source; unknown ones are 0 and may never be published.
func sourceFrom(wire livekit.TrackSource) (source Source, sound bool) {
	for _, known := range sources {
		if known.wire == wire {
			return known.ours, known.sound
		}
	}
	return 0, false
}

// SourceFrom translates LiveKit's source; 0 for one that we do not know.
func SourceFrom(wire livekit.TrackSource) Source {
	source, _ := sourceFrom(wire)
	return source
}

// Wire is the LiveKit source of a single Source.
func (s Source) Wire() livekit.TrackSource {
	for _, known := range sources {
		if s == known.ours {
			return known.wire
		}
	}
	return livekit.TrackSource_UNKNOWN
}
