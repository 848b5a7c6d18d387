package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// rollup: how the whole, a group of fifty branches and a branch stand, asked again and again while members answer at an even pace. In a
// few branches nobody else answers: there one does, and as soon as that is acknowledged the branch is asked, which has to show it. What the
// server itself takes is a look less a request that does nothing, over the same connection.
func rollup(ctx context.Context, b *bench) (figures, error) {
	n, pace := b.crowd(100_000), 1500.0
	if b.quick {
		n = b.crowd(10_000)
	}
	c, err := b.assemble(ctx, assembly{data: "rollup", members: n, sessions: min(n, sessions), branches: (n + aBranch - 1) / aBranch})
	if err != nil {
		return nil, err
	}
	defer c.stop()
	f := figures{"members": float64(n), "branches": float64(len(c.branches))}
	if err := c.ask(ctx, figures{}); err != nil {
		return nil, err
	}
	var ours, others []member
	for i, m := range c.members {
		if i%len(c.branches) < 8 {
			ours = append(ours, m)
		} else {
			others = append(others, m)
		}
	}

	c.profile("rollup", 8)
	storm, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		_, _, err := c.answer(storm, others, pace)
		done <- err
	}()
	looks := map[string]*times{}
	look := func(name, path string, out any) error {
		if looks[name] == nil {
			looks[name] = &times{}
		}
		began := time.Now()
		asker := browser{base: c.url, cookie: c.asker.cookie, client: c.asker.client}
		err := asker.call(ctx, "GET", path, nil, out)
		looks[name].add(time.Since(began))
		return err
	}
	period, group := "/rollcall-periods/"+c.period, fmt.Sprint(grown)
	var visible times
	behind := 0
	received := map[string]int64{}
	err = func() error {
		for _, m := range ours {
			if ctx.Err() != nil || len(done) > 0 {
				return ctx.Err()
			}
			branch := c.branchOf(m)
			if _, _, err := c.answer(ctx, []member{m}, 0); err != nil {
				return err
			}
			received[branch]++
			acknowledged := time.Now()
			for shown := int64(-1); shown < received[branch]; {
				var now struct{ Total struct{ Received int64 } }
				if err := look("branch", period+"/units/"+branch, &now); err != nil {
					return err
				}
				if shown = now.Total.Received; shown < received[branch] {
					behind++
				}
			}
			visible.add(time.Since(acknowledged))
			_ = look("nothing", "/nothing", nil) // which is said to be unknown
			if err := errors.Join(look("group", period+"/units/"+group, nil), look("all", period, nil)); err != nil {
				return err
			}
		}
		return nil
	}()
	stop()
	if e := <-done; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	if err != nil {
		return nil, err
	}
	visible.into(f, "acknowledged_until_shown")
	f["looks_behind_an_answer"] = float64(behind)
	for name, t := range looks {
		t.into(f, "look_at_"+name)
		if name != "nothing" {
			f["server_for_"+name+"_ms"] = round(t.at(0.5)-looks["nothing"].at(0.5), 2)
		}
	}
	return f, nil
}
