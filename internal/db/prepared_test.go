package db_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"wozai/internal/db"
)

// What is asked often is kept prepared; it reads the same, also after the table has changed.
func TestWhatIsAskedOftenReadsTheSame(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // the test's own
	write := func(statement string) {
		if _, err := d.Writer().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	write(`CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT NOT NULL)`)
	for i := range 50 {
		write(fmt.Sprintf(`INSERT INTO thing (id, name) VALUES (%d, 'n%d')`, i, i))
	}
	ask := func(ctx context.Context, id int) (name string, err error) {
		return name, db.Get(ctx, d.Read(), &name, `SELECT name FROM thing WHERE id = $1`, id)
	}
	many := func(want func(int) string) {
		t.Helper()
		var all sync.WaitGroup
		for g := range 8 {
			all.Go(func() {
				for i := range 200 {
					id := (i*7 + g) % 50
					if got, err := ask(t.Context(), id); err != nil || got != want(id) {
						t.Errorf("%d is %q (%v), want %q", id, got, err, want(id))
					}
				}
			})
		}
		all.Wait()
	}
	many(func(id int) string { return fmt.Sprint("n", id) })
	write(`ALTER TABLE thing ADD COLUMN more TEXT NOT NULL DEFAULT ''`)
	write(`UPDATE thing SET name = 'm' || id`)
	many(func(id int) string { return fmt.Sprint("m", id) })

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ask(gone, 1); err == nil {
		t.Error("who has gone is still answered")
	}
	many(func(id int) string { return fmt.Sprint("m", id) })
}

func BenchmarkShortQuery(b *testing.B) {
	d, err := db.Open(b.Context(), filepath.Join(b.TempDir(), "x.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // the benchmark's own
	if _, err := d.Writer().ExecContext(b.Context(), `CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	if _, err := d.Writer().ExecContext(b.Context(), `INSERT INTO thing VALUES (1, 'one')`); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		q    db.Querier
	}{{"kept", d.Read()}, {"anew", d.Read().DB}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				var name string
				if err := db.Get(b.Context(), c.q, &name, `SELECT t.name FROM thing t JOIN thing u ON u.id = t.id WHERE t.id = $1 AND u.name <> ''`, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
