package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// browser is one device: its session and the requests it makes. All share connections as a proxy in front would.
type browser struct {
	base   string
	cookie string
	client *http.Client
}

func newTransport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 4096, MaxIdleConns: 4096, IdleConnTimeout: time.Minute}
}

func (b *browser) request(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "wozai-bench")
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return b.client.Do(r)
}

// call sends in as JSON and reads the answer into out; either may be nil. Anything but 2xx is an error.
func (b *browser) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	return b.send(ctx, method, path, body, out)
}

func (b *browser) send(ctx context.Context, method, path string, body io.Reader, out any) error {
	response, err := b.request(ctx, method, "/api/v1"+path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(raw[:min(len(raw), 400)]))
	}
	for _, c := range response.Cookies() {
		b.cookie = c.Name + "=" + c.Value
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (b *browser) signIn(ctx context.Context, p *program, role string) error {
	for _, s := range p.demo.SignIns {
		if s.Role == role {
			return b.call(ctx, "POST", "/session", map[string]string{"login": s.Login, "password": s.Password}, nil)
		}
	}
	return fmt.Errorf("the demonstration has no %s", role)
}

// device is a text of the kind that browsers make up and keep.
func device() string { return strings.ToLower(rand.Text()) }
