package testkit_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"wozai/internal/testkit"
)

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	a, b := open(t, testkit.Postgres(t)), open(t, testkit.Postgres(t))
	if _, err := a.Exec(`CREATE TABLE mine (id bigint)`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Exec(`SELECT id FROM mine`); err == nil {
		t.Error("a table made in one test's database is seen in another's")
	}
}

func TestTheDatabaseIsGoneAfterTheTest(t *testing.T) {
	var name string
	t.Run("uses one", func(t *testing.T) {
		if err := open(t, testkit.Postgres(t)).QueryRow(`SELECT current_database()`).Scan(&name); err != nil {
			t.Fatal(err)
		}
	})
	var n int
	err := open(t, testkit.Postgres(t)).QueryRow(`SELECT count(*) FROM pg_database WHERE datname = $1`, name).Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("%d databases named %s are left, want 0 (%v)", n, name, err)
	}
}

// A column that must be compared by bytes (unit paths) needs its own COLLATE
// "C"; a server that sorts by bytes anyway would hide that it was forgotten.
func TestTheServerSortsAsPeopleDo(t *testing.T) {
	rows, err := open(t, testkit.Postgres(t)).Query(
		`SELECT v FROM (VALUES ('B'), ('a'), ('/1/20/'), ('/1/3/')) x(v) ORDER BY v`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if slices.Index(got, "a") > slices.Index(got, "B") {
		t.Errorf("sorted %q: this is byte order", got)
	}
}

func TestATemplateIsPreparedOnce(t *testing.T) {
	prepared := 0
	tpl := testkit.Template{
		Key: t.Name() + testkit.Postgres(t), // unlike any that a shared server may have
		Prepare: func(ctx context.Context, dsn string) error {
			if prepared++; prepared == 1 {
				return errors.New("half-way")
			}
			db, err := sql.Open("pgx", dsn)
			if err != nil {
				return err
			}
			_, err = db.ExecContext(ctx, `CREATE TABLE kept (id bigint); INSERT INTO kept VALUES (7)`)
			return errors.Join(err, db.Close())
		},
	}
	if err := testkit.PrepareTemplate(t.Context(), testkit.Postgres(t), tpl); err == nil {
		t.Fatal("a failing Prepare gave no error")
	}
	for range 3 {
		db := open(t, testkit.PostgresFrom(t, tpl))
		var id int64
		if err := db.QueryRow(`SELECT id FROM kept`).Scan(&id); err != nil || id != 7 {
			t.Fatalf("read %d, %v from the copy, want 7", id, err)
		}
		if _, err := db.Exec(`UPDATE kept SET id = 8`); err != nil {
			t.Fatal(err)
		}
	}
	if prepared != 2 {
		t.Errorf("prepared %d times, want one failure and one success", prepared)
	}
}
