// Package doctor looks an installation over: what is well, what to mind, what is broken and what
// to do about it. It changes nothing and may run beside the server.
package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"wozai/internal/blob"
	"wozai/internal/cert"
	"wozai/internal/config"
	"wozai/internal/db"
	"wozai/internal/notice"
	"wozai/internal/words"
)

// How a finding is.
const (
	Well   = "well"
	Mind   = "mind"   // works, and deserves a look
	Broken = "broken" // does not work
)

// Finding is one line: words "doctor.<Key>" with parameters.
type Finding struct {
	State  string
	Key    string
	Params map[string]any
}

// Text words a finding.
func (f Finding) Text(lang string) string { return words.T(lang, "doctor."+f.Key, f.Params) }

type doctor struct {
	config   config.Server
	findings []Finding
	running  bool
}

func (d *doctor) say(state, key string, kv ...any) {
	p := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		p[kv[i].(string)] = kv[i+1]
	}
	d.findings = append(d.findings, Finding{state, key, p})
}

const patience = 5 * time.Second // with anything on the network

// Run looks everything over, in the order in which things depend on one another.
func Run(ctx context.Context, c config.Server) []Finding {
	d := &doctor{config: c}
	for _, look := range []func(context.Context){d.data, d.key, d.database, d.files, d.clock, d.port, d.media, d.certificate, d.public, d.mail} {
		ctx, cancel := context.WithTimeout(ctx, patience)
		look(ctx)
		cancel()
	}
	return d.findings
}

// Space below which the operator is told; a meeting needs little, papers and backups more.
const (
	littleSpace = 2 << 30
	noSpace     = 200 << 20
	slowDisk    = 30 * time.Millisecond // for one commit
)

func (d *doctor) data(context.Context) {
	dir := d.config.Data
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.say(Mind, "data_absent", "dir", dir)
		return
	case err != nil || !info.IsDir():
		d.say(Broken, "data_unusable", "dir", dir)
		return
	case info.Mode().Perm()&0o077 != 0:
		d.say(Mind, "data_open", "dir", dir)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err == nil {
		free := int64(fs.Bavail) * int64(fs.Bsize)
		state, key := Well, "space"
		if free < noSpace {
			state, key = Broken, "space_none"
		} else if free < littleSpace {
			state, key = Mind, "space_little"
		}
		d.say(state, key, "dir", dir, "free", fmt.Sprintf("%.1f", float64(free)/(1<<30)))
	}
	took, err := syncTime(dir)
	switch {
	case err != nil:
		d.say(Broken, "data_readonly", "dir", dir)
	case took > slowDisk:
		d.say(Mind, "disk_slow", "ms", took.Milliseconds())
	default:
		d.say(Well, "disk", "ms", fmt.Sprintf("%.1f", float64(took.Microseconds())/1000))
	}
}

// syncTime is the median of five small writes forced to the disk: what every change waits for.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // a file of ours
	defer f.Close()           //nolint:errcheck // synced each time
	var took []time.Duration
	for range 5 {
		start := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[2], nil
}

// files asks for the bucket; files in the data directory are looked at with it.
func (d *doctor) files(ctx context.Context) {
	if d.config.Blob == "" {
		return
	}
	b, err := blob.Open(ctx, d.config.Blob, d.config.Data)
	if err != nil {
		d.say(Broken, "files_unreachable")
		return
	}
	defer b.Close() //nolint:errcheck // nothing was written
	if there, err := b.IsAccessible(ctx); err != nil || !there {
		d.say(Broken, "files_unreachable")
		return
	}
	d.say(Well, "files")
}

func (d *doctor) key(context.Context) {
	path := d.config.KeyFile
	if path == "" {
		path = filepath.Join(d.config.Data, "master.key")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.say(Mind, "key_absent", "file", path)
	case err != nil:
		d.say(Broken, "key_unreadable", "file", path)
	case info.Mode().Perm()&0o077 != 0:
		d.say(Mind, "key_open", "file", path)
	default:
		d.say(Well, "key", "file", path)
	}
}

func (d *doctor) database(ctx context.Context) {
	if _, err := os.Stat(d.config.Database()); d.config.DB == "" && errors.Is(err, os.ErrNotExist) {
		d.say(Mind, "database_absent")
		return
	}
	have, clock, err := db.Look(ctx, d.config.Database())
	if clock != 0 {
		if skew := time.Until(clock.Std()); skew.Abs() > 2*time.Second {
			d.say(Mind, "database_clock", "seconds", int64(math.Round(skew.Abs().Seconds())))
		}
	}
	if err != nil {
		if clock != 0 {
			d.say(Mind, "database_empty")
		} else {
			d.say(Broken, "database_unreachable")
		}
		return
	}
	newest, err := db.Newest()
	if err != nil {
		d.say(Broken, "database_unreachable")
		return
	}
	for _, v := range have.Migrations {
		if !slices.Contains(newest.Migrations, v) {
			d.say(Broken, "schema_newer", "version", v)
			return
		}
	}
	if len(have.Migrations) < len(newest.Migrations) || have.Jobs < newest.Jobs {
		d.say(Mind, "schema_older")
		return
	}
	d.say(Well, "database", "version", slices.Max(append(have.Migrations, 0)))
}

func (d *doctor) clock(context.Context) {
	switch synchronised, known := clockSynchronised(); {
	case !known:
		d.say(Mind, "clock_unknown", "now", time.Now().Format("2006-01-02 15:04:05 MST"))
	case !synchronised:
		d.say(Mind, "clock_alone", "now", time.Now().Format("2006-01-02 15:04:05 MST"))
	default:
		d.say(Well, "clock", "now", time.Now().Format("2006-01-02 15:04:05 MST"))
	}
}

// port finds out whether the server runs, or could.
func (d *doctor) port(ctx context.Context) {
	host, port, err := net.SplitHostPort(d.config.Addr)
	if err != nil {
		d.say(Broken, "addr_wrong", "addr", d.config.Addr)
		return
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if d.config.Domain != "" || d.config.TLSCert != "" || d.config.TLSSelf {
		scheme = "https"
	}
	if d.get(ctx, scheme+"://"+net.JoinHostPort(host, port)+"/healthz", true) == nil {
		d.running = true
		d.say(Well, "running", "addr", d.config.Addr)
		return
	}
	if l, err := net.Listen("tcp", d.config.Addr); err != nil {
		d.say(Broken, "port_taken", "addr", d.config.Addr)
	} else {
		_ = l.Close()
		d.say(Mind, "not_running", "addr", d.config.Addr)
	}
}

func (d *doctor) media(ctx context.Context) {
	if d.config.MediaURL != "" {
		u := strings.Replace(d.config.MediaURL, "ws", "http", 1)
		if d.get(ctx, u, false) != nil {
			d.say(Broken, "media_unreachable")
		} else {
			d.say(Well, "media_external")
		}
		return
	}
	udp, tcp := d.config.MediaUDPPort, d.config.MediaTCPPort
	if udp == 0 || tcp == 0 {
		d.say(Mind, "media_random")
		return
	}
	var taken []string
	if p, err := net.ListenPacket("udp", ":"+strconv.Itoa(udp)); err != nil {
		taken = append(taken, fmt.Sprintf("UDP %d", udp))
	} else {
		_ = p.Close()
	}
	if l, err := net.Listen("tcp", ":"+strconv.Itoa(tcp)); err != nil {
		taken = append(taken, fmt.Sprintf("TCP %d", tcp))
	} else {
		_ = l.Close()
	}
	switch {
	case d.running && len(taken) == 2:
		d.say(Well, "media", "udp", udp, "tcp", tcp)
	case d.running:
		d.say(Broken, "media_silent", "udp", udp, "tcp", tcp)
	case len(taken) > 0:
		d.say(Broken, "media_taken", "ports", strings.Join(taken, ", "))
	default:
		d.say(Well, "media_free", "udp", udp, "tcp", tcp)
	}
}

func (d *doctor) certificate(context.Context) {
	c := d.config
	switch {
	case c.TLSCert != "":
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			d.say(Broken, "certificate_unreadable", "file", c.TLSCert)
			return
		}
		d.until(pair.Leaf, "certificate")
	case c.TLSSelf:
		if a := d.ownAuthority(); a != nil {
			d.until(a, "authority")
		} else {
			d.say(Mind, "authority_absent")
		}
	case c.Domain != "":
		if kept := cert.Kept(filepath.Join(c.Data, "acme"), c.Domain); kept != nil {
			d.until(kept, "certificate")
		} else {
			d.say(Mind, "certificate_awaited", "domain", c.Domain)
		}
	case !strings.HasPrefix(c.PublicURL, "https://"):
		d.say(Mind, "no_https")
	}
}

func (d *doctor) until(c *x509.Certificate, key string) {
	days := int(time.Until(c.NotAfter).Hours() / 24)
	switch {
	case time.Now().After(c.NotAfter) || time.Now().Before(c.NotBefore):
		d.say(Broken, key+"_expired", "date", c.NotAfter.Format(time.DateOnly))
	case days < 14:
		d.say(Mind, key+"_soon", "days", days)
	default:
		d.say(Well, key, "date", c.NotAfter.Format(time.DateOnly))
	}
}

// ownAuthority reads the certificate only; cert.Open would make one.
func (d *doctor) ownAuthority() *x509.Certificate {
	return cert.Read(filepath.Join(d.config.Data, strings.TrimPrefix(cert.CertificatePath, "/")))
}

func (d *doctor) public(ctx context.Context) {
	address := d.config.PublicURL
	if address == "" && d.config.Domain != "" {
		address = "https://" + d.config.Domain
	}
	if address == "" || !d.running {
		return
	}
	var certificate *tls.CertificateVerificationError
	switch err := d.get(ctx, address+"/healthz", false); {
	case err == nil:
		d.say(Well, "public", "url", address)
	case errors.As(err, &certificate):
		d.say(Broken, "public_certificate", "url", address)
	default:
		d.say(Mind, "public_unreachable", "url", address)
	}
}

func (d *doctor) mail(ctx context.Context) {
	c := d.config
	if c.SMTP == "" {
		d.say(Mind, "no_mail")
		return
	}
	err := notice.CheckServer(ctx, notice.MailConfig{Server: c.SMTP, User: c.SMTPUser, Password: c.SMTPPassword, From: c.SMTPFrom, TLS: c.SMTPTLS})
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		d.say(Broken, "mail_untrusted", "server", c.SMTP)
		return
	case err != nil:
		d.say(Broken, "mail_unreachable", "server", c.SMTP)
		return
	}
	d.say(Well, "mail", "server", c.SMTP)
}

// get asks a server of ours; self skips who it is: the certificate is for another name there.
func (d *doctor) get(ctx context.Context, address string, self bool) error {
	if u, err := url.Parse(address); err != nil || u.Host == "" {
		return fmt.Errorf("not an address")
	}
	t := &tls.Config{InsecureSkipVerify: self} //nolint:gosec // only asks whether somebody answers on this machine
	if a := d.ownAuthority(); a != nil && d.config.TLSSelf {
		if t.RootCAs, _ = x509.SystemCertPool(); t.RootCAs == nil {
			t.RootCAs = x509.NewCertPool()
		}
		t.RootCAs.AddCert(a)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: t, DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answers %d", answer.StatusCode)
	}
	return nil
}
