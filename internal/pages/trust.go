package pages

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// Trust is "trust": how to make a phone or computer trust the installation's own authority.
type Trust struct {
	Organisation string
	Name         string // of the authority, as the phone's list shows it
	Fingerprint  string
	Device       string // whose steps are open: "android", "ios", "harmony", "windows" or ""
	Secure       string // where to go afterwards, https
	Here         string // this page by plain HTTP, for the phone that scans it
	QR           string // of Here, as an SVG path
	QRSize       int
}

// WithQR fills in the code of Here.
func (t Trust) WithQR() Trust {
	code, err := qr.Encode(t.Here, qr.M)
	if t.Here == "" || err != nil { // too long for a code: the address stands there in letters
		return t
	}
	const quiet = 4
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	t.QR, t.QRSize = path.String(), code.Size+2*quiet
	return t
}

// Device guesses from a browser's name whose steps to open first.
func Device(agent string) string {
	for _, d := range []struct{ mark, device string }{
		{"OpenHarmony", "harmony"}, {"HarmonyOS", "harmony"}, {"iPhone", "ios"}, {"iPad", "ios"}, {"Android", "android"}, {"Windows", "windows"},
	} {
		if strings.Contains(agent, d.mark) {
			return d.device
		}
	}
	return ""
}
