// Package cert makes HTTPS possible where nobody gives out certificates: an authority of the
// installation's own, made at the first start, whose certificate people install once on their
// phone or computer. Browsers give camera and microphone to HTTPS only.
package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
	backdate      = 24 * time.Hour // a phone's clock may be behind

	keyName  = "ca.key"
	certName = "ca.crt"
)

// Authority signs the certificates of one installation.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Open reads the authority kept in dir, or makes one (ECDSA P-256, ten years) when there is
// none. The key file is 0600; whoever has it can pretend to be any site towards everybody who
// trusts this authority.
func Open(dir string) (*Authority, error) {
	keyPEM, err := os.ReadFile(filepath.Join(dir, keyName))
	if errors.Is(err, os.ErrNotExist) {
		return create(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("internal authority: %w", err)
	}
	certPEM, err := os.ReadFile(filepath.Join(dir, certName))
	if err != nil {
		return nil, fmt.Errorf("internal authority: %w", err)
	}
	a := &Authority{}
	if a.key, err = parseKey(keyPEM); err != nil {
		return nil, fmt.Errorf("internal authority: %s: %w", keyName, err)
	}
	block, _ := pem.Decode(certPEM)
	if block == nil {
		return nil, fmt.Errorf("internal authority: %s holds no certificate", certName)
	}
	if a.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, fmt.Errorf("internal authority: %s: %w", certName, err)
	}
	if pub, ok := a.cert.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(&a.key.PublicKey) {
		return nil, fmt.Errorf("internal authority: %s and %s do not belong together", certName, keyName)
	}
	return a, nil
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("holds no key")
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("holds no readable key") // the error would quote it
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("is of another kind")
	}
	return key, nil
}

func create(dir string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	// Two installations' authorities must be told apart in a phone's list.
	name := "Wozai " + rand.Text()[:6]
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name, Organization: []string{"Wozai"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, // it can sign nothing but sites
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("internal authority: %w", err)
	}
	// The key last: it is what Open looks for.
	if err := errors.Join(
		write(filepath.Join(dir, certName), 0o644, &pem.Block{Type: "CERTIFICATE", Bytes: der}),
		write(filepath.Join(dir, keyName), 0o600, &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	); err != nil {
		return nil, fmt.Errorf("internal authority: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	return &Authority{cert: c, key: key}, err
}

func write(path string, mode os.FileMode, block *pem.Block) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".cert-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // renamed, or of no use
	err = errors.Join(pem.Encode(f, block), f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // crypto/rand never fails (Go 1.24)
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// Name is what a phone's list of authorities calls it.
func (a *Authority) Name() string { return a.cert.Subject.CommonName }

// DER is the authority's certificate, for phones to install.
func (a *Authority) DER() []byte { return a.cert.Raw }

// NotAfter is when people have to install a new one.
func (a *Authority) NotAfter() time.Time { return a.cert.NotAfter }

// Fingerprint is the certificate's SHA-256 in pairs of digits, for people to compare.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, " ")
}

// LocalNames lists what this machine is called by others on its network: its host name, its
// addresses, and localhost; extra names come first.
func LocalNames(extra ...string) []string {
	var names []string
	for _, n := range extra {
		if n != "" {
			names = append(names, n)
		}
	}
	names = append(names, "localhost", "127.0.0.1", "::1")
	if h, err := os.Hostname(); err == nil && h != "" && validHost(h) {
		names = append(names, h)
		if !strings.Contains(h, ".") {
			names = append(names, h+".local")
		}
	}
	addresses, _ := net.InterfaceAddrs() // none is an answer too
	for _, address := range addresses {
		if n, ok := address.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			names = append(names, n.IP.String())
		}
	}
	return names
}

// validHost keeps a name that x509 would refuse from spoiling the whole certificate.
func validHost(h string) bool {
	return strings.Trim(h, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}
