package sfu

import (
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/go-logr/logr"
	"github.com/livekit/protocol/logger"
)

// useQuietLogger lets LiveKit say only what went wrong (its errors; through logr its warnings arrive as mere information),
// as JSON lines, without what identifies a person: LiveKit would log identities, addresses, candidates and, on a refused
// request, the whole token.
func useQuietLogger(out io.Writer) {
	handler := slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: scrub})
	logger.SetLogger(logger.LogRLogger(logr.FromSlogHandler(handler)), "sfu")
}

// harmless lists the attributes that may pass; a new one in a later LiveKit is left out until somebody has looked at it.
var harmless = map[string]bool{
	slog.TimeKey: true, slog.LevelKey: true, slog.MessageKey: true, "logger": true,
	"err": true, "error": true, "room": true, "roomID": true, "participantID": true, "pID": true, "trackID": true, "kind": true,
	"source": true, "reason": true, "status": true, "code": true, "mime": true, "nodeID": true, "transport": true, "port": true,
}

var secrets = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b|\[?[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){3,7}\]?(:\d+)?|access_token=[^&\s]+`)

func scrub(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 || !harmless[attr.Key] {
		return slog.Attr{}
	}
	switch attr.Key {
	case slog.TimeKey, slog.LevelKey:
		return attr
	case "err":
		attr.Key = "error"
	}
	return slog.String(attr.Key, secrets.ReplaceAllString(strings.ToValidUTF8(attr.Value.String(), "?"), "…"))
}
