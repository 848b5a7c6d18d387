package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// child keeps one media process running.
type child struct {
	server  *Server
	wished  ServerConfig
	config  ChildConfig
	command []string

	done     chan struct{} // closed when the supervisor has ended
	stopping chan struct{} // closed to make it end
	stopOnce sync.Once

	mu      sync.Mutex
	process *os.Process
	stdin   io.Closer
	failure error
}

func newChild(s *Server, config ServerConfig) (*child, error) {
	command, err := config.command()
	if err != nil {
		return nil, err
	}
	c := &child{server: s, wished: config, command: command, done: make(chan struct{}), stopping: make(chan struct{})}
	return c, c.configure()
}

// configure chooses what the operator left open. Once the child has been up this must not change any more: clients and
// the firewall know the ports.
func (c *child) configure() error {
	config, err := c.server.childConfig(c.wished)
	if err != nil {
		return err
	}
	c.config = config
	c.server.base = &url.URL{Scheme: "http", Host: net.JoinHostPort(loopback, strconv.Itoa(config.HTTPPort))}
	return nil
}

const (
	restartPause    = 20 * time.Millisecond // before the second attempt; doubles up to restartPauseMax
	restartPauseMax = 2 * time.Second
	steadyAfter     = 5 * time.Second // a child that lived this long starts again without a pause
	firstAttempts   = 5               // to come up at all: a port may have been taken between choosing and using it
)

// supervise runs child after child until stop. It holds its operating-system thread, because the kernel kills the child
// when the thread that started it ends, not when the process does.
func (c *child) supervise() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	pause := restartPause
	again := false
	for attempt := 1; ; attempt++ {
		began := time.Now()
		wasUp, err := c.runOnce(again)
		again = again || wasUp
		c.server.setDown()
		select {
		case <-c.stopping:
			return
		default:
		}
		c.setFailure(err)
		if !again {
			if attempt == firstAttempts {
				return
			}
			if err := c.configure(); err != nil {
				c.setFailure(err)
				return
			}
		}
		c.server.log.Warn("the media process ended and is started again", "after", time.Since(began).Round(time.Millisecond), "error", err)
		if time.Since(began) > steadyAfter {
			pause = restartPause
			continue
		}
		if wasUp && pause == restartPause {
			pause *= 2
			continue // the first death is most often a single one
		}
		select {
		case <-time.After(pause):
		case <-c.stopping:
			return
		}
		pause = min(2*pause, restartPauseMax)
	}
}

// runOnce starts a child, opens the gate when it answers, and returns when it has ended.
func (c *child) runOnce(again bool) (wasUp bool, err error) {
	cmd := exec.Command(c.command[0], c.command[1:]...)
	cmd.Env = append(os.Environ(), c.wished.Env...)
	cmd.SysProcAttr = dieWithParent()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return false, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("start the media process: %w", err)
	}
	c.mu.Lock()
	c.process, c.stdin = cmd.Process, stdin
	c.mu.Unlock()
	select { // a stop that came while we started found no process to end
	case <-c.stopping:
		_ = stdin.Close()
	default:
	}
	said := make(chan string, 1)
	go func() { said <- forward(c.server.log, stderr) }()
	if _, err := stdin.Write(c.config.line()); err != nil {
		c.server.log.Debug("the media process did not take its configuration", "error", err)
	}

	ended := make(chan error, 1)
	go func() {
		last := <-said // its output has to be read to the end first
		err := cmd.Wait()
		if err != nil && last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
		ended <- err
	}()
	defer func() {
		c.mu.Lock()
		c.process, c.stdin = nil, nil
		c.mu.Unlock()
	}()
	answers := time.NewTicker(5 * time.Millisecond)
	defer answers.Stop()
	for {
		select {
		case err := <-ended:
			return wasUp, err
		case <-answers.C:
			if !wasUp && c.answers() {
				wasUp = true
				answers.Stop()
				c.server.setUp(again)
			}
		}
	}
}

// answers reports whether the child serves HTTP.
func (c *child) answers() bool {
	client := http.Client{Timeout: time.Second}
	response, err := client.Get(c.server.base.String() + "/")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop asks the child to end by closing its input, and the supervisor not to start another.
func (c *child) stop() {
	c.stopOnce.Do(func() { close(c.stopping) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stdin != nil {
		_ = c.stdin.Close()
	}
}

func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		_ = c.process.Kill()
	}
}

func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil {
		return 0
	}
	return c.process.Pid
}

func (c *child) setFailure(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		err = errors.New("it ended without saying why")
	}
	c.failure = err
}

func (c *child) lastError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// forward passes on what the child says. It scrubs its lines itself (package sfu); a line that is not one of them says why
// it ends, be it an error of ours or a panic. The first of those is returned.
func forward(log *slog.Logger, from io.Reader) (reason string) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "{") {
			log.Info("media process", "line", lines.Text())
			continue
		}
		if reason == "" {
			reason = lines.Text()
		}
		log.Warn("media process", "line", lines.Text())
	}
	_, _ = io.Copy(io.Discard, from)
	return reason
}
