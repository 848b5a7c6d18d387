package media

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
)

// ErrNotFound says that the room, or the participant in it, is not there (any more). Most callers treat it as done.
var ErrNotFound = errors.New("media: no such room or participant")

// Rooms is LiveKit's room API. Every call ends within five seconds; every method may be repeated.
type Rooms struct {
	server *Server
	api    livekit.RoomService
}

// NewRooms returns the room API of s.
func NewRooms(s *Server) *Rooms {
	client := &http.Client{Timeout: httpTimeout}
	return &Rooms{server: s, api: livekit.NewRoomServiceProtobufClient(s.base.String(), client)}
}

// Participant is one connection as LiveKit sees it at this moment. It sees people late and forgets them early: attendance
// must not be read from it.
type Participant struct {
	Identity   string
	Session    string // LiveKit's id of this connection; a new one after a full reconnect
	JoinedAt   time.Time
	Permission Permission
	Tracks     []Track
}

// Track is something a participant publishes.
type Track struct {
	ID     string
	Source Source
	Muted  bool
	Sound  bool // carries sound, by what is really sent and not only by what was announced
	Honest bool // what is sent is what the source says
}

// Create makes the room or leaves it as it is. A room that stays empty for five minutes, or has been left by all for two,
// goes by itself and is made again by the next Create.
func (r *Rooms) Create(ctx context.Context, room string) error {
	ctx, err := r.sign(ctx, &auth.VideoGrant{RoomCreate: true})
	if err != nil {
		return err
	}
	_, err = r.api.CreateRoom(ctx, &livekit.CreateRoomRequest{Name: room, EmptyTimeout: 300, DepartureTimeout: 120})
	return explain("create room", err)
}

// Delete ends the room for everybody in it. A room that is not there is fine.
func (r *Rooms) Delete(ctx context.Context, room string) error {
	ctx, err := r.sign(ctx, &auth.VideoGrant{RoomCreate: true})
	if err != nil {
		return err
	}
	_, err = r.api.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: room})
	if err = explain("delete room", err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// List returns who is connected, in no particular order; nobody if the room is not there.
func (r *Rooms) List(ctx context.Context, room string) ([]Participant, error) {
	// Asking for the people of a room that is not there waits three seconds for an answer from it.
	if there, err := r.exists(ctx, room); err != nil || !there {
		return nil, err
	}
	ctx, err := r.admin(ctx, room)
	if err != nil {
		return nil, err
	}
	response, err := r.api.ListParticipants(ctx, &livekit.ListParticipantsRequest{Room: room})
	if err = explain("list participants", err); errors.Is(err, ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	out := make([]Participant, 0, len(response.Participants))
	for _, info := range response.Participants {
		if info.State == livekit.ParticipantInfo_DISCONNECTED {
			continue
		}
		participant := Participant{
			Identity: info.Identity, Session: info.Sid, JoinedAt: time.UnixMilli(info.JoinedAtMs),
			Permission: PermissionFrom(info.Permission),
		}
		for _, track := range info.Tracks {
			participant.Tracks = append(participant.Tracks, trackFrom(track))
		}
		out = append(out, participant)
	}
	return out, nil
}

// Permit sets the whole permission of a participant; tracks that it no longer covers are taken down by the SFU itself.
// It returns ErrNotFound if the participant is not connected.
func (r *Rooms) Permit(ctx context.Context, room, identity string, permission Permission) error {
	ctx, err := r.admin(ctx, room)
	if err != nil {
		return err
	}
	_, err = r.api.UpdateParticipant(ctx, &livekit.UpdateParticipantRequest{
		Room: room, Identity: identity, Permission: permission.wire(),
	})
	return explain("permit", err)
}

// Remove disconnects a participant, who may come back if Admit allows. One who is not there is fine.
func (r *Rooms) Remove(ctx context.Context, room, identity string) error {
	ctx, err := r.admin(ctx, room)
	if err != nil {
		return err
	}
	_, err = r.api.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: room, Identity: identity})
	if err = explain("remove participant", err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Mute silences a track, or opens it; its owner cannot do the one or the other through our Proxy. A track that was open
// once is better taken down by Permit: see docs/adr/0003. It returns ErrNotFound if the participant or the track is not
// there, errUnopened if the SFU is configured not to open tracks.
func (r *Rooms) Mute(ctx context.Context, room, identity, track string, muted bool) error {
	ctx, err := r.admin(ctx, room)
	if err != nil {
		return err
	}
	response, err := r.api.MutePublishedTrack(ctx, &livekit.MuteRoomTrackRequest{Room: room, Identity: identity, TrackSid: track, Muted: muted})
	var refused twirp.Error
	switch {
	case errors.As(err, &refused) && refused.Code() == twirp.FailedPrecondition && !muted:
		return errUnopened
	case err == nil && response.Track == nil:
		return fmt.Errorf("media: mute: %w", ErrNotFound)
	}
	return explain("mute", err)
}

var errUnopened = errors.New("media: the SFU opens no tracks for others: set room.enable_remote_unmute")

// exists also serves to ask something harmless that needs a right key.
func (r *Rooms) exists(ctx context.Context, room string) (bool, error) {
	ctx, err := r.sign(ctx, &auth.VideoGrant{RoomList: true})
	if err != nil {
		return false, err
	}
	response, err := r.api.ListRooms(ctx, &livekit.ListRoomsRequest{Names: []string{room}})
	if err != nil {
		return false, explain("list rooms", err)
	}
	return len(response.Rooms) > 0, nil
}

func (r *Rooms) admin(ctx context.Context, room string) (context.Context, error) {
	return r.sign(ctx, &auth.VideoGrant{RoomAdmin: true, Room: room})
}

// sign attaches a token that is good for this call only.
func (r *Rooms) sign(ctx context.Context, grant *auth.VideoGrant) (context.Context, error) {
	token, err := auth.NewAccessToken(r.server.key, r.server.secret).SetVideoGrant(grant).SetValidFor(time.Minute).ToJWT()
	if err != nil {
		return nil, fmt.Errorf("media: sign: %w", err)
	}
	return twirp.WithHTTPRequestHeaders(ctx, http.Header{"Authorization": {"Bearer " + token}})
}

// explain keeps LiveKit's wording and makes "not found" recognisable: where nobody listens on the internal address of a
// participant or a room, LiveKit waits for three seconds and then says "no response from servers".
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	var refused twirp.Error
	if errors.As(err, &refused) && (refused.Code() == twirp.NotFound || strings.Contains(refused.Msg(), "no response from servers")) {
		return fmt.Errorf("media: %s: %w", what, ErrNotFound)
	}
	return fmt.Errorf("media: %s: %w", what, err)
}
