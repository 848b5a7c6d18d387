package sfu

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/livekit/protocol/logger"
)

func TestTheLogNamesNobody(t *testing.T) {
	var out bytes.Buffer
	useQuietLogger(&out)
	t.Cleanup(func() { logger.SetLogger(logger.GetDiscardLogger(), "") })
	log := logger.GetLogger().WithValues("participant", "ann", "room", "r1")
	log.Infow("hello", "participant", "ann")
	log.Errorw("could not", errors.New(`dial 192.0.2.7:50000 [2001:db8::1]:443: invalid token: eyJhbGciOi.eyJpZGVudGl0eSI6.c2lnbmF0dXJl`),
		"remoteIP", "192.0.2.7", "candidates", []string{"udp 192.0.2.7"}, "reason", "gone", "status", 500)
	text := out.String()
	for _, secret := range []string{"ann", "192.0.2", "2001:db8", "eyJ", "hello"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log says %q: %s", secret, text)
		}
	}
	for _, useful := range []string{"could not", "dial", `"room":"r1"`, `"reason":"gone"`, `"status":"500"`} {
		if !strings.Contains(text, useful) {
			t.Errorf("the log does not say %s: %s", useful, text)
		}
	}
}
