package app

import (
	"net"
	"strings"

	"wozai/internal/media"
)

// PhoneURL is where a phone reaches a server that listens on every address; "" when it does not.
func PhoneURL(url string) string {
	if !strings.HasPrefix(url, "https://") || !strings.Contains(url, "://localhost") {
		return ""
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "https://"))
	if err != nil {
		return ""
	}
	return "https://" + net.JoinHostPort(media.LocalIP(), port)
}
