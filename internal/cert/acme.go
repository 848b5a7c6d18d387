package cert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
)

// ACME says how a certificate is got, kept and renewed.
type ACME struct {
	Domain    string
	Directory string // of the authority's API; "": Let's Encrypt
	Roots     string // file (PEM) with what the authority's own API is trusted by; "": the system's
	Email     string // where the authority may write; may be empty
	Dir       string // where account and certificates are kept, also over a restart
	Port      int    // ours; the authority connects to 443, which leads here
	Log       *slog.Logger
}

// Manage gets a certificate in the background, at once when none is kept, and renews it in good time until ctx ends. Until
// it has come, handshakes fail. Why an attempt failed is logged, in words that say what to do; the next follows by itself.
func (a ACME) Manage(ctx context.Context) (*tls.Config, error) {
	issuer := certmagic.ACMEIssuer{
		CA: a.Directory, Email: a.Email, Agreed: true, Logger: zap.NewNop(),
		// The authority is answered on the port that is open anyway (TLS-ALPN-01); port 80 is not needed.
		DisableHTTPChallenge: true, AltTLSALPNPort: a.Port,
	}
	if a.Directory == "" {
		issuer.CA = certmagic.LetsEncryptProductionCA
	}
	if a.Roots != "" {
		pem, err := os.ReadFile(a.Roots)
		if err != nil {
			return nil, err
		}
		issuer.TrustedRoots = x509.NewCertPool()
		if !issuer.TrustedRoots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", a.Roots)
		}
	}
	var config *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return config, nil }, Logger: zap.NewNop(),
	})
	context.AfterFunc(ctx, cache.Stop)
	config = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: a.Dir}, Logger: zap.NewNop(), OnEvent: a.tell,
	})
	config.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(config, issuer)}
	if err := config.ManageAsync(ctx, []string{a.Domain}); err != nil {
		return nil, fmt.Errorf("certificate for %s: %w", a.Domain, err)
	}
	t := config.TLSConfig()
	t.MinVersion = tls.VersionTLS12
	t.NextProtos = append([]string{"h2", "http/1.1"}, t.NextProtos...)
	return t, nil
}

// tell logs what becomes of the certificate.
func (a ACME) tell(_ context.Context, event string, data map[string]any) error {
	switch event {
	case "cert_obtained":
		a.Log.Info("a certificate has come", "domain", a.Domain)
	case "cached_managed_cert":
		a.Log.Info("the certificate is in use", "domain", a.Domain)
	case "cert_failed":
		err, _ := data["error"].(error)
		a.Log.Error("there is no certificate yet; trying again by itself", "domain", a.Domain, "why", a.explain(err), "error", err)
	}
	return nil
}

// explain words the failures that an operator can mend.
func (a ACME) explain(err error) string {
	var problem acme.Problem
	if !errors.As(err, &problem) {
		return "the certificate authority cannot be reached from this machine, or is not trusted by it"
	}
	switch strings.TrimPrefix(problem.Type, "urn:ietf:params:acme:error:") {
	case "dns":
		return "the name does not lead anywhere: let a DNS record (A or AAAA) for it name this machine's public address"
	case "connection", "tls", "unauthorized":
		return "the authority did not reach this server under the name: port 443 of the address in DNS must lead here, and TLS must not end before"
	case "rateLimited":
		return "the authority has issued too many certificates for this name lately; the next attempts wait"
	case "rejectedIdentifier", "caa":
		return "the authority does not issue certificates for this name"
	}
	return "the certificate authority refused"
}

// Kept is the certificate that Manage last kept for domain in dir, nil for none.
func Kept(dir, domain string) *x509.Certificate {
	files, _ := filepath.Glob(filepath.Join(dir, "certificates", "*", domain, domain+".crt"))
	var newest *x509.Certificate
	for _, file := range files {
		if c := Read(file); c != nil && (newest == nil || c.NotAfter.After(newest.NotAfter)) {
			newest = c
		}
	}
	return newest
}
