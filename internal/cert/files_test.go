package cert

import (
	"crypto/tls"
	"os"
	"testing"
	"time"

	"wozai/internal/testkit"
)

func TestFilesAreReadAgainWhenTheyChange(t *testing.T) {
	first, second := testkit.NewCertificate(t, "wozai.test"), testkit.NewCertificate(t, "wozai.test")
	if _, err := Files(first.CertFile, second.KeyFile); err == nil {
		t.Error("a key that belongs to another certificate")
	}
	config, err := Files(first.CertFile, first.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	shows := func(want *testkit.Certificate, what string) {
		t.Helper()
		got, err := config.GetCertificate(&tls.ClientHelloInfo{})
		if err != nil || !got.Leaf.Equal(want.Leaf) {
			t.Errorf("%s: %v", what, err)
		}
	}
	replace := func(from, to string) {
		t.Helper()
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, content, 0o600)
		}
		if err == nil {
			later := time.Now().Add(time.Hour)
			err = os.Chtimes(to, later, later)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	shows(first, "at first")
	replace(second.CertFile, first.CertFile)
	shows(first, "while one of the two is new")
	replace(second.KeyFile, first.KeyFile)
	shows(second, "when both are")
}
