package rollcall_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// What is deleted is gone from SQLite's file, too, and not only from its tables: sensitive values whose days
// are over, and what was said without a name in the order in which it was said.
func TestWhatIsDeletedIsGoneFromTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wozai.db")
	h := newHouse(t, testkit.OpenStore(t, path))
	people := []access.Actor{h.one, h.two, h.three, h.four, h.secA, h.secB}
	for i := range 150 { // more than a few pages
		people = append(people, h.actor(fmt.Sprint("众人", i), h.a, "member"))
	}
	_, secret := h.opened(func(c *rollcall.Composition) { c.KeepDays = 1 })
	_, nameless := h.opened(opinion)
	for _, a := range people {
		_, err := h.roll.Answer(h.ctx, a, secret, a.PersonID, h.value(1))
		must(t, err)
		_, err = h.roll.Answer(h.ctx, a, nameless, a.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"mark": 1.0}})
		must(t, err)
	}
	var sealed [][]byte
	must(t, db.Select(h.ctx, h.DB.Read(), &sealed, `SELECT sealed FROM rollcall_answer WHERE sealed IS NOT NULL UNION ALL SELECT sealed FROM rollcall_ballot`))
	there := func() (n int) {
		t.Helper()
		d, err := sql.Open("sqlite", path)
		must(t, err)
		defer d.Close() //nolint:errcheck // it only moved pages
		_, err = d.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
		must(t, err)
		for _, name := range []string{path, path + "-wal"} {
			content, err := os.ReadFile(name)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			for _, x := range sealed {
				if bytes.Contains(content, x) {
					n++
				}
			}
		}
		return n
	}
	if n := there(); len(sealed) != 2*len(people) || n != len(sealed) {
		t.Fatalf("%d of %d are in the file at first", n, len(sealed))
	}
	h.later(3 * time.Hour) // locked, and mixed
	h.later(48 * time.Hour)
	if n := there(); n != 0 {
		t.Errorf("%d are still in the file", n)
	}
}
