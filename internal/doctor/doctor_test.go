package doctor_test

import (
	"testing"

	"wozai/internal/config"
	"wozai/internal/doctor"
	"wozai/internal/testkit"
)

func finds(t *testing.T, c config.Server, key string) bool {
	t.Helper()
	for _, f := range doctor.Run(t.Context(), c) {
		if f.Key == key {
			return true
		}
	}
	return false
}

func TestWhereFilesAreKeptIsAskedFor(t *testing.T) {
	c := config.Server{Data: t.TempDir(), Addr: "127.0.0.1:0", Blob: testkit.S3(t)}
	if !finds(t, c, "files") {
		t.Error("a bucket that is there")
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	if !finds(t, c, "files_unreachable") {
		t.Error("a bucket that does not let us in")
	}
}

func TestTheMailServerIsAsked(t *testing.T) {
	for server, key := range map[*testkit.MailServer]string{
		testkit.SMTP(t): "mail", testkit.SMTPSignedIn(t, "tls"): "mail_untrusted",
	} {
		c := config.Server{Data: t.TempDir(), Addr: "127.0.0.1:0", SMTP: server.Addr, SMTPFrom: "wozai@office.test", SMTPTLS: "none"}
		if key == "mail_untrusted" {
			c.SMTPTLS = "tls"
		}
		if !finds(t, c, key) {
			t.Errorf("no %s", key)
		}
	}
}
