package testkit

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program builds one of the servers of test/servers, once, and returns its path.
func program(t testing.TB, name string) string {
	t.Helper()
	list, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
	mod := filepath.Join(filepath.Dir(strings.TrimSpace(string(list))), "test/servers/go.mod")
	var said bytes.Buffer
	build := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+mod, "-n", name)
	build.Stderr = &said
	path, err := build.Output()
	if err != nil {
		t.Fatalf("testkit: build %s: %v\n%s", name, err, said.Bytes())
	}
	return strings.TrimSpace(string(path))
}

// serve runs a command until the test ends, and returns once something answers at url.
func serve(t testing.TB, url string, client *http.Client, env []string, name string, args ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(program(t, name), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("testkit: %s: %v", name, err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed below, or it says itself why
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said.Bytes())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		if r, err := client.Get(url); err == nil {
			_ = r.Body.Close()
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("testkit: %s does not answer: %v", name, err)
		}
		select {
		case <-ended:
			t.Fatalf("testkit: %s has ended", name)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freeAddr is an address on this machine where nobody listens.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
	defer l.Close() //nolint:errcheck // nobody came
	return l.Addr().String()
}

// S3 starts an S3 server with one empty bucket for the length of the test, and returns what --blob takes. It sets the
// environment variables by which its users sign in.
func S3(t testing.TB) string {
	t.Helper()
	const key, secret, bucket = "wozai-test", "wozai-test-secret", "papers"
	addr, dir := freeAddr(t), t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "gateway", bucket), 0o700); err != nil {
		t.Fatalf("testkit: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "about"), 0o700); err != nil {
		t.Fatalf("testkit: %v", err)
	}
	serve(t, "http://"+addr, http.DefaultClient, []string{"ROOT_ACCESS_KEY=" + key, "ROOT_SECRET_KEY=" + secret},
		"versitygw", "--port", addr, "--quiet", "posix", "--sidecar", filepath.Join(dir, "about"), filepath.Join(dir, "gateway"))
	t.Setenv("AWS_ACCESS_KEY_ID", key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_REGION", "us-east-1")
	return fmt.Sprintf("s3://%s?endpoint=http://%s&use_path_style=true", bucket, addr)
}
