package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"slices"
	"sync"
	"time"
)

// How often a server looks whether the machine has got other addresses.
const lookAgain = time.Minute

// Leaves hands out the server's certificate and renews it while the server runs: 30 days before
// its end, and when the machine gets a new address. It is kept in memory alone.
type Leaves struct {
	authority *Authority
	names     func() []string
	now       func() time.Time

	mu     sync.Mutex
	leaf   *tls.Certificate
	covers []string
	looked time.Time
}

// Leaves makes certificates for the names that names returns.
func (a *Authority) Leaves(names func() []string) *Leaves {
	return &Leaves{authority: a, names: names, now: time.Now}
}

// TLS is the configuration for a listener.
func (l *Leaves) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.Current() },
	}
}

// Current is a certificate that is valid now for the present names.
func (l *Leaves) Current() (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.leaf != nil && now.Sub(l.looked) < lookAgain && now.After(l.looked.Add(-lookAgain)) {
		return l.leaf, nil
	}
	names := l.names()
	slices.Sort(names)
	names = slices.Compact(names)
	if l.leaf == nil || now.After(l.leaf.Leaf.NotAfter.Add(-renewBefore)) || now.Before(l.leaf.Leaf.NotBefore) || !slices.Equal(names, l.covers) {
		leaf, err := l.authority.issue(names, now)
		if err != nil {
			return nil, err
		}
		l.leaf, l.covers = leaf, names
	}
	l.looked = now
	return l.leaf, nil
}

func (a *Authority) issue(names []string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Wozai"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
