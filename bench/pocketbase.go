package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // its own tables
	"github.com/pocketbase/pocketbase/tools/types"
)

// peerDir, when set, makes this program PocketBase with its data there, at the address in peerAddress.
const (
	peerDir     = "WOZAI_BENCH_POCKETBASE"
	peerAddress = "WOZAI_BENCH_POCKETBASE_ADDRESS"
)

// pocketbase serves one collection that everybody may add to. Its database keeps what it has acknowledged also through a power cut, as
// ours does: PocketBase by itself asks for less (synchronous=NORMAL).
func pocketbase() error {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: os.Getenv(peerDir), DataMaxOpenConns: core.DefaultDataMaxOpenConns, DataMaxIdleConns: core.DefaultDataMaxIdleConns,
		AuxMaxOpenConns: core.DefaultAuxMaxOpenConns, AuxMaxIdleConns: core.DefaultAuxMaxIdleConns,
		DBConnect: func(path string) (*dbx.DB, error) {
			return dbx.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
				"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)")
		}})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	answers := core.NewBaseCollection("answers")
	answers.CreateRule = types.Pointer("")
	answers.Fields.Add(&core.TextField{Name: "kind"}, &core.JSONField{Name: "content"}, &core.NumberField{Name: "form_version"})
	if err := app.Save(answers); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: os.Getenv(peerAddress)})
}

type pocketbasePeer struct {
	url string
	cmd *exec.Cmd
}

func startPocketbase(ctx context.Context, dir string) (*pocketbasePeer, error) {
	port, err := freePort("tcp")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	log := &tail{}
	p := &pocketbasePeer{"http://" + address, exec.Command(self)}
	p.cmd.Env = append(os.Environ(), peerDir+"="+dir, peerAddress+"="+address)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(p.url + "/api/health"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return p, nil
			}
		}
	}
	p.stop()
	return nil, fmt.Errorf("it does not answer:\n%s", log)
}

func (p *pocketbasePeer) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
}
