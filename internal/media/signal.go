package media

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/sdp/v3"
	"google.golang.org/protobuf/proto"
)

// trackKinds remembers, for one participant, which client-made track ids were announced or offered as sound and which as
// pictures. LiveKit compares the announced source with the permission, but matches what is really sent by its id alone:
// sound sent under the id of a camera would be carried to everybody. So no id may ever be both.
//
// It is also where sound is kept shut. Every announcement of sound is passed on muted, whoever makes it, and no browser's
// word about muting sound reaches LiveKit: sound is opened by the Reconciler alone. So it may be announced before its
// turn, and nothing that a client sends, early or late, can open it. See docs/adr/0003.
type trackKinds struct {
	mu    sync.Mutex
	sound map[string]bool // id → carries sound
	// announced are the ids of sound that LiveKit's present participant was told of. LiveKit files announcements that
	// wait by the client's id, and a second one shares the track id of the first: opening one would open both, and the
	// second could be kept back until the floor is gone. So each id is announced once.
	announced map[string]bool
	pictures  map[string]bool // LiveKit's ids of tracks that it calls pictures: these a browser mutes as it likes
	used      time.Time
	// mayOpen, if set, is asked where the SFU opens no sound for others: whether the seat has the floor for it now.
	mayOpen func(Source) bool
}

func newTrackKinds() *trackKinds {
	return &trackKinds{sound: map[string]bool{}, announced: map[string]bool{}, pictures: map[string]bool{}, used: time.Now()}
}

func (k *trackKinds) lastUse(now time.Time) { k.mu.Lock(); k.used = now; k.mu.Unlock() }

func (k *trackKinds) idleFor(now time.Time) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return now.Sub(k.used)
}

const maxTrackIDs = 4096 // of one participant in one sitting; an honest browser uses a handful

// learn records that id is sound or picture.
func (k *trackKinds) learn(id string, sound bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.sound[id]
	switch {
	case ok && known != sound:
		return errors.New("one track id used for sound and for pictures")
	case !ok && len(k.sound) >= maxTrackIDs:
		return errors.New("too many track ids")
	}
	k.sound[id] = sound
	return nil
}

// announce notes that sound was announced under id, once.
func (k *trackKinds) announce(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.announced[id] {
		return errors.New("sound announced twice under one id")
	}
	k.announced[id] = true
	return nil
}

// begin is a new participant at LiveKit, who came with these announcements and knows of no others.
func (k *trackKinds) begin(announced []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.announced)
	for _, id := range announced {
		k.announced[id] = true
	}
}

// isPicture learns from LiveKit's own words which tracks are pictures.
func (k *trackKinds) isPicture(tracks ...*livekit.TrackInfo) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, track := range tracks {
		if track.GetType() == livekit.TrackType_VIDEO && len(k.pictures) < maxTrackIDs {
			k.pictures[track.Sid] = true
		}
	}
}

func (k *trackKinds) mayMute(track string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pictures[track]
}

// request checks one message of a browser. It returns nil for a message that is quietly left out, and an error for one
// that only a modified client sends.
func (k *trackKinds) request(payload []byte) ([]byte, error) {
	message := &livekit.SignalRequest{}
	if err := proto.Unmarshal(payload, message); err != nil {
		return nil, errors.New("not a signal request")
	}
	switch m := message.Message.(type) {
	case *livekit.SignalRequest_AddTrack:
		if err := k.addTrack(m.AddTrack, k.announce); err != nil {
			return nil, err
		}
	case *livekit.SignalRequest_Mute:
		if !k.mayMute(m.Mute.GetSid()) {
			return nil, nil // honest browsers say what they were told to do, and what they do by themselves
		}
	case *livekit.SignalRequest_Offer:
		if err := k.offer(m.Offer); err != nil {
			return nil, err
		}
	case *livekit.SignalRequest_Answer, *livekit.SignalRequest_Trickle,
		*livekit.SignalRequest_Subscription, *livekit.SignalRequest_TrackSetting, *livekit.SignalRequest_Leave,
		*livekit.SignalRequest_UpdateLayers, *livekit.SignalRequest_SyncState, *livekit.SignalRequest_Ping,
		*livekit.SignalRequest_PingReq, *livekit.SignalRequest_UpdateAudioTrack, *livekit.SignalRequest_UpdateVideoTrack:
	default:
		// Simulated failures, hiding from chosen listeners, changing one's own name, data tracks, stored blobs.
		return nil, nil
	}
	// Written anew, so that what was checked is what LiveKit reads.
	return proto.Marshal(message)
}

// addTrack checks an announcement: the kind must fit the source, the codecs the kind, and sound begins shut.
func (k *trackKinds) addTrack(add *livekit.AddTrackRequest, announce func(id string) error) error {
	source, sound := sourceFrom(add.GetSource())
	if source == 0 {
		return errors.New("track without a known source")
	}
	if announced := add.GetType() == livekit.TrackType_AUDIO; announced != sound || add.GetType() == livekit.TrackType_DATA {
		return fmt.Errorf("a %s announced as %s", source, add.GetType())
	}
	if add.GetCid() == "" {
		return errors.New("track without an id")
	}
	ids := []string{add.GetCid()}
	named := add.SimulcastCodecs[:0]
	for _, codec := range add.SimulcastCodecs {
		if isSoundCodec(codec.GetCodec()) != sound && codec.GetCodec() != "" {
			return fmt.Errorf("a %s with another kind of codec", source)
		}
		if codec.GetCid() != "" { // an empty id would match whatever is sent without one
			named = append(named, codec)
			ids = append(ids, codec.Cid)
		}
	}
	add.SimulcastCodecs = named
	for _, id := range ids {
		if err := k.learn(id, sound); err != nil {
			return err
		}
	}
	if !sound {
		return nil
	}
	k.mu.Lock()
	mayOpen := k.mayOpen
	k.mu.Unlock()
	if mayOpen == nil || !mayOpen(source) {
		add.Muted = true
	}
	return announce(add.Cid)
}

func isSoundCodec(name string) bool {
	name = strings.ToLower(name)
	switch strings.TrimPrefix(name, "audio/") {
	case "opus", "red", "pcmu", "pcma", "g722":
		return true
	}
	return strings.HasPrefix(name, "audio/")
}

// offer learns the ids under which the browser is going to send.
func (k *trackKinds) offer(description *livekit.SessionDescription) error {
	if description == nil {
		return nil
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(description.GetSdp()); err != nil {
		return errors.New("an offer that is not SDP")
	}
	for _, section := range parsed.MediaDescriptions {
		kind := section.MediaName.Media
		if kind != "audio" && kind != "video" {
			continue
		}
		for _, attribute := range section.Attributes {
			for _, id := range msid(attribute) {
				if err := k.learn(id, kind == "audio"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// msid finds the track id in "msid:stream track" and in the older "ssrc:1 msid:stream track". It takes everything after
// the stream for one, however it is spaced: parsers differ there.
func msid(attribute sdp.Attribute) []string {
	words := strings.Split(attribute.Value, " ")
	if attribute.Key == "ssrc" && len(words) > 2 && strings.HasPrefix(words[1], "msid:") {
		return words[2:]
	}
	if attribute.Key == "msid" {
		return words[1:]
	}
	return nil
}

// cleanResponse takes out of a message to the browser every token and every STUN server: whoever reaches us needs none,
// and a browser must not ask strangers for its address. relay, if any, is named beside the SFU's own. A nil out means that
// nothing is left to say. It also returns what was read.
func cleanResponse(payload []byte, relay *livekit.ICEServer) (out []byte, message *livekit.SignalResponse, err error) {
	message = &livekit.SignalResponse{}
	if err := proto.Unmarshal(payload, message); err != nil {
		return nil, nil, err
	}
	switch m := message.Message.(type) {
	case *livekit.SignalResponse_RefreshToken, *livekit.SignalResponse_RoomMoved:
		return nil, message, nil
	case *livekit.SignalResponse_Join:
		m.Join.IceServers = relays(m.Join.IceServers, relay)
	case *livekit.SignalResponse_Reconnect:
		m.Reconnect.IceServers = relays(m.Reconnect.IceServers, relay)
	default:
		return payload, message, nil
	}
	out, err = proto.Marshal(message)
	return out, message, err
}

func relays(servers []*livekit.ICEServer, own *livekit.ICEServer) []*livekit.ICEServer {
	var out []*livekit.ICEServer
	if own != nil {
		out = append(out, own)
	}
	for _, server := range servers {
		var urls []string
		for _, url := range server.Urls {
			if !strings.HasPrefix(url, "stun") {
				urls = append(urls, url)
			}
		}
		if urls != nil {
			server.Urls = urls
			out = append(out, server)
		}
	}
	return out
}

const maxJoinRequest = 1 << 20

// joining is what a browser's connect says of itself, once cleaned.
type joining struct {
	resume    bool     // goes on with the participant that LiveKit has
	announced []string // sound that comes with it
}

// cleanJoinRequest treats the join request of the v1 path, which may carry announcements and an offer, like the messages
// they would otherwise be. It also takes out what would overwrite the metadata that the Gate gave.
func cleanJoinRequest(text string, kinds *trackKinds) (string, joining, error) {
	var about joining
	raw, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		return "", about, errors.New("not base64")
	}
	wrapped := &livekit.WrappedJoinRequest{}
	if err := proto.Unmarshal(raw, wrapped); err != nil {
		return "", about, errors.New("not a join request")
	}
	inner := wrapped.JoinRequest
	if wrapped.Compression == livekit.WrappedJoinRequest_GZIP {
		reader, err := gzip.NewReader(bytes.NewReader(inner))
		if err != nil {
			return "", about, errors.New("not gzip")
		}
		if inner, err = io.ReadAll(io.LimitReader(reader, maxJoinRequest+1)); err != nil || len(inner) > maxJoinRequest {
			return "", about, errors.New("too large")
		}
	}
	join := &livekit.JoinRequest{}
	if err := proto.Unmarshal(inner, join); err != nil {
		return "", about, errors.New("not a join request")
	}
	about.resume = join.Reconnect
	join.Metadata, join.ParticipantAttributes = "", nil
	for _, add := range join.AddTrackRequests {
		err := kinds.addTrack(add, func(id string) error {
			if slices.Contains(about.announced, id) {
				return errors.New("sound announced twice under one id")
			}
			about.announced = append(about.announced, id)
			return nil
		})
		if err != nil {
			return "", about, err
		}
	}
	if err := kinds.offer(join.PublisherOffer); err != nil {
		return "", about, err
	}
	if about.resume {
		join.AddTrackRequests = nil // LiveKit leaves them aside then
	}
	if inner, err = proto.Marshal(join); err != nil {
		return "", about, err
	}
	raw, err = proto.Marshal(&livekit.WrappedJoinRequest{JoinRequest: inner})
	return base64.URLEncoding.EncodeToString(raw), about, err
}
