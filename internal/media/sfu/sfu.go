// Package sfu embeds the LiveKit server. It is the only package that imports it, and only cmd/wozai (and tests that hold
// real meetings) import this one: LiveKit is heavy to link, and it answers some panics with os.Exit, so it runs in a
// process of its own.
package sfu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"gopkg.in/yaml.v3"

	"wozai/internal/media"
)

// Main is the whole of the subcommand "wozai media": it reads its configuration from the first line of in, serves, and
// ends when in is closed (the parent is gone, however it went) or on SIGTERM. Pass os.Stdin.
func Main(in io.Reader) error {
	config, err := media.ReadChildConfig(in)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ctx, parentGone := context.WithCancel(ctx)
	go func() {
		defer parentGone()
		_, _ = io.Copy(io.Discard, in)
	}()
	return Run(ctx, config)
}

// Run serves until ctx ends, then drops everyone and returns nil. Any other return is a failure to start (a port in use,
// say). It may be called once per process: LiveKit registers its metrics globally.
func Run(ctx context.Context, child media.ChildConfig) error {
	useQuietLogger(os.Stderr)
	text, err := render(child)
	if err != nil {
		return err
	}
	conf, err := config.NewConfig(text, true, nil, nil)
	if err != nil {
		return fmt.Errorf("media: configure: %w", err)
	}
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return fmt.Errorf("media: node: %w", err)
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return fmt.Errorf("media: metrics: %w", err)
	}
	server, err := service.InitializeServer(conf, node)
	if err != nil {
		return fmt.Errorf("media: start: %w", err)
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Start() }()
	select {
	case err := <-failed:
		if err == nil {
			err = errors.New("ended by itself")
		}
		return fmt.Errorf("media: %w", err)
	case <-ctx.Done():
		// Stop waits for Start to have finished starting; a child that is told to go this early simply goes.
		if server.IsRunning() {
			server.Stop(true)
		}
		return nil
	}
}

// render writes LiveKit's configuration. It is a document rather than a struct because LiveKit's own defaults are merged
// under it, and because an unknown key fails the start: an upgrade that renames one is noticed.
func render(child media.ChildConfig) (string, error) {
	type document map[string]any
	own := child.Own()
	includes := make([]string, len(own))
	for i, ip := range own {
		includes[i] = netip.PrefixFrom(ip, ip.BitLen()).String()
	}
	rtc := document{
		"node_ip":                   child.NodeIP, // a string; with it set, nobody is asked for our address
		"udp_port":                  child.UDPPort,
		"tcp_port":                  child.TCPPort,
		"use_external_ip":           false,
		"ips":                       document{"includes": includes},
		"enable_loopback_candidate": slices.ContainsFunc(own, netip.Addr.IsLoopback),
		// Without an entry LiveKit hands Google's and Twilio's servers to browsers. This one points at ourselves, and the
		// Proxy takes it out again: a browser that can reach us needs no STUN.
		"stun_servers": []string{fmt.Sprintf("127.0.0.1:%d", child.UDPPort)},
	}
	conf := document{
		"port":           child.HTTPPort,
		"bind_addresses": []string{"127.0.0.1"},
		"keys":           map[string]string{child.Key: child.Secret},
		"rtc":            rtc,
		"room": document{
			"auto_create":          false,
			"empty_timeout":        300,
			"departure_timeout":    120,
			"enable_remote_unmute": !child.NoUnmute, // sound is opened by the Reconciler, and by nobody else
			"enabled_codecs": []document{
				{"mime": "audio/opus"}, {"mime": "audio/red"}, {"mime": "video/VP8"}, {"mime": "video/rtx"},
			},
		},
		// Read participants from the room itself: the store lags behind changes of permission.
		"api":                document{"enable_psrpc_for_get_list_participants": true},
		"enable_data_tracks": false,
		"logging":            document{"level": "warn", "pion_level": "error"},
	}
	text, err := yaml.Marshal(conf)
	return string(text), err
}
