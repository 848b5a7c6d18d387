package cert

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"text/template"
)

// Where the downloads live.
const (
	CertificatePath = "/ca.crt"
	ProfilePath     = "/ca.mobileconfig"
)

// Downloads serves the authority's certificate: as it is (Android, HarmonyOS, Windows) and as a
// configuration profile (iPhone). Mount it at both paths.
func (a *Authority) Downloads() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		switch r.URL.Path {
		case CertificatePath:
			w.Header().Set("Content-Type", "application/x-x509-ca-cert")
			w.Header().Set("Content-Disposition", `attachment; filename="wozai-ca.crt"`)
			_, _ = w.Write(a.DER()) // the reader has gone when this fails
		case ProfilePath:
			// No attachment: Safari hands the type to the settings by itself.
			w.Header().Set("Content-Type", "application/x-apple-aspen-config")
			_, _ = w.Write(a.profile())
		default:
			http.NotFound(w, r)
		}
	})
}

var profile = template.Must(template.New("").Parse(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>wozai.authority.{{.ID}}</string>
<key>PayloadUUID</key><string>{{.Outer}}</string>
<key>PayloadDisplayName</key><string>{{.Name}}</string>
<key>PayloadDescription</key><string>我在 Wozai</string>
<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>wozai.authority.{{.ID}}.root</string>
<key>PayloadUUID</key><string>{{.Inner}}</string>
<key>PayloadDisplayName</key><string>{{.Name}}</string>
<key>PayloadCertificateFileName</key><string>wozai-ca.crt</string>
<key>PayloadContent</key><data>{{.Content}}</data>
</dict></array>
</dict></plist>
`))

// profile is the same for the same authority, so that installing it again replaces it.
func (a *Authority) profile() []byte {
	sum := sha256.Sum256(a.cert.Raw)
	uuid := func(b []byte) string { return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:16]) }
	var b bytes.Buffer
	err := profile.Execute(&b, map[string]string{
		"ID": fmt.Sprintf("%x", sum[:4]), "Outer": uuid(sum[:16]), "Inner": uuid(sum[16:]),
		"Name": a.Name(), "Content": base64.StdEncoding.EncodeToString(a.cert.Raw),
	})
	if err != nil {
		panic(err) // the template is part of the program
	}
	return b.Bytes()
}
