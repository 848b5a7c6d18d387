package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pgbenchStorm has pgbench run what one answer of ours has PostgreSQL do, each a transaction of its own, as often as a storm does. The
// statements are taken from the server's log of an answer in a storm's steady state: everything that is prepared is, the session is
// one that was not seen before. pgbench's are READ COMMITTED (ours are SERIALIZABLE, for which it would have to try again and again),
// and what makes ours take turns is left out.
type pgbenchStorm struct {
	before, inside []statement // of the reading, and of the transaction
}

type statement struct {
	text   string
	params []string
}

// watched answers for one member with everything written down that PostgreSQL is asked, and keeps what belongs to that answer: what
// names the member, the session or the period, and the transaction with the answer in it.
func (c *crowd) watched(ctx context.Context, b *bench, m member) (*pgbenchStorm, error) {
	dir, err := socket(b.postgres.DSN)
	if err != nil {
		return nil, err
	}
	log, err := os.Open(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // only read
	if err := execute(ctx, b.postgres.DSN, `ALTER SYSTEM SET log_line_prefix = '@%p '`, `ALTER SYSTEM SET log_statement = 'all'`, `SELECT pg_reload_conf()`); err != nil {
		return nil, err
	}
	time.Sleep(time.Second) // every process reads the settings anew when it is idle
	if _, err := log.Seek(0, 2); err != nil {
		return nil, err
	}
	_, _, err = c.answer(ctx, []member{m}, 0)
	err = errors.Join(err, execute(ctx, b.postgres.DSN, `ALTER SYSTEM SET log_statement = 'none'`, `SELECT pg_reload_conf()`))
	if err != nil {
		return nil, err
	}
	token := sha256.Sum256([]byte(strings.TrimPrefix(m.cookie, "wozai=")))
	names := []string{m.id, `\x` + hex.EncodeToString(token[:]), c.period}
	out := &pgbenchStorm{}
	open := map[string][]statement{} // transactions, by process
	for _, e := range readLog(bufio.NewScanner(log)) {
		s := e.statement
		inside, running := open[e.process]
		switch {
		case strings.HasPrefix(s.text, "begin"):
			open[e.process] = []statement{}
		case s.text == "commit" || s.text == "rollback":
			for _, x := range inside {
				if strings.Contains(x.text, "INSERT INTO rollcall_answer ") {
					out.inside = inside
				}
			}
			delete(open, e.process)
		case running:
			open[e.process] = append(inside, s)
		default:
			for _, p := range s.params {
				for _, n := range names {
					if p == n && !strings.Contains(s.text, "pg_advisory") {
						out.before = append(out.before, s)
						n, p = "", "-" // once
					}
				}
			}
		}
	}
	if len(out.before) == 0 || len(out.inside) == 0 {
		return nil, fmt.Errorf("an answer's statements were not found in PostgreSQL's log: %d before, %d in the transaction", len(out.before), len(out.inside))
	}
	return out, nil
}

func socket(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	return u.Query().Get("host"), nil
}

const null = "\x00"

type logged struct {
	process string
	statement
}

var (
	logEntry  = regexp.MustCompile(`^@(\d+) (LOG|DETAIL):  (?:execute [^:]*: |statement: |parameters: )?(.*)$`)
	parameter = regexp.MustCompile(`\$(\d+) = (?:'((?:[^']|'')*)'|NULL)`)
)

// readLog reads statements with their parameters; a line that begins with a tab goes on with the one before.
func readLog(in *bufio.Scanner) (out []logged) {
	in.Buffer(nil, 1<<20)
	var kinds []string
	var entries [][2]string
	for in.Scan() {
		if m := logEntry.FindStringSubmatch(in.Text()); m != nil {
			kinds, entries = append(kinds, m[2]), append(entries, [2]string{m[1], m[3]})
		} else if n := len(entries); n > 0 && strings.HasPrefix(in.Text(), "\t") {
			entries[n-1][1] += " " + strings.TrimSpace(in.Text())
		}
	}
	for i, e := range entries {
		if kinds[i] == "LOG" {
			out = append(out, logged{e[0], statement{text: e[1]}})
			continue
		}
		if len(out) == 0 {
			continue
		}
		for _, m := range parameter.FindAllStringSubmatch(e[1], -1) {
			v := strings.ReplaceAll(m[2], "''", "'")
			if strings.HasSuffix(m[0], "NULL") {
				v = null
			}
			out[len(out)-1].params = append(out[len(out)-1].params, v)
		}
	}
	return out
}

// script writes the statements as pgbench reads them. What differs from answer to answer is a variable: the member, and the branch in
// which it is counted; all else is as it was in the one answer, the session too. All are parameters, as they are with us.
func (s *pgbenchStorm) script(c *crowd, m member, each int) (script string, variables []string) {
	branch := c.branchOf(m)
	var text strings.Builder
	fmt.Fprintf(&text, "\\set n :client_id * %d + :done\n\\set done :done + 1\n\\set member %d + :n\n\\set branch CASE", each, firstMember)
	for i, b := range c.branches {
		fmt.Fprintf(&text, " WHEN :n %% %d = %d THEN %d", len(c.branches), i, b)
	}
	text.WriteString(" END\n")
	names := map[string]string{m.id: ":member", branch: ":branch", "": "''", null: "NULL"} // pgbench has no empty variables
	variables = []string{"-D", "done=0"}
	write := func(list []statement) {
		for _, x := range list {
			line := x.text
			for i := len(x.params); i > 0; i-- { // from behind: $1 is in $10
				v := x.params[i-1]
				name, known := names[v]
				if !known {
					name = fmt.Sprintf(":v%d", len(names))
					names[v] = name
					variables = append(variables, "-D", name[1:]+"="+v)
				}
				line = strings.ReplaceAll(line, fmt.Sprintf("$%d", i), name)
			}
			text.WriteString(line + ";\n")
		}
	}
	write(s.before)
	text.WriteString("BEGIN;\n")
	write(s.inside)
	text.WriteString("COMMIT;\n")
	return text.String(), variables
}

// forget takes all answers back, so that the next storm finds what the first one found.
func (c *crowd) forget(ctx context.Context) error {
	for _, s := range []string{`TRUNCATE rollcall_answer`, `UPDATE rollcall_count SET received = 0, on_time = 0, nils = 0, inapplicable = 0`, `TRUNCATE event`} {
		if _, err := c.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return c.settle(ctx)
}

var pgbenchRate = regexp.MustCompile(`tps = ([0-9.]+) `)

// pgbench runs them with as many clients, n answers in all, and returns how many a second.
func (c *crowd) pgbench(ctx context.Context, b *bench, s *pgbenchStorm, m member, clients, n int) (float64, error) {
	if err := c.forget(ctx); err != nil {
		return 0, err
	}
	dir, err := socket(b.postgres.DSN)
	if err != nil {
		return 0, err
	}
	each := n / clients
	text, variables := s.script(c, m, each)
	script := filepath.Join(b.dir, "answer.sql")
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		return 0, err
	}
	program, err := exec.LookPath("pgbench")
	if err != nil {
		return 0, fmt.Errorf("%w (the package postgresql-15 has it)", err)
	}
	args := append([]string{"-h", dir, "-U", "postgres", "-n", "-M", "prepared", "-f", script, "-c", strconv.Itoa(clients), "-j", "2", "-t", strconv.Itoa(each)}, variables...)
	out, err := exec.CommandContext(ctx, program, append(args, c.name)...).CombinedOutput()
	rate := pgbenchRate.FindSubmatch(out)
	if err != nil || rate == nil {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, out[:min(len(out), 2000)])
	}
	kept, err := c.recount(ctx)
	if err == nil && kept != int64(each*clients) {
		err = fmt.Errorf("pgbench left %d answers of %d", kept, each*clients)
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(string(rate[1]), 64)
}

// besidePgbench finds for how many clients pgbench is quickest.
func (c *crowd) besidePgbench(ctx context.Context, b *bench, s *pgbenchStorm, m member, f figures) (best float64, err error) {
	for _, clients := range []int{4, 16, 32, 64} {
		rate, err := c.pgbench(ctx, b, s, m, clients, min(len(c.members), 30_000))
		if err != nil {
			return 0, err
		}
		f[fmt.Sprintf("pgbench_with_%d_clients_a_second", clients)] = round(rate, 0)
		best = max(best, rate)
	}
	f["pgbench_statements"] = float64(len(s.before) + len(s.inside) + 2)
	return best, nil
}
