package testkit_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/wneessen/go-mail"

	"wozai/internal/testkit"
)

func send(t *testing.T, server *testkit.MailServer) error {
	t.Helper()
	host, portText, _ := net.SplitHostPort(server.Addr)
	port, _ := strconv.Atoi(portText)
	m := mail.NewMsg()
	for _, err := range []error{m.From("office@wozai.test"), m.To("lin@wozai.test", "chen@wozai.test")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	m.Subject("请参加周五的组织生活会")
	m.SetBodyString(mail.TypeTextPlain, "星期五 15:00，网上见面。")
	m.AddAlternativeString(mail.TypeTextHTML, "<p>星期五 15:00</p>")
	c, err := mail.NewClient(host, mail.WithPort(port), mail.WithTLSPolicy(mail.NoTLS))
	if err != nil {
		t.Fatal(err)
	}
	return c.DialAndSendWithContext(t.Context(), m)
}

func TestMailArrivesAsItWasSent(t *testing.T) {
	server := testkit.SMTP(t)
	if err := send(t, server); err != nil {
		t.Fatal(err)
	}
	got := server.Next(t)
	if got.From != "office@wozai.test" || strings.Join(got.To, " ") != "lin@wozai.test chen@wozai.test" {
		t.Errorf("envelope: from %s to %v", got.From, got.To)
	}
	if s := got.Header("Subject"); s != "请参加周五的组织生活会" {
		t.Errorf("subject %q", s)
	}
	if s := got.Part("text/plain"); s != "星期五 15:00，网上见面。" {
		t.Errorf("text %q", s)
	}
	if s := got.Part("text/html"); s != "<p>星期五 15:00</p>" {
		t.Errorf("html %q", s)
	}
	if s := got.Part("text/calendar"); s != "" {
		t.Errorf("a part that was not sent: %q", s)
	}
}

func TestARefusedMailDoesNotArrive(t *testing.T) {
	server := testkit.SMTP(t)
	server.Refuse(550, "no such mailbox")
	if err := send(t, server); err == nil || !strings.Contains(err.Error(), "no such mailbox") {
		t.Errorf("the sender was told %v", err)
	}
	if n := server.Waiting(); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
	server.Refuse(0, "")
	if err := send(t, server); err != nil {
		t.Error(err)
	}
	server.Next(t)
}
