package testkit

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// MailServer is a real SMTP server that keeps what it receives.
type MailServer struct {
	Addr  string         // host:port
	Roots *x509.CertPool // what its certificate is trusted by; nil without TLS

	mu       sync.Mutex
	refuse   error
	heard    []byte
	received chan Mail
}

// Who may send through a server that asks for it.
const (
	MailUser     = "office"
	MailPassword = "spring-2020-kept-to-myself"
)

// Mail is one message as it arrived.
type Mail struct {
	From string   // of the envelope
	To   []string // of the envelope
	Raw  []byte
}

// SMTP starts a mail server for the length of the test, without TLS or sign-in.
func SMTP(t testing.TB) *MailServer { return mailServer(t, "none", false) }

// SMTPSignedIn is SMTP for those who sign in as MailUser; how is as in --smtp-tls.
func SMTPSignedIn(t testing.TB, how string) *MailServer { return mailServer(t, how, true) }

func mailServer(t testing.TB, how string, signIn bool) *MailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
	m := &MailServer{Addr: l.Addr().String(), received: make(chan Mail, 10_000)}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		plain := &mailSession{server: m}
		if signIn {
			return &signInSession{mailSession: plain}, nil
		}
		return plain, nil
	}))
	s.AllowInsecureAuth = true // whoever would tell a secret in the open is to be found out
	l = eavesdropped{l, m}
	if how != "none" {
		c := NewCertificate(t, "127.0.0.1")
		m.Roots = c.Roots
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{c.Certificate}}
		if how == "tls" {
			l = tls.NewListener(l, s.TLSConfig)
		}
	}
	s.Domain = "mail.test"
	s.ErrorLog = log.New(t.Output(), "mail server: ", 0)
	s.EnableSMTPUTF8 = true
	s.ReadTimeout, s.WriteTimeout = 10*time.Second, 10*time.Second
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := s.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("testkit: mail server: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-stopped
	})
	return m
}

// Next waits for the next message and fails the test if none comes in ten
// seconds.
func (m *MailServer) Next(t testing.TB) Mail {
	t.Helper()
	select {
	case msg := <-m.received:
		return msg
	case <-time.After(10 * time.Second):
		t.Fatal("testkit: no mail arrived within 10 s")
		return Mail{}
	}
}

// Heard returns every byte that clients sent, as somebody on the line would see it.
func (m *MailServer) Heard() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.heard)
}

// Waiting returns how many messages arrived and were not taken by Next.
func (m *MailServer) Waiting() int { return len(m.received) }

// Refuse answers every recipient with a code and text (450 for later, 550 for
// never) until it is called with code 0.
func (m *MailServer) Refuse(code int, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = nil
	if code != 0 {
		m.refuse = &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	}
}

// Header returns a header field, decoded; "" if it is absent.
func (m Mail) Header(name string) string {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	value, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(name))
	if err != nil {
		return msg.Header.Get(name)
	}
	return value
}

// Part returns the first part of a media type ("text/plain",
// "text/calendar"), decoded; "" if there is none.
func (m Mail) Part(mediaType string) string {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	text, _ := part(mediaType, msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body)
	return text
}

func part(want, contentType, encoding string, body io.Reader) (string, bool) {
	if contentType == "" {
		contentType = "text/plain"
	}
	got, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", false
	}
	if strings.HasPrefix(got, "multipart/") {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			// Raw: NextPart would decode quoted-printable and hide that it did.
			p, err := r.NextRawPart()
			if err != nil {
				return "", false
			}
			if text, ok := part(want, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); ok {
				return text, true
			}
		}
	}
	if got != want {
		return "", false
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return string(text), err == nil
}

type mailSession struct {
	server *MailServer
	mail   Mail
}

func (s *mailSession) Reset()        { s.mail = Mail{} }
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.mail.From = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.refuse != nil {
		return s.server.refuse
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.Raw = raw
	s.server.received <- s.mail
	return nil
}

// signInSession takes mail from whoever has signed in.
type signInSession struct {
	*mailSession
	known bool
}

func (*signInSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *signInSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(_, user, password string) error {
		if user != MailUser || password != MailPassword {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}
	if mechanism != sasl.Plain {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(check), nil
}

func (s *signInSession) Mail(from string, o *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return s.mailSession.Mail(from, o)
}

type eavesdropped struct {
	net.Listener
	server *MailServer
}

func (l eavesdropped) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &eavesdroppedConn{c, l.server}, nil
}

type eavesdroppedConn struct {
	net.Conn
	server *MailServer
}

func (c *eavesdroppedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.heard = append(c.server.heard, b[:n]...)
	return n, err
}
