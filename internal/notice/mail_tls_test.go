package notice_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"testing"

	"wozai/internal/notice"
	"wozai/internal/testkit"
)

// signsIn is how notices go out to a server that asks who sends.
func signsIn(server *testkit.MailServer, how string) notice.MailConfig {
	return notice.MailConfig{
		Server: server.Addr, User: testkit.MailUser, Password: testkit.MailPassword, From: "wozai@office.test", TLS: how,
		TLSConfig: &tls.Config{RootCAs: server.Roots, MinVersion: tls.VersionTLS12},
	}
}

// tells reports whether the password could be read on the line.
func tells(server *testkit.MailServer) bool {
	heard := server.Heard()
	return bytes.Contains(heard, []byte(testkit.MailPassword)) ||
		bytes.Contains(heard, []byte(base64.StdEncoding.EncodeToString([]byte("\x00"+testkit.MailUser+"\x00"+testkit.MailPassword)))) ||
		bytes.Contains(heard, []byte(base64.StdEncoding.EncodeToString([]byte(testkit.MailPassword))))
}

func TestMailIsSentOverTLS(t *testing.T) {
	for _, how := range []string{"starttls", "tls"} {
		t.Run(how, func(t *testing.T) {
			server := testkit.SMTPSignedIn(t, how)
			o := open(t, testkit.SQLiteStore(t), func(c *notice.MailConfig) {
				s := signsIn(server, how)
				c.Server, c.User, c.Password, c.TLS, c.TLSConfig = s.Server, s.User, s.Password, s.TLS, s.TLSConfig
			})
			o.tell(invitation(1))
			if m := server.Next(t); m.To[0] != "zhenli@office.test" {
				t.Errorf("to %v", m.To)
			}
			if d := o.until(settled); d.Status != notice.Sent {
				t.Errorf("%+v", d)
			}
			if tells(server) || bytes.Contains(server.Heard(), []byte("zhenli@office.test")) {
				t.Error("password or receiver could be read on the line")
			}
		})
	}
}

func TestAMailServerNotToBeTrustedIsToldNothing(t *testing.T) {
	for _, how := range []string{"starttls", "tls"} {
		t.Run(how, func(t *testing.T) {
			server := testkit.SMTPSignedIn(t, how)
			strange := signsIn(server, how)
			strange.TLSConfig = nil // the system's authorities
			var untrusted *tls.CertificateVerificationError
			if err := notice.CheckServer(t.Context(), strange); !errors.As(err, &untrusted) {
				t.Errorf("an authority that nobody knows: %v", err)
			}
			misnamed := signsIn(server, how)
			misnamed.TLSConfig.ServerName = "mail.elsewhere.test"
			if err := notice.CheckServer(t.Context(), misnamed); !errors.As(err, &untrusted) {
				t.Errorf("a certificate for another name: %v", err)
			}
			o := open(t, testkit.SQLiteStore(t), func(c *notice.MailConfig) {
				c.Server, c.User, c.Password, c.TLS = strange.Server, strange.User, strange.Password, strange.TLS
			})
			o.tell(invitation(1))
			if d := o.until(func(d delivery) bool { return d.Tries > 0 }); d.Status != notice.Waiting || d.Reason != notice.Untrusted {
				t.Errorf("%+v", d)
			}
			if tells(server) || server.Waiting() > 0 {
				t.Error("it was told something")
			}
		})
	}
}

// Somebody in between may leave STARTTLS out of what the server offers, or the operator may have asked for no encryption.
func TestNoPasswordIsToldInTheOpen(t *testing.T) {
	for _, how := range []string{"starttls", "tls", "none"} {
		server := testkit.SMTPSignedIn(t, "none")
		if err := notice.CheckServer(t.Context(), signsIn(server, how)); err == nil {
			t.Errorf("%s: signed in to a server without encryption", how)
		}
		if tells(server) {
			t.Errorf("%s: the password could be read on the line", how)
		}
	}
}
