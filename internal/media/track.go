package media

import (
	"strings"

	"github.com/livekit/protocol/livekit"
)

// trackFrom looks at what a track really is. LiveKit checks the source of a track against the permission but not its kind
// against the source: sound announced as a camera would be carried.
func trackFrom(info *livekit.TrackInfo) Track {
	source, shouldSound := sourceFrom(info.Source)
	track := Track{ID: info.Sid, Source: source, Muted: info.Muted, Sound: info.Type == livekit.TrackType_AUDIO}
	mimes := []string{info.MimeType}
	for _, codec := range info.Codecs {
		mimes = append(mimes, codec.MimeType)
	}
	mixed := false
	for _, mime := range mimes {
		sound := strings.HasPrefix(strings.ToLower(mime), "audio/")
		mixed = mixed || mime != "" && sound != shouldSound
		track.Sound = track.Sound || sound
	}
	track.Honest = source != 0 && track.Sound == shouldSound && !mixed
	return track
}
