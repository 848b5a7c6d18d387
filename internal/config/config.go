// Package config says what can be configured: by flags, by environment (WOZAI_…) and by a file
// (--config, YAML, the flags' names as keys), in this order of precedence.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // a bare container has none
)

// Server configures `wozai serve` and `wozai demo`. Everything has a default that works on one machine.
type Server struct {
	Addr      string `help:"Address to listen on." default:"localhost:8080" placeholder:"HOST:PORT"`
	Data      string `help:"Directory for the database, files and keys." default:"data" type:"path" placeholder:"DIR"`
	DB        string `help:"PostgreSQL address (postgres://…); without it, SQLite in the data directory." name:"db" env:"WOZAI_DB" placeholder:"URL"`
	KeyFile   string `help:"Master key file; generated in the data directory when absent." type:"path" placeholder:"FILE"`
	PublicURL string `help:"Address people type, e.g. https://wozai.example.org; needed when it is not localhost." name:"public-url" placeholder:"URL"`

	Timezone string `help:"Time zone of the organisation, e.g. Asia/Shanghai; the one chosen at the first run when empty." name:"timezone" placeholder:"ZONE"`
	Calendar string `help:"File of days off and days worked in exchange, a day a line (2026-02-15 off 春节); of the years it names it decides, of others what is known of China's public holidays." name:"calendar" type:"path" placeholder:"FILE"`

	Domain        string `help:"Get a certificate for this name by ACME; its port 443 must lead here." placeholder:"NAME" group:"TLS"`
	ACMEDirectory string `help:"Certificate authority to ask with --domain; Let's Encrypt when empty." name:"acme-directory" placeholder:"URL" group:"TLS"`
	ACMERoots     string `help:"What that authority's own address is trusted by (PEM), for one on an internal network." name:"acme-roots" type:"path" placeholder:"FILE" group:"TLS"`
	ACMEEmail     string `help:"Where that authority may write; may be empty." name:"acme-email" placeholder:"ADDRESS" group:"TLS"`
	TLSCert       string `help:"Certificate file (PEM); read again when it changes." name:"tls-cert" type:"path" placeholder:"FILE" group:"TLS"`
	TLSKey        string `help:"Key file (PEM)." name:"tls-key" type:"path" placeholder:"FILE" group:"TLS"`
	TLSSelf       bool   `help:"Make an internal certificate authority and serve HTTPS with it; phones are shown how to trust it." name:"tls-self" group:"TLS"`

	MediaURL     string `help:"Use this LiveKit (ws://… or wss://…) instead of the built-in one; set room.enable_remote_unmute there." name:"media-url" placeholder:"URL" group:"Media"`
	MediaKey     string `help:"API key of that LiveKit." name:"media-key" env:"WOZAI_MEDIA_KEY" group:"Media"`
	MediaSecret  string `help:"API secret of that LiveKit; better given by environment." name:"media-secret" env:"WOZAI_MEDIA_SECRET" group:"Media"`
	MediaIP      string `help:"Address that browsers reach the media on; found by itself when empty." name:"media-ip" placeholder:"IP" group:"Media"`
	MediaUDPPort int    `help:"UDP port of the media; 0 picks one." name:"media-udp-port" default:"7882" group:"Media"`
	MediaRelay   string `help:"HOST:PORT at which browsers reach this server by TLS, for media where only HTTPS gets through (TURN); off for none. Found by itself where this server has the certificate; needed where TLS ends before it." name:"media-relay" placeholder:"HOST:PORT" group:"Media"`
	MediaTCPPort int    `help:"TCP port of the media for networks without UDP; 0 picks one." name:"media-tcp-port" default:"7881" group:"Media"`

	SMTP         string `help:"Mail server HOST:PORT; without it no e-mail is sent." name:"smtp" placeholder:"HOST:PORT" group:"Mail"`
	SMTPUser     string `help:"User name at the mail server." name:"smtp-user" env:"WOZAI_SMTP_USER" group:"Mail"`
	SMTPPassword string `help:"Password at the mail server; better given by environment." name:"smtp-password" env:"WOZAI_SMTP_PASSWORD" group:"Mail"`
	SMTPFrom     string `help:"Sender of mails." name:"smtp-from" default:"wozai@localhost" group:"Mail"`
	SMTPTLS      string `help:"TLS towards the mail server: starttls, tls or none." name:"smtp-tls" default:"starttls" enum:"starttls,tls,none" group:"Mail"`
	SMTPQuiet    string `help:"Hours in which mails wait unless they are urgent, e.g. 22:00-07:00; none when empty." name:"smtp-quiet" placeholder:"FROM-TO" group:"Mail"`

	Blob string `help:"Where files are kept: a gocloud.dev/blob address such as s3://bucket; the data directory when empty." placeholder:"URL"`

	MetricsPublic bool   `help:"Let anybody read /metrics; otherwise only this machine, or whoever has the token." name:"metrics-public" group:"Metrics"`
	MetricsToken  string `help:"Token that lets a monitor on another machine read /metrics (Authorization: Bearer …)." name:"metrics-token" env:"WOZAI_METRICS_TOKEN" group:"Metrics"`
	PprofAddr     string `help:"Serve Go's profiles of this program here (/debug/pprof/), on this machine alone; not at all when empty." name:"pprof-addr" placeholder:"127.0.0.1:PORT" group:"Metrics"`

	LogFormat string `help:"text or json." default:"text" enum:"text,json"`
	LogLevel  string `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`
}

// Database is the address that db.Open takes.
func (s *Server) Database() string {
	if s.DB != "" {
		return s.DB
	}
	return filepath.Join(s.Data, "wozai.db")
}

// Secure reports whether browsers come by HTTPS.
func (s *Server) Secure() bool {
	return s.Domain != "" || s.TLSCert != "" || s.TLSSelf || strings.HasPrefix(s.PublicURL, "https://")
}

// Relays reports whether media may come on the port of the site, for networks that let nothing else through.
func (s *Server) Relays() bool {
	if s.MediaURL != "" || s.MediaRelay == "off" {
		return false
	}
	return s.MediaRelay != "" || s.Domain != "" || s.TLSCert != "" || s.TLSSelf
}

// Check finds contradictions before anything is opened.
func (s *Server) Check() error {
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return fmt.Errorf("--tls-cert and --tls-key go together")
	}
	if n := count(s.Domain != "", s.TLSCert != "", s.TLSSelf); n > 1 {
		return fmt.Errorf("choose one of --domain, --tls-cert and --tls-self")
	}
	if s.MediaURL != "" && (s.MediaKey == "" || s.MediaSecret == "") {
		return fmt.Errorf("--media-url needs --media-key and --media-secret")
	}
	if s.MediaIP != "" {
		for ip := range strings.SplitSeq(s.MediaIP, ",") {
			if net.ParseIP(strings.TrimSpace(ip)) == nil {
				return fmt.Errorf("--media-ip must be an address like 203.0.113.5, or two, IPv4 and IPv6, with a comma")
			}
		}
	}
	if s.Domain == "" && (s.ACMEDirectory != "" || s.ACMERoots != "" || s.ACMEEmail != "") {
		return fmt.Errorf("--acme-directory, --acme-roots and --acme-email go with --domain")
	}
	if s.MediaRelay != "" && s.MediaRelay != "off" {
		if host, port, err := net.SplitHostPort(s.MediaRelay); err != nil || host == "" || port == "" {
			return fmt.Errorf("--media-relay must look like wozai.example.org:443, or be off")
		}
		if s.MediaURL != "" {
			return fmt.Errorf("--media-relay is for the built-in media server; with --media-url, set TURN up in that LiveKit")
		}
	}
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/" {
			return fmt.Errorf("--public-url must look like https://wozai.example.org")
		}
		s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	}
	if _, err := Zone(s.Timezone); s.Timezone != "" && err != nil {
		return fmt.Errorf("--timezone must be a name like Asia/Shanghai")
	}
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		return fmt.Errorf("--addr must look like localhost:8080 or :8080")
	}
	if s.PprofAddr != "" {
		host, _, err := net.SplitHostPort(s.PprofAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("--pprof-addr must look like 127.0.0.1:6060: profiles are for this machine alone")
		}
	}
	return nil
}

func count(bs ...bool) (n int) {
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}

// Zone finds a time zone by its name in the IANA database; "" and "Local" name none.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("not a time zone")
	}
	return time.LoadLocation(name)
}
