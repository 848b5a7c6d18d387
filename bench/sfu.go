package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"wozai/internal/media"
	"wozai/internal/media/bot"
)

// alone is the same SFU without anything of ours around it: clients hold tokens and connect to it directly.
type alone struct {
	config media.ChildConfig
	cmd    *exec.Cmd
	end    func() error
	rooms  *lksdk.RoomServiceClient
}

const aloneRoom = "alone"

func (b *bench) alone(ctx context.Context) (*alone, error) {
	a := &alone{config: media.ChildConfig{Key: "bench", Secret: rand.Text() + rand.Text(), NodeIP: "127.0.0.1"}}
	var err error
	for _, p := range []struct {
		port    *int
		network string
	}{{&a.config.HTTPPort, "tcp"}, {&a.config.TCPPort, "tcp"}, {&a.config.UDPPort, "udp"}} {
		if *p.port, err = freePort(p.network); err != nil {
			return nil, err
		}
	}
	a.cmd = exec.Command(b.binary, "media")
	in, err := a.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	a.end = func() error { _ = in.Close(); return a.cmd.Wait() }
	if err := json.NewEncoder(in).Encode(a.config); err != nil {
		return nil, err
	}
	a.rooms = lksdk.NewRoomServiceClient(a.url(), a.config.Key, a.config.Secret)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err = a.rooms.CreateRoom(ctx, &livekit.CreateRoomRequest{Name: aloneRoom}); err == nil {
			return a, nil
		}
		if time.Now().After(deadline) {
			_ = a.end()
			return nil, fmt.Errorf("the SFU alone does not come up: %w", err)
		}
	}
}

func (a *alone) url() string { return "http://127.0.0.1:" + strconv.Itoa(a.config.HTTPPort) }

// join connects a client that may hear everybody and publish nothing yet.
func (a *alone) join(ctx context.Context, n int) (*attendant, error) {
	no, yes := false, true
	name := fmt.Sprintf("client-%03d", n)
	token, err := auth.NewAccessToken(a.config.Key, a.config.Secret).SetIdentity(name).
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: aloneRoom, CanPublish: &no, CanSubscribe: &yes}).ToJWT()
	if err != nil {
		return nil, err
	}
	out := &attendant{name: name, first: map[string]time.Time{}}
	made, err := bot.Join(ctx, bot.Options{URL: a.url(), Header: http.Header{"Authorization": {"Bearer " + token}}, Event: out.event})
	if err != nil {
		return nil, err
	}
	out.mu.Lock()
	out.Bot = made
	out.mu.Unlock()
	return out, nil
}

// let gives or takes the right to send.
func (a *alone) let(ctx context.Context, who string, send bool) error {
	_, err := a.rooms.UpdateParticipant(ctx, &livekit.UpdateParticipantRequest{Room: aloneRoom, Identity: who,
		Permission: &livekit.ParticipantPermission{CanSubscribe: true, CanPublish: send,
			CanPublishSources: []livekit.TrackSource{livekit.TrackSource_MICROPHONE, livekit.TrackSource_CAMERA}}})
	return err
}
