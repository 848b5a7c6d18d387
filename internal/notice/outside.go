package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"wozai/internal/fault"
)

// Outside speaks with servers whose addresses people enter: over HTTPS and nothing else, at public
// addresses or at hosts that the operator named. Where a name leads is looked at when the connection is
// made, so a name that changes its mind leads nowhere. It follows nobody elsewhere, uses no proxy, and
// keeps no more of an answer than its beginning.
type Outside struct {
	hosts  []string
	client *http.Client
}

// NewOutside makes the way out. hosts are those of one's own network that may be spoken with besides, as
// "host" or "host:port". trust is nil for the system's authorities.
func NewOutside(hosts []string, trust *tls.Config) *Outside {
	o := &Outside{hosts: hosts}
	o.client = &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: o.dial, TLSClientConfig: trust, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
			ResponseHeaderTimeout: 15 * time.Second, MaxResponseHeaderBytes: 32 << 10, MaxConnsPerHost: 4, IdleConnTimeout: time.Minute,
		},
	}
	return o
}

// Do sends a request (it is what webpush.HTTPClient asks for).
func (o *Outside) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, errors.New("outside: not https")
	}
	return o.client.Do(r)
}

// Check complains about an address that may not be spoken with.
func (o *Outside) Check(c *fault.Check, field, address string) (host string) {
	u, err := url.Parse(address)
	ok := err == nil && len(address) <= 2000 && u.Scheme == "https" && u.User == nil && u.Hostname() != "" && u.Fragment == ""
	if ok && !o.named(u.Host) {
		ip, err := netip.ParseAddr(u.Hostname())
		ok = (u.Port() == "" || u.Port() == "443") && (err != nil && strings.Contains(u.Hostname(), ".") || err == nil && public(ip))
	}
	if !ok {
		c.Add(field, "outside_address")
		return ""
	}
	return u.Hostname()
}

// named reports that the operator named a host, alone or with its port.
func (o *Outside) named(host string) bool {
	name, _, err := net.SplitHostPort(host)
	return slices.Contains(o.hosts, host) || err == nil && slices.Contains(o.hosts, name)
}

func (o *Outside) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if !o.named(address) {
		d.Control = func(_, where string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(where)
			if err != nil || !public(at.Addr()) {
				return fmt.Errorf("outside: not a public address")
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, address)
}

// What looks public to netip and is not: shared, documented, reserved, or another address in disguise.
var reserved = func() (out []netip.Prefix) {
	for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && ip.Zone() == "" && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// judgeOutside tells why nothing came back.
func judgeOutside(err error) string {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return Untrusted
	}
	return Unreachable
}
