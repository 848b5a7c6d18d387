// Package bot is a member without a browser: it enters a room through our own proxy with a session, as a browser would,
// shows a prepared face, speaks prepared words, and reports what it hears. The demo, the benchmarks and the tests use it.
package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"wozai/internal/media"
)

// The client library writes through one global logger, at a length that buries everything else, and with addresses.
func init() { lksdk.SetLogger(logger.GetDiscardLogger()) }

// Kind says what an Event reports.
type Kind string

// What a bot reports.
const (
	Permitted    Kind = "permitted"    // its own permission is now Event.Permission (also once at the start)
	Announced    Kind = "announced"    // Event.Identity publishes Event.Source, though it may not be heard yet
	Heard        Kind = "heard"        // the first packet with sound on a new track of Event.Identity
	Seen         Kind = "seen"         // the first packet of pictures on a new track of Event.Identity
	Sized        Kind = "sized"        // a whole picture of another width than before arrived from Event.Identity
	Silent       Kind = "silent"       // a track of Event.Identity has ended
	Opened       Kind = "opened"       // its own sound on Event.Source is let through now; until then it sends silence
	Refused      Kind = "refused"      // the SFU did not let it publish Event.Source
	Reconnecting Kind = "reconnecting" // the connection was lost
	Reconnected  Kind = "reconnected"  // and is back
	Left         Kind = "left"         // it is out for good
)

// Event is one thing that happened, at the moment it was noticed.
type Event struct {
	At         time.Time
	Kind       Kind
	Identity   string
	Source     media.Source
	Permission media.Permission
	Width      int // of the picture, for Sized
}

// Options say where to go and as whom.
type Options struct {
	URL    string      // of the proxy: "https://host/sfu", with the parameters that its gate asks for
	Header http.Header // the session: usually a Cookie
	// Deaf lets it take no tracks of others, to save work in large simulations.
	Deaf bool
	// SinglePeer uses the v1 signalling path with one peer connection, as newer browsers' clients do.
	SinglePeer bool
	// Event receives every event, one at a time; nil: they are dropped. It must not block for long.
	Event func(Event)
	// Unruly sends its sound at once, whether or not it is its turn, as only a modified client would. Tests only.
	Unruly bool
	// Withhold, with Unruly, keeps back what was published until it is closed. Tests only.
	Withhold <-chan struct{}
	// Joining may change what the client library says of itself on the v1 path. Tests only.
	Joining func(*livekit.JoinRequest)
	// Tamper may change what the client library sends, to play a modified client; it reports whether it did. Tests only.
	Tamper func(*livekit.SignalRequest) bool
}

// Bot is a member in a room. Safe for use by many goroutines.
type Bot struct {
	options Options
	relay   *relay
	room    *lksdk.Room
	sayMu   sync.Mutex

	mu       sync.Mutex
	identity string
	permits  media.Permission
	packets  map[stream]int
	bytes    map[stream]int
	tracks   map[media.Source]*lksdk.LocalTrackPublication
	sounds   map[media.Source]*sound
	playing  map[media.Source]*clip
	known    map[string]bool // tracks of others
}

// sound is the newest track of its source, by both of its names.
type sound struct {
	cid, sid string
	clip     *clip
	open     bool // let through by the SFU
}

// stream is what arrives from one participant's source.
type stream struct {
	identity string
	source   media.Source
}

// RefusedError is returned by Join when the proxy turned the bot away.
type RefusedError struct{ Status int }

func (e *RefusedError) Error() string { return fmt.Sprintf("bot: not let in (HTTP %d)", e.Status) }

// Join enters and returns when the connection stands. It returns *RefusedError if the Gate refused.
func Join(ctx context.Context, options Options) (*Bot, error) {
	b := &Bot{
		options: options, packets: map[stream]int{}, bytes: map[stream]int{},
		tracks: map[media.Source]*lksdk.LocalTrackPublication{}, sounds: map[media.Source]*sound{}, playing: map[media.Source]*clip{}, known: map[string]bool{},
	}
	var err error
	if b.relay, err = newRelay(options, b.overhear); err != nil {
		return nil, fmt.Errorf("bot: %w", err)
	}
	callback := &lksdk.RoomCallback{
		OnDisconnected: func() { b.say(Event{Kind: Left}) },
		OnReconnecting: func() { b.say(Event{Kind: Reconnecting}) },
		OnReconnected:  func() { b.say(Event{Kind: Reconnected}) },
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackSubscribed: func(track *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant) {
				go b.listen(track, stream{from.Identity(), media.SourceFrom(pub.Source())})
			},
		},
	}
	b.room = lksdk.NewRoom(callback)
	choices := []lksdk.ConnectOption{
		lksdk.WithAutoSubscribe(!options.Deaf), lksdk.WithDisableRegionDiscovery(), lksdk.WithLogger(logger.GetDiscardLogger()),
	}
	if options.SinglePeer {
		choices = append(choices, lksdk.WithSinglePeerConnection())
	}
	if err := b.room.JoinWithContextAndToken(ctx, b.relay.url(), "none", choices...); err != nil {
		b.relay.close()
		if status := b.relay.refused(); status != 0 {
			return nil, &RefusedError{status}
		}
		return nil, fmt.Errorf("bot: join: %w", err)
	}
	return b, nil
}

// Identity is the name under which the others see it.
func (b *Bot) Identity() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.identity
}

// Sends reports whether it publishes source, heard or not.
func (b *Bot) Sends(source media.Source) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tracks[source] != nil
}

// Speaks reports whether its microphone is announced and let through.
func (b *Bot) Speaks() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sounds[media.Microphone]
	return s != nil && s.open
}

// Permission is what it may do, as the SFU told it last.
func (b *Bot) Permission() media.Permission {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.permits
}

// Publish sends a clip, in a loop, as source until Unpublish, or until the right to it is taken. Of sound only silence is
// sent until the SFU has opened it, so it may be published ahead of its turn. Ask Permission (or wait for Permitted) first: without the right it returns an error after ten seconds, as any client would.
func (b *Bot) Publish(source media.Source, from Clip) error {
	capability := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	options := &lksdk.TrackPublicationOptions{Name: source.String(), Source: source.Wire(), VideoWidth: 192, VideoHeight: 144}
	if source == media.Microphone || source == media.ScreenAudio {
		capability = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
		options.VideoWidth, options.VideoHeight = 0, 0
	}
	return b.publish(source, capability, options, from)
}

// PublishAs sends a sound clip under another source, as only a modified client would. Tests only.
func (b *Bot) PublishAs(source media.Source, sound Clip) error {
	capability := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	return b.publish(source, capability, &lksdk.TrackPublicationOptions{Name: "x", Source: source.Wire()}, sound)
}

func (b *Bot) publish(source media.Source, capability webrtc.RTPCodecCapability, options *lksdk.TrackPublicationOptions, from Clip) error {
	if len(from.samples) == 0 {
		return errors.New("bot: an empty clip")
	}
	playing := &clip{samples: from.samples}
	track, err := lksdk.NewLocalTrack(capability, lksdk.WithRTCPHandler(playing.feedback))
	if err != nil {
		return err
	}
	track.SetLogger(logger.GetDiscardLogger())
	if capability.MimeType == webrtc.MimeTypeOpus {
		playing.shut.Store(!b.options.Unruly)
		playing.withheld = b.options.Withhold
		b.mu.Lock()
		b.sounds[source] = &sound{cid: track.ID(), clip: playing}
		b.mu.Unlock()
	}
	if err := track.StartWrite(playing, nil); err != nil {
		return err
	}
	publication, err := b.room.LocalParticipant.PublishTrack(track, options)
	if err != nil {
		_ = track.Close()
		return fmt.Errorf("bot: publish %s: %w", source, err)
	}
	b.mu.Lock()
	b.tracks[source], b.playing[source] = publication, playing
	b.mu.Unlock()
	return nil
}

// Swap goes on with another clip on the track that source is sent on, from its beginning: as a browser does whose picture
// becomes the large one. It reports whether source is being sent.
func (b *Bot) Swap(source media.Source, to Clip) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.playing[source] == nil || b.tracks[source] == nil {
		return false
	}
	b.playing[source].swap.Store(&to)
	return true
}

// Unpublish stops sending source; nothing happens if it was not being sent.
func (b *Bot) Unpublish(source media.Source) {
	b.mu.Lock()
	publication := b.tracks[source]
	delete(b.tracks, source)
	delete(b.sounds, source)
	b.mu.Unlock()
	if publication != nil {
		_ = b.room.LocalParticipant.UnpublishTrack(publication.SID())
	}
}

// Unmute says that its own sound is open, as browsers do that nobody keeps from it. Tests only.
func (b *Bot) Unmute(source media.Source) {
	b.mu.Lock()
	publication := b.tracks[source]
	b.mu.Unlock()
	if publication != nil {
		publication.SetMuted(true)
		publication.SetMuted(false)
	}
}

// Received counts the packets with sound or pictures, and their bytes, that have arrived from somebody's source.
func (b *Bot) Received(identity string, source media.Source) (packets, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.packets[stream{identity, source}], b.bytes[stream{identity, source}]
}

// Leave goes, and returns when the connection is closed.
func (b *Bot) Leave() {
	b.room.Disconnect()
	b.relay.close()
}

// silent reports whether Opus says that there is nothing to hear: in a few bytes, or in the frame that the SFU makes up for
// tracks that are muted, which is zeroes behind its beginning.
func silent(payload []byte) bool {
	return len(payload) <= 8 || bytes.HasPrefix(payload, silence.Data) && len(bytes.Trim(payload[len(silence.Data):], "\x00")) == 0
}

// listen counts what arrives on a track until it ends.
func (b *Bot) listen(track *webrtc.TrackRemote, from stream) {
	first, width := true, 0
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			b.say(Event{Kind: Silent, Identity: from.identity, Source: from.source})
			return
		}
		sound := track.Kind() == webrtc.RTPCodecTypeAudio
		if sound && silent(packet.Payload) || len(packet.Payload) == 0 {
			continue
		}
		b.mu.Lock()
		b.packets[from]++
		b.bytes[from] += len(packet.Payload)
		b.mu.Unlock()
		if first {
			first = false
			kind := Seen
			if sound {
				kind = Heard
			}
			b.say(Event{Kind: kind, Identity: from.identity, Source: from.source})
		}
		if now := widthOf(packet.Payload); !sound && now != 0 && now != width {
			width = now
			b.say(Event{Kind: Sized, Identity: from.identity, Source: from.source, Width: width})
		}
	}
}

// widthOf reads the width from the first packet of a whole VP8 picture; 0 for any other.
func widthOf(payload []byte) int {
	var packet codecs.VP8Packet
	frame, err := packet.Unmarshal(payload)
	if err != nil || packet.S != 1 || packet.PID != 0 || len(frame) < 10 || frame[0]&1 != 0 || !bytes.Equal(frame[3:6], []byte{0x9d, 0x01, 0x2a}) {
		return 0
	}
	return (int(frame[6]) | int(frame[7])<<8) & 0x3fff
}

// overhear picks out of the signalling what the library keeps to itself.
func (b *Bot) overhear(message *livekit.SignalResponse) {
	switch m := message.Message.(type) {
	case *livekit.SignalResponse_Join:
		b.mu.Lock()
		b.identity = m.Join.GetParticipant().GetIdentity()
		b.mu.Unlock()
		b.permitted(m.Join.GetParticipant(), true)
	case *livekit.SignalResponse_Update:
		for _, participant := range m.Update.Participants {
			switch {
			case participant.Identity != b.Identity():
				b.announced(participant)
			case participant.Permission != nil:
				b.permitted(participant, false)
			}
		}
	case *livekit.SignalResponse_TrackPublished:
		b.opened(m.TrackPublished.GetCid(), m.TrackPublished.GetTrack().GetSid(), m.TrackPublished.GetTrack().GetMuted())
	case *livekit.SignalResponse_Mute:
		b.opened("", m.Mute.Sid, m.Mute.Muted)
	case *livekit.SignalResponse_RequestResponse:
		if add := m.RequestResponse.GetAddTrack(); add != nil && m.RequestResponse.Reason == livekit.RequestResponse_NOT_ALLOWED {
			b.say(Event{Kind: Refused, Source: media.SourceFrom(add.Source)})
		}
	}
}

// announced tells of each track of somebody else once.
func (b *Bot) announced(info *livekit.ParticipantInfo) {
	for _, track := range info.Tracks {
		b.mu.Lock()
		known := b.known[track.Sid]
		b.known[track.Sid] = true
		b.mu.Unlock()
		if !known {
			b.say(Event{Kind: Announced, Identity: info.Identity, Source: media.SourceFrom(track.Source)})
		}
	}
}

// opened follows what the SFU says of its own sound.
func (b *Bot) opened(cid, sid string, muted bool) {
	b.mu.Lock()
	var which media.Source
	for source, s := range b.sounds {
		if s.cid == cid {
			s.sid = sid
		}
		if s.sid == sid {
			which = source
			s.open = !muted
			s.clip.shut.Store(muted && !b.options.Unruly)
		}
	}
	b.mu.Unlock()
	if which != 0 && !muted {
		b.say(Event{Kind: Opened, Source: which})
	}
}

func (b *Bot) permitted(info *livekit.ParticipantInfo, always bool) {
	permission := media.PermissionFrom(info.GetPermission())
	b.mu.Lock()
	changed := b.permits != permission
	b.permits = permission
	var lost []media.Source
	for source := range b.tracks {
		if !permission.Publish.Has(source) && !b.options.Unruly {
			lost = append(lost, source)
		}
	}
	b.mu.Unlock()
	for _, source := range lost {
		go b.Unpublish(source) // not here: the library has yet to read this message
	}
	if changed || always {
		b.say(Event{Kind: Permitted, Permission: permission})
	}
}

func (b *Bot) say(event Event) {
	if b.options.Event == nil {
		return
	}
	event.At = time.Now()
	b.sayMu.Lock()
	defer b.sayMu.Unlock()
	b.options.Event(event)
}
