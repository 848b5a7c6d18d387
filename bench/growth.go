package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	aBranch  = 40             // members, at most
	aGroup   = 50             // branches under one unit
	grown    = int64(1) << 59 // the first unit that is made
	sessions = 30_000         // of the members, at most: those who answer over HTTP
)

// growth: everything about one roll call at 1,000, 10,000 and 100,000 members (with -large, a million): how does it grow? A branch has 40
// members, a group 50 branches. Some tens of thousands answer over HTTP; the others' answers are written past the program, all but one in
// 53, so that lists and files are as long as they get.
func growth(ctx context.Context, b *bench) (figures, error) {
	sizes := []int{1_000, 10_000, 100_000}
	switch {
	case b.size > 0:
		sizes = []int{b.size}
	case b.quick:
		sizes = sizes[:2]
	case b.large:
		sizes = append(sizes, 1_000_000)
	}
	f := figures{}
	var before figures
	for i, n := range sizes {
		got, err := grow(ctx, b, n)
		if err != nil {
			return nil, fmt.Errorf("%d members: %w", n, err)
		}
		fmt.Printf("  %d members\n", n)
		print(got)
		for k, v := range got {
			f[fmt.Sprintf("at_%d_%s", n, k)] = v
			// Below 10,000 it is what a request costs at all that is seen.
			if was := before[k]; i == len(sizes)-1 && i > 0 && was > 0 && v > 0 && (strings.HasSuffix(k, "_s") || strings.HasSuffix(k, "_p50_ms")) {
				f["exponent_of_"+k] = round(math.Log(v/was)/math.Log(float64(n)/float64(sizes[i-1])), 2)
			}
		}
		before = got
	}
	return f, nil
}

func grow(ctx context.Context, b *bench, n int) (figures, error) {
	c, err := b.assemble(ctx, assembly{data: fmt.Sprintf("growth-%d", n), members: n, sessions: min(n, sessions), branches: (n + aBranch - 1) / aBranch})
	if err != nil {
		return nil, err
	}
	defer func() {
		c.stop()
		_ = os.RemoveAll(b.dir + "/" + c.data)
		if b.postgres != nil {
			_ = execute(context.WithoutCancel(ctx), b.postgres.DSN, "DROP DATABASE "+c.name+" WITH (FORCE)")
		}
	}()
	c.asker.client.Timeout = 20 * time.Minute
	f := figures{"units": float64(len(c.branches) + (len(c.branches)+aGroup-1)/aGroup)}
	if err := c.ask(ctx, f); err != nil {
		return nil, err
	}
	took, _, err := c.answer(ctx, c.members, 0)
	if err != nil {
		return nil, err
	}
	took.into(f, "answer")
	f["answers_a_second"] = round(took.rate(), 0)
	if err := c.fill(ctx); err != nil {
		return nil, err
	}

	group, leaf := fmt.Sprint(grown), fmt.Sprint(c.branches[len(c.branches)/2])
	last := fmt.Sprint(firstMember + int64(n)*9/10)
	period := "/rollcall-periods/" + c.period
	for _, look := range []struct {
		name, path string
		times      int
	}{
		{"nothing_at_all", "/nothing", 60},
		{"roll_up_of_all", period, 40},
		{"roll_up_of_a_group", period + "/units/" + group, 40},
		{"roll_up_of_a_branch", period + "/units/" + leaf, 40},
		{"who_is_missing", period + "/units/" + c.unit + "/who?list=missing", 10},
		{"who_is_missing_behind_most", period + "/units/" + c.unit + "/who?list=missing&after=" + last, 10},
		{"who_has_answered", period + "/units/" + c.unit + "/who?list=received", 10},
		{"who_has_answered_behind_most", period + "/units/" + c.unit + "/who?list=received&after=" + last, 10},
		{"who_has_answered_in_a_branch", period + "/units/" + leaf + "/who?list=received", 10},
		{"who_is_missing_in_a_branch", period + "/units/" + leaf + "/who?list=missing", 10},
		{"figures_of_all", period + "/units/" + c.unit + "/figures", 1},
	} {
		var all times
		for i := range look.times + 1 {
			began := time.Now()
			if err := c.fetch(ctx, look.path, nil); err != nil && look.name != "nothing_at_all" {
				return nil, fmt.Errorf("%s: %w", look.name, err)
			}
			if i > 0 || look.times == 1 { // the first finds nothing prepared
				all.add(time.Since(began))
			}
			if look.times == 1 {
				break
			}
		}
		f[look.name+"_p50_ms"] = all.at(0.5)
	}
	for _, format := range []string{"csv", "xlsx"} {
		forgetPeak(c.cmd.Process.Pid)
		began := time.Now()
		var size counter
		if err := c.fetch(ctx, period+"/export?format="+format, &size); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
		f["export_"+format+"_s"], f["export_"+format+"_MB"] = round(time.Since(began).Seconds(), 2), round(float64(size)/1e6, 1)
		f["export_"+format+"_server_peak_MB"] = peak(c.cmd.Process.Pid)
	}
	return f, nil
}

// fill has everybody answer but one in fifty, past the program.
func (c *crowd) fill(ctx context.Context) error {
	for _, s := range []string{
		`INSERT INTO rollcall_answer (period_id, answerer_id, unit_id, version, form_version, kind, content, sealed, by_id, at, first_at, device_at, state, waits_at)
			SELECT p.id, a.answerer_id, a.unit_id, 1, 1, 'value', '{"note":"都好，谢谢","tests":2,"well":"yes"}', NULL, a.answerer_id, p.opens_at, p.opens_at, p.opens_at, 'in', 0
			FROM rollcall_period p JOIN rollcall_audience a ON a.rollcall_id = p.rollcall_id WHERE p.id = $1 AND a.answerer_id % 53 <> 7
			AND NOT EXISTS (SELECT 1 FROM rollcall_answer x WHERE x.period_id = p.id AND x.answerer_id = a.answerer_id)`,
		`DELETE FROM rollcall_answer WHERE period_id = $1 AND answerer_id % 53 = 7`,
		`UPDATE rollcall_count SET received = (SELECT COUNT(*) FROM rollcall_answer x WHERE x.period_id = rollcall_count.period_id AND x.unit_id = rollcall_count.unit_id) WHERE period_id = $1`,
		`UPDATE rollcall_count SET on_time = received WHERE period_id = $1`,
	} {
		if _, err := c.db.ExecContext(ctx, s, c.period); err != nil {
			return err
		}
	}
	return c.settle(ctx)
}

// fetch reads an answer to its end, into out if it is there.
func (c *crowd) fetch(ctx context.Context, path string, out io.Writer) error {
	asker := browser{base: c.url, cookie: c.asker.cookie, client: c.asker.client}
	r, err := asker.request(ctx, "GET", "/api/v1"+path, nil)
	if err != nil {
		return err
	}
	defer r.Body.Close() //nolint:errcheck // read to the end
	if out == nil {
		out = io.Discard
	}
	if _, err := io.Copy(out, r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return errors.New(r.Status)
	}
	return nil
}

// counter counts what is written.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// forgetPeak lets the most memory of a process count from now.
func forgetPeak(pid int) { _ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) }

// plant makes branches below the asking unit, in groups, past the program.
func (c *crowd) plant(ctx context.Context, n int) (branches []int64, err error) {
	var tree, at int64
	var path string
	if err := c.db.QueryRowContext(ctx, `SELECT tree_id, path, valid_from FROM unit WHERE id = $1`, c.unit).Scan(&tree, &path, &at); err != nil {
		return nil, err
	}
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it says that there is nothing to undo
	const columns = "unit (id, tree_id, parent_id, path, kind, code, name, short_name, pinyin, initials, sort, valid_from, version)"
	var rows rowsOf
	groups := (n + aGroup - 1) / aGroup
	for i := range groups {
		id := grown + int64(i)
		rows.add(id, tree, c.unit, fmt.Sprintf("%s%d/", path, id), "general_branch", "", fmt.Sprintf("测组%d", i), "", "", "", i, at, 1)
	}
	for i := range n {
		id, group := grown+int64(groups+i), grown+int64(i/aGroup)
		rows.add(id, tree, group, fmt.Sprintf("%s%d/%d/", path, group, id), "branch", "", fmt.Sprintf("测支部%d", i), "", "", "", i, at, 1)
		branches = append(branches, id)
	}
	for part := range slices.Chunk(rows.args, 13*200) {
		r := rowsOf{rows: len(part) / 13, args: part}
		if err := r.insert(ctx, tx, columns); err != nil {
			return nil, err
		}
	}
	return branches, tx.Commit()
}
