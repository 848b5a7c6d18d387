package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"wozai/internal/testkit/powercut"
)

// powerCuts has members answer a server whose data are on a disk that knows what was synchronised, cuts its power again and again,
// starts the program on what is left and counts: cuts, and acknowledged answers that are not there. Of what was not synchronised
// nothing, half or nine tenths, sector by sector, has reached the disk. Where no file system of one's own can be mounted it is an error.
func (b *bench) powerCuts(ctx context.Context) (cuts, lost float64, err error) {
	const n, times = 4000, 6
	mount := filepath.Join(b.dir, "disk")
	if err := os.Mkdir(mount, 0o700); err != nil {
		return 0, 0, err
	}
	disk, err := powercut.Mount(mount)
	if err != nil {
		return 0, 0, err
	}
	defer disk.Close() //nolint:errcheck // it is thrown away
	c, err := b.assemble(ctx, assembly{data: "disk/cut", members: n, sessions: n})
	if err != nil {
		return 0, 0, err
	}
	defer c.stop()
	if err := synchronise(filepath.Join(mount, "cut", "wozai.db")); err != nil { // the members were written without
		return 0, 0, err
	}
	if err := c.ask(ctx, figures{}); err != nil {
		return 0, 0, err
	}
	type cut struct {
		dir          string
		acknowledged int64
	}
	var made []cut
	var acknowledged atomic.Int64
	c.acknowledged = &acknowledged
	done := make(chan error, 1)
	go func() {
		_, _, err := c.answer(ctx, c.members, 0)
		done <- err
	}()
	chance := rand.New(rand.NewPCG(1, 2))
	for len(made) < times && ctx.Err() == nil {
		if acknowledged.Load() < int64(len(made)+1)*n/(times+1) {
			time.Sleep(time.Millisecond)
			continue
		}
		x := cut{filepath.Join(b.dir, fmt.Sprintf("cut-%d", len(made))), acknowledged.Load()}
		if err := os.Mkdir(x.dir, 0o700); err != nil {
			return 0, 0, err
		}
		if _, err := disk.Cut(x.dir, []float64{0, 0.5, 0.9}[len(made)%3], chance); err != nil {
			return 0, 0, err
		}
		made = append(made, x)
	}
	if err := <-done; err != nil {
		return 0, 0, err
	}
	for _, x := range made {
		p, err := b.launch("serve", filepath.Base(x.dir)+"/cut")
		if err != nil {
			return 0, 0, err
		}
		if _, err := p.answers(ctx, "/readyz"); err != nil {
			p.stop()
			return 0, 0, err
		}
		again := &crowd{program: p, asker: c.asker, period: c.period}
		again.asker.base = p.url
		kept, err := again.received(ctx)
		p.stop()
		if err != nil {
			return 0, 0, err
		}
		lost += float64(max(0, x.acknowledged-kept))
	}
	return float64(len(made)), lost, nil
}

func synchronise(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
