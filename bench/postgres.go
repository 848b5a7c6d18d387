package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	_ "github.com/jackc/pgx/v5/stdlib"

	"wozai/internal/testkit/pgcluster"
)

// startPostgres starts the tests' server and has it keep its promises: theirs loses what it likes in a power cut.
func startPostgres(ctx context.Context) (*pgcluster.Cluster, error) {
	c, err := pgcluster.Start(ctx)
	if err != nil {
		return nil, err
	}
	err = execute(ctx, c.DSN, `ALTER SYSTEM SET fsync = on`, `ALTER SYSTEM SET synchronous_commit = on`, `ALTER SYSTEM SET full_page_writes = on`, `SELECT pg_reload_conf()`)
	if err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// database makes an empty one and gives its address.
func (b *bench) database() (string, error) {
	b.databases++
	name := fmt.Sprintf("bench_%d", b.databases)
	if err := execute(context.Background(), b.postgres.DSN, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	u, err := url.Parse(b.postgres.DSN)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

func execute(ctx context.Context, dsn string, statements ...string) error {
	d, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing is kept open
	for _, s := range statements {
		if _, err := d.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
