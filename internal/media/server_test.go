package media_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"wozai/internal/media"
	"wozai/internal/media/mediatest"
)

// TestRunAsAParent is the other process of TestTheChildDiesWithItsParent: a server that is killed.
func TestRunAsAParent(t *testing.T) {
	if os.Getenv("WOZAI_TEST_MEDIA_PARENT") == "" {
		return // only as the other process
	}
	server, err := media.Start(t.Context(), mediatest.ServerConfig())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("address %s\n", server.AsExternal().URL)
	select {} // until killed
}

func TestTheChildDiesWithItsParent(t *testing.T) {
	parent := exec.Command(os.Args[0], "-test.run=^TestRunAsAParent$", "-test.v")
	parent.Env = append(os.Environ(), "WOZAI_TEST_MEDIA_PARENT=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = parent.Process.Kill(); _ = parent.Wait() }()
	var address string
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		if _, found, ok := strings.Cut(lines.Text(), "address http://"); ok {
			address = found
		}
	}
	// An open connection to the child ends when the child does, whoever collects it.
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	killed := time.Now()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(mediatest.Patience))
	var timeout net.Error
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("the child outlived its parent: %v", err)
	}
	t.Logf("gone %v after its parent", time.Since(killed))
}

// Where the kernel does not help, the end of its input tells the child.
func TestTheChildEndsWithItsInput(t *testing.T) {
	server := mediatest.Start(t)
	pid := server.Pid()
	ctx, cancel := context.WithTimeout(t.Context(), mediatest.Patience)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Fatalf("the child (%d) had to be killed: %v", pid, err)
	}
	if server.Pid() != 0 {
		t.Errorf("there is a child %d after Stop", server.Pid())
	}
	if err := server.Health(t.Context()); err == nil {
		t.Error("healthy without a child")
	}
}

func TestTheSecretIsNotInTheProcessTable(t *testing.T) {
	server := mediatest.Start(t)
	secret := server.AsExternal().Secret
	for _, file := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", server.Pid(), file))
		if errors.Is(err, os.ErrNotExist) {
			t.Skip("no /proc here")
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), secret) {
			t.Errorf("the secret is in %s", file)
		}
	}
}

func TestAChildThatCannotStartSaysSo(t *testing.T) {
	config := mediatest.ServerConfig()
	config.Command = []string{"/does/not/exist"}
	if _, err := media.Start(t.Context(), config); err == nil || !strings.Contains(err.Error(), "/does/not/exist") {
		t.Errorf("%v, want an error that names the command", err)
	}
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config = mediatest.ServerConfig()
	config.TCPPort = taken.Addr().(*net.TCPAddr).Port
	if _, err := media.Start(t.Context(), config); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("%v, want an error that says the port is in use", err)
	}
}

func TestTheSignallingPortIsForThisMachineOnly(t *testing.T) {
	server := mediatest.Start(t)
	ip := media.LocalIP()
	if ip == "127.0.0.1" {
		t.Skip("this machine has no other address")
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.AsExternal().URL, "http://"))
	if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip, port), time.Second); err == nil {
		_ = conn.Close()
		t.Error("the SFU's API can be reached from other machines")
	}
}

func TestStopInterruptsAChildThatHangs(t *testing.T) {
	server, err := media.Start(t.Context(), mediatest.ServerConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(server.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := server.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want to be told that it was killed", err)
	}
	if server.Pid() != 0 {
		t.Error("it still runs")
	}
}
