package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Lease takes or renews a named lease for ttl and reports whether holder has it now. Not through
// package change: a lease is no fact about anybody.
func (d *DB) Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	now := Now()
	r, err := d.write.ExecContext(ctx, `INSERT INTO lease (name, holder, until_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
		WHERE lease.holder = excluded.holder OR lease.until_at < $4`, name, holder, now.Add(ttl), now)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// Release gives a lease back early.
func (d *DB) Release(ctx context.Context, name, holder string) error {
	_, err := d.write.ExecContext(ctx, `DELETE FROM lease WHERE name = $1 AND holder = $2`, name, holder)
	return err
}

const nodeLease = time.Minute

// LeaseNode finds a node number nobody else uses and keeps it until ctx ends. SQLite has one
// node. lost is called when the lease could not be kept: the process must stop making ids.
func (d *DB) LeaseNode(ctx context.Context, holder string, lost func()) (int, error) {
	if d.Engine == SQLite {
		return 0, nil
	}
	for n := range 1024 {
		name := fmt.Sprintf("node:%d", n)
		ok, err := d.Lease(ctx, name, holder, nodeLease)
		if err != nil {
			return 0, err
		}
		if ok {
			go d.keepNode(ctx, name, holder, lost)
			return n, nil
		}
	}
	return 0, errors.New("all 1024 node numbers are taken")
}

func (d *DB) keepNode(ctx context.Context, name, holder string, lost func()) {
	kept := time.Now()
	t := time.NewTicker(nodeLease / 6)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			_ = d.Release(ctx, name, holder) // it runs out by itself otherwise
			cancel()
			return
		case <-t.C:
		}
		ok, err := d.Lease(ctx, name, holder, nodeLease)
		switch {
		case err == nil && ok:
			kept = time.Now()
		case err == nil, time.Since(kept) > nodeLease:
			lost()
			return
		}
	}
}
