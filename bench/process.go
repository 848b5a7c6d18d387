package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// program is a running bin/wozai with its media child.
type program struct {
	url   string
	began time.Time
	cmd   *exec.Cmd
	log   *tail
	demo  demoWays

	profiles, pprof string // directory and address; empty without profiles
}

// demoWays is what `wozai demo --print-json` prints.
type demoWays struct {
	URL     string `json:"url"`
	SignIns []struct {
		Role, Login, Password string
	} `json:"sign_ins"`
	MeetingID string `json:"meeting_id"`
	Link      string `json:"link"`
}

// launch starts the program with arguments and does not wait for it. It gets a port of its own, and loopback for media.
func (b *bench) launch(command, data string, more ...string) (*program, error) {
	port, err := freePort("tcp")
	if err != nil {
		return nil, err
	}
	p := &program{url: "http://127.0.0.1:" + strconv.Itoa(port), log: &tail{}}
	args := append([]string{command, "--addr", "127.0.0.1:" + strconv.Itoa(port), "--data", filepath.Join(b.dir, data),
		"--media-ip", "127.0.0.1", "--media-udp-port", "0", "--media-tcp-port", "0", "--log-level", "warn"}, more...)
	if b.profiles != "" {
		debug, err := freePort("tcp")
		if err != nil {
			return nil, err
		}
		p.profiles, p.pprof = b.profiles, "127.0.0.1:"+strconv.Itoa(debug)
		args = append(args, "--pprof-addr", p.pprof)
	}
	if b.postgres != nil && !slices.Contains(more, "--db") {
		dsn, err := b.database()
		if err != nil {
			return nil, err
		}
		args = append(args, "--db", dsn)
	}
	p.cmd = exec.Command(b.binary, args...)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if command == "demo" {
		if err := json.NewDecoder(out).Decode(&p.demo); err != nil {
			p.stop()
			return nil, fmt.Errorf("the demonstration did not start: %w\n%s", err, p.log)
		}
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // what it prints besides
	return p, nil
}

// freePort asks the system for one; it may be taken again before it is used, which the start then says.
func freePort(network string) (int, error) {
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		defer c.Close() //nolint:errcheck // nothing was sent
		return c.LocalAddr().(*net.UDPAddr).Port, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close() //nolint:errcheck // nothing was accepted
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers waits until path answers 200 and returns how long that took since the launch.
func (p *program) answers(ctx context.Context, path string) (time.Duration, error) {
	client := http.Client{Timeout: time.Second}
	for {
		if r, err := client.Get(p.url + path); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return time.Since(p.began), nil
			}
		}
		if time.Since(p.began) > time.Minute {
			return 0, fmt.Errorf("%s does not answer after a minute:\n%s", path, p.log)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// stop ends it as an operator would, and waits for the end.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
}

// profile writes what the server spends its processor time on during the next seconds to a file; it returns at once.
func (p *program) profile(name string, seconds int) {
	if p.pprof == "" {
		return
	}
	go func() {
		r, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.pprof, seconds))
		if err != nil {
			return
		}
		defer r.Body.Close() //nolint:errcheck // read to the end
		if raw, err := io.ReadAll(r.Body); err == nil && r.StatusCode == http.StatusOK {
			_ = os.WriteFile(filepath.Join(p.profiles, name+".pprof"), raw, 0o644)
		}
	}()
}

// mediaPID is the media child's process, 0 while there is none.
func (p *program) mediaPID() int {
	for _, task := range children(p.cmd.Process.Pid) {
		if strings.Contains(read(fmt.Sprintf("/proc/%d/cmdline", task)), "\x00media") {
			return task
		}
	}
	return 0
}

// children lists the processes that any thread of pid has started.
func children(pid int) (out []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		for field := range strings.FieldsSeq(read(t)) {
			if id, err := strconv.Atoi(field); err == nil {
				out = append(out, id)
			}
		}
	}
	return out
}

// cpu is the processor time a process has used, user and system.
func cpu(pid int) time.Duration {
	stat := read(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ok := strings.Cut(stat, ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100 on every Linux
}

// memory is what a process holds, in MB: resident, and its fair share of what it shares with others.
func memory(pid int) (resident, fair float64) {
	for line := range strings.Lines(read(fmt.Sprintf("/proc/%d/smaps_rollup", pid))) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		kb, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "Rss:":
			resident = kb / 1024
		case "Pss:":
			fair = kb / 1024
		}
	}
	return round(resident, 1), round(fair, 1)
}

// usage reads the processor time of server, media child and this program.
type usage struct {
	at                     time.Time
	server, media, clients time.Duration
}

func (p *program) usage() usage {
	return usage{time.Now(), cpu(p.cmd.Process.Pid), cpu(p.mediaPID()), cpu(os.Getpid())}
}

// since is what was used from u to now, in cores.
func (u usage) since(now usage) (server, media, clients float64) {
	wall := now.at.Sub(u.at).Seconds()
	return round((now.server-u.server).Seconds()/wall, 3), round((now.media-u.media).Seconds()/wall, 3), round((now.clients-u.clients).Seconds()/wall, 3)
}

// tail keeps the last lines of a log for an error message.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := bufio.NewScanner(strings.NewReader(string(b)))
	for s.Scan() {
		t.lines = append(t.lines, s.Text())
	}
	t.lines = t.lines[max(0, len(t.lines)-12):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
