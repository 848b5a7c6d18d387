package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const connections = 256 // kept alive, as a proxy in front would keep them

// storm: everybody answers one roll call, each once and by a session of their own. First as fast as the server takes it (closed
// loop), then at seven tenths of that whether or not the one before was answered (open loop), then the server is killed in the
// midst. In the same run: what the same server takes of posts that do nothing, and PocketBase of records created.
func storm(ctx context.Context, b *bench) (figures, error) {
	n := b.crowd(100_000)
	if b.quick {
		n = b.crowd(10_000)
	}
	c, err := b.assemble(ctx, assembly{data: "storm", members: n, sessions: n})
	if err != nil {
		return nil, err
	}
	defer func() { c.stop() }()
	f := figures{"members": float64(n)}
	if err := c.ask(ctx, f); err != nil {
		return nil, err
	}
	before, err := c.size(ctx)
	if err != nil {
		return nil, err
	}

	c.profile("storm", 8)
	closed, open := c.members[:n*6/10], c.members[n*6/10:n*9/10-1]
	used := c.usage()
	took, _, err := c.answer(ctx, closed, 0)
	if err != nil {
		return nil, err
	}
	server, _, clients := used.since(c.usage())
	each := took.rate()
	took.into(f, "answer")
	f["answers_a_second"] = round(each, 0)
	f["server_ms_an_answer"], f["clients_ms_an_answer"] = round(server*1000/each, 4), round(clients*1000/each, 4)

	visible := c.watch(ctx)
	paced, _, err := c.answer(ctx, open, 0.7*each)
	late, looks := visible()
	if err != nil {
		return nil, err
	}
	paced.into(f, "at_70_percent_answer")
	looks.into(f, "roll_up_of_all")
	f["roll_ups_behind_an_answer"] = float64(late)

	empty, err := c.nothing(ctx, min(len(closed), 60_000))
	if err != nil {
		return nil, err
	}
	f["posts_that_do_nothing_a_second"] = round(empty.rate(), 0)
	f["of_posts_that_do_nothing"] = round(each/empty.rate(), 3)

	watched, same := c.members[n*9/10-1], (*pgbenchStorm)(nil)
	if b.postgres != nil {
		if same, err = c.watched(ctx, b, watched); err != nil {
			return nil, err
		}
	} else if _, _, err := c.answer(ctx, []member{watched}, 0); err != nil {
		return nil, err
	}

	// Killed in the midst: what was acknowledged is there, and the counters are what a recount finds.
	rest := c.members[n*9/10:]
	killed := time.AfterFunc(time.Duration(float64(len(rest))/each/3*float64(time.Second)), func() { _ = c.cmd.Process.Kill() })
	_, last, err := c.answer(ctx, rest, 0)
	if killed.Stop() || err == nil {
		return nil, errors.New("the server was to be killed in the midst of the storm, and was not")
	}
	_ = c.cmd.Wait()
	if c.program, err = b.launch("serve", c.data, c.more...); err != nil {
		return nil, err
	}
	if _, err := c.answers(ctx, "/readyz"); err != nil {
		return nil, err
	}
	acknowledged := int64(len(closed)+len(open)+1) + last
	counted, err := c.received(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := c.recount(ctx)
	if err != nil {
		return nil, err
	}
	f["acknowledged"], f["lost_after_a_kill"], f["counters_off_a_recount"] = float64(acknowledged), float64(max(0, acknowledged-kept)), float64(kept-counted)
	after, err := c.size(ctx)
	if err != nil {
		return nil, err
	}
	f["bytes_on_disk_an_answer"] = round(float64(after-before)/float64(kept), 0)
	c.program.stop()

	if b.postgres != nil { // which PocketBase does not run on
		peer, err := c.besidePgbench(ctx, b, same, watched, f)
		f["of_pgbench"] = round(each/peer, 3)
		return f, err
	}
	if f["power_cuts"], f["lost_after_a_power_cut"], err = b.powerCuts(ctx); err != nil {
		return nil, fmt.Errorf("power cut: %w", err)
	}
	peer, err := pocketbaseStorm(ctx, filepath.Join(b.dir, "pocketbase"), min(n, 20_000))
	if err != nil {
		return nil, fmt.Errorf("PocketBase: %w", err)
	}
	f["pocketbase_records_a_second"] = round(peer, 0)
	f["of_pocketbase"] = round(each/peer, 1)
	return f, nil
}

// crowd is an organisation of many who all have a session, and somebody who may ask them.
type crowd struct {
	*program
	asker    browser
	members  []member
	branches []int64 // over which they are spread in turn
	data     string
	more     []string // how it is started again
	db       *sql.DB
	name     string // of the database, on PostgreSQL
	unit     string // that asks
	period   string

	acknowledged *atomic.Int64 // counts answers as they are; nil: nobody wants to know
}

const firstMember = int64(1) << 58

// branchOf is the unit of a member.
func (c *crowd) branchOf(m member) string {
	id, _ := strconv.ParseInt(m.id, 10, 64)
	return fmt.Sprint(c.branches[(id-firstMember)%int64(len(c.branches))])
}

type member struct{ id, cookie string }

// assembly is what assemble makes.
type assembly struct {
	data     string // the directory
	members  int
	sessions int // of the first of them
	branches int // made for them; 0: those of the demonstration
}

// assemble makes a demonstration and writes n people with accounts and sessions past the program into its branches: to sign in a
// hundred thousand by their passwords would take a day, which is what a password's hash is for.
func (b *bench) assemble(ctx context.Context, of assembly) (c *crowd, err error) {
	c = &crowd{data: of.data}
	engine, dsn := "sqlite", "file:"+(&url.URL{Path: filepath.Join(b.dir, c.data, "wozai.db")}).EscapedPath()+"?_pragma=synchronous(0)&_pragma=busy_timeout(10000)"
	if b.postgres != nil {
		engine = "pgx"
		if dsn, err = b.database(); err != nil {
			return nil, err
		}
		c.more = []string{"--db", dsn}
		c.name = fmt.Sprintf("bench_%d", b.databases)
	}
	p, err := b.launch("demo", c.data, append([]string{"--bots", "0", "--print-json"}, c.more...)...)
	if err != nil {
		return nil, err
	}
	ways := p.demo
	asker := browser{base: p.url, client: &http.Client{Transport: newTransport(), Timeout: time.Minute}}
	var me struct {
		Units []struct{ ID, Position string }
	}
	err = asker.signIn(ctx, p, "overseer")
	if err == nil {
		err = asker.call(ctx, "GET", "/me", nil, &me)
	}
	p.stop()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, p.log)
	}
	for _, u := range me.Units {
		if u.Position == "committee_secretary" {
			c.unit = u.ID
		}
	}
	if c.db, err = sql.Open(engine, dsn); err != nil {
		return nil, err
	}
	if c.members, err = c.enrol(ctx, of); err != nil {
		return nil, err
	}
	if c.program, err = b.launch("serve", c.data, c.more...); err != nil {
		return nil, err
	}
	c.demo = ways
	if _, err = c.answers(ctx, "/readyz"); err == nil {
		c.asker = browser{base: c.url, client: asker.client}
		err = c.asker.signIn(ctx, c.program, "overseer")
	}
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("%w\n%s", err, c.log)
	}
	return c, nil
}

// enrol spreads n people over the branches below the asking unit.
func (c *crowd) enrol(ctx context.Context, of assembly) ([]member, error) {
	if of.branches > 0 {
		branches, err := c.plant(ctx, of.branches)
		if err != nil {
			return nil, err
		}
		return c.enrolIn(ctx, of, branches)
	}
	var branches []int64
	rows, err := c.db.QueryContext(ctx, `SELECT u.id FROM unit u JOIN unit top ON top.id = $1 WHERE u.kind = 'branch' AND u.valid_to = 0 AND u.path > top.path AND u.path < top.path || '~' ORDER BY u.id`, c.unit)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to the end
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		branches = append(branches, id)
	}
	if err := rows.Err(); err != nil || len(branches) == 0 {
		return nil, errors.Join(err, fmt.Errorf("%d branches below unit %s", len(branches), c.unit))
	}
	return c.enrolIn(ctx, of, branches)
}

func (c *crowd) enrolIn(ctx context.Context, of assembly, branches []int64) ([]member, error) {
	now, ends := time.Now().UnixMicro(), time.Now().Add(24*time.Hour).UnixMicro()
	members := make([]member, 0, of.sessions)
	c.branches = branches
	const at = 250
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it says that there is nothing to undo
	for done := 0; done < of.members; {
		var people, memberships, grants, accounts, sessions rowsOf
		for range min(at, of.members-done) {
			id := firstMember + int64(done)
			people.add(id, "", fmt.Sprintf("测%d", done), "", "", "serving", "", 1)
			memberships.add(id, id, branches[done%len(branches)], "member", "full", 0, now, 1)
			grants.add(id, id, branches[done%len(branches)], "member", false, id, now)
			if done < of.sessions {
				token := base64.RawURLEncoding.EncodeToString([]byte(rand.Text()))
				hash := sha256.Sum256([]byte(token))
				accounts.add(id, id, fmt.Sprintf("bench%d", done), "", false, false, "zh-CN", "standard", now, 1)
				sessions.add(id, hash[:], "person", id, id, 0, 0, "", now, now, ends)
				members = append(members, member{fmt.Sprint(id), "wozai=" + token})
			}
			done++
		}
		for _, x := range []struct {
			into string
			rows *rowsOf
		}{
			{"person (id, code, name, pinyin, initials, category, joined_on, version)", &people},
			{"membership (id, person_id, unit_id, position, standing, sort, valid_from, version)", &memberships},
			{"access_grant (id, person_id, unit_id, role, subtree, membership_id, valid_from)", &grants},
			{"account (id, person_id, login, password, must_change, admin, lang, type_size, created_at, version)", &accounts},
			{"session (id, token_hash, kind, account_id, person_id, meeting_id, link_id, device, created_at, seen_at, expires_at)", &sessions},
		} {
			if x.rows.rows == 0 {
				continue
			}
			if err := x.rows.insert(ctx, tx, x.into); err != nil {
				return nil, err
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	return members, c.settle(ctx)
}

// rowsOf collects rows for one INSERT.
type rowsOf struct {
	rows int
	args []any
}

func (r *rowsOf) add(args ...any) { r.rows, r.args = r.rows+1, append(r.args, args...) }

func (r *rowsOf) insert(ctx context.Context, tx *sql.Tx, into string) error {
	var s strings.Builder
	s.WriteString("INSERT INTO " + into + " VALUES ")
	width := len(r.args) / r.rows
	for i := range r.args {
		switch {
		case i == 0:
			s.WriteString("(")
		case i%width == 0:
			s.WriteString("), (")
		default:
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "$%d", i+1)
	}
	_, err := tx.ExecContext(ctx, s.String()+")", r.args...)
	return err
}

// settle has the engine do now what it would otherwise do while it is measured.
func (c *crowd) settle(ctx context.Context) error {
	statements := []string{`PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA optimize`}
	if len(c.more) > 0 {
		statements = []string{`VACUUM ANALYZE`, `CHECKPOINT`}
	}
	for _, s := range statements {
		if _, err := c.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// size is that of the database in bytes.
func (c *crowd) size(ctx context.Context) (n int64, err error) {
	if err := c.settle(ctx); err != nil {
		return 0, err
	}
	if len(c.more) > 0 {
		return n, c.db.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&n)
	}
	return n, c.db.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&n)
}

// ask composes a roll call, opens it, and notes what the opening took.
func (c *crowd) ask(ctx context.Context, f figures) error {
	text := func(s string) map[string]string { return map[string]string{"zh": s, "en": s} }
	var made struct{ ID string }
	if err := c.asker.call(ctx, "POST", "/units/"+c.unit+"/rollcalls", map[string]any{
		"title": text("Measured"), "about": text(""), "audience": map[string]any{"unit_ids": []string{c.unit}, "subtree": true}, "minutes": 1,
		"schedule": map[string]any{"every": "once", "opens_at": nil, "due_after": 600, "close_after": 1200, "until": nil},
		"form": map[string]any{"fields": []any{
			map[string]any{"key": "well", "kind": "choice", "label": text("Well?"), "options": []any{map[string]any{"key": "yes", "label": text("Yes")}, map[string]any{"key": "no", "label": text("No")}}},
			map[string]any{"key": "tests", "kind": "number", "min": 0, "max": 100, "label": text("Tests")},
			map[string]any{"key": "note", "kind": "text", "label": text("Note")},
		}},
	}, &made); err != nil {
		return err
	}
	began := time.Now()
	var period struct{ ID string }
	if err := c.asker.call(ctx, "POST", "/rollcalls/"+made.ID+"/open", map[string]int{"version": 1}, &period); err != nil {
		return err
	}
	c.period = period.ID
	var now struct {
		State string
		Total struct{ Expected int64 }
	}
	for now.State != "open" {
		if time.Since(began) > 20*time.Minute {
			return errors.New("the roll call does not open")
		}
		time.Sleep(100 * time.Millisecond)
		if err := c.asker.call(ctx, "GET", "/rollcall-periods/"+c.period, nil, &now); err != nil {
			return err
		}
	}
	if now.Total.Expected < int64(len(c.members)) {
		return fmt.Errorf("%d are asked, of %d", now.Total.Expected, len(c.members))
	}
	f["opening_asked"] = float64(now.Total.Expected)
	f["opening_s"] = round(time.Since(began).Seconds(), 2)
	f["opening_people_a_second"] = round(float64(now.Total.Expected)/time.Since(began).Seconds(), 0)
	f["opening_server_peak_MB"] = peak(c.cmd.Process.Pid)
	if err := c.told(ctx); err != nil {
		return err
	}
	f["opening_and_telling_s"], f["telling_server_peak_MB"] = round(time.Since(began).Seconds(), 2), peak(c.cmd.Process.Pid)
	return nil
}

// told waits until nobody is being told of the opening any more.
func (c *crowd) told(ctx context.Context) error {
	for deadline := time.Now().Add(20 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var step string
		if err := c.db.QueryRowContext(ctx, `SELECT step FROM rollcall_period WHERE id = $1`, c.period).Scan(&step); err != nil || step == "" {
			return err
		}
	}
	return errors.New("telling does not come to an end")
}

// work is what a loop of requests came to.
type work struct {
	times
	took time.Duration
}

func (w *work) rate() float64 { return float64(w.count()) / w.took.Seconds() }

// answer has members answer, one request each; rate 0 is as fast as they are taken, else so many begin a second and the clock of
// each runs from when it was due. It returns how many were acknowledged, also when it failed.
func (c *crowd) answer(ctx context.Context, who []member, rate float64) (*work, int64, error) {
	body := fmt.Sprintf(`{"kind":"value","values":{"well":"yes","tests":2,"note":"都好，谢谢"},"form_version":1,"version":0,"device_at":"%s"}`, time.Now().UTC().Format(time.RFC3339))
	return postsCounted(ctx, c.url, len(who), rate, func(i int) []byte {
		return request("/api/v1/rollcall-periods/"+c.period+"/answers/"+who[i].id, who[i].cookie, body)
	}, http.StatusOK, c.acknowledged)
}

// nothing posts to where the server does nothing: the address is unknown, and said to be.
func (c *crowd) nothing(ctx context.Context, n int) (*work, error) {
	w, _, err := posts(ctx, c.url, n, 0, func(i int) []byte { return request("/api/v1/nothing", c.members[i].cookie, `{"kind":"value"}`) }, http.StatusNotFound)
	return w, err
}

func request(path, cookie, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: wozai-bench\r\nContent-Type: application/json\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s", path, cookie, len(body), body)
}

// posts sends n requests over the connections. The client is as lean as can be: it shares the machine with the server.
func posts(ctx context.Context, address string, n int, rate float64, make func(int) []byte, want int) (*work, int64, error) {
	return postsCounted(ctx, address, n, rate, make, want, nil)
}

func postsCounted(ctx context.Context, address string, n int, rate float64, make func(int) []byte, want int, counted *atomic.Int64) (*work, int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, done atomic.Int64
	var all sync.WaitGroup
	w := &work{}
	began := time.Now()
	for range connections {
		all.Go(func() {
			c, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
			if err != nil {
				cancel(err)
				return
			}
			stop := context.AfterFunc(ctx, func() { _ = c.Close() })
			defer stop()
			defer c.Close() //nolint:errcheck // nothing more comes
			r := bufio.NewReader(c)
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				due := time.Now()
				if rate > 0 {
					due = began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				if err := post(c, r, make(i), want); err != nil {
					cancel(err)
					return
				}
				done.Add(1)
				if counted != nil {
					counted.Add(1)
				}
				w.add(time.Since(due))
			}
		})
	}
	all.Wait()
	w.took = time.Since(began)
	return w, done.Load(), context.Cause(ctx)
}

func post(c net.Conn, r *bufio.Reader, request []byte, want int) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer a.Body.Close() //nolint:errcheck // read to the end
	if a.StatusCode != want {
		text, _ := io.ReadAll(io.LimitReader(a.Body, 400))
		return fmt.Errorf("%s, wanted %d: %s", a.Status, want, bytes.TrimSpace(text))
	}
	_, err = io.Copy(io.Discard, a.Body)
	return err
}

// received asks for the roll-up of all, signed in as whoever asked.
func (c *crowd) received(ctx context.Context) (int64, error) {
	var now struct{ Total struct{ Received int64 } }
	return now.Total.Received, c.look(ctx, &now)
}

func (c *crowd) look(ctx context.Context, out any) error {
	asker := browser{base: c.url, cookie: c.asker.cookie, client: c.asker.client}
	return asker.call(ctx, "GET", "/rollcall-periods/"+c.period, nil, out)
}

// watch looks at the roll-up ten times a second until it is called; late says how often it showed less than was in the table before
// the look began.
func (c *crowd) watch(ctx context.Context) func() (late int, looks *times) {
	ctx, cancel := context.WithCancel(ctx)
	looks, late := &times{}, 0
	var all sync.WaitGroup
	all.Go(func() {
		for t := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			kept, err := c.recount(ctx)
			began := time.Now()
			shown, err2 := c.received(ctx)
			if err == nil && err2 == nil {
				looks.add(time.Since(began))
				if shown < kept {
					late++
				}
			}
		}
	})
	return func() (int, *times) {
		cancel()
		all.Wait()
		return late, looks
	}
}

// recount counts the answers in the table itself.
func (c *crowd) recount(ctx context.Context) (n int64, err error) {
	return n, c.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM rollcall_answer WHERE period_id = $1`, c.period).Scan(&n)
}

func (c *crowd) stop() {
	c.program.stop()
	_ = c.db.Close()
}

// peak is the most memory that a process held, in MB.
func peak(pid int) float64 {
	for line := range strings.Lines(read(fmt.Sprintf("/proc/%d/status", pid))) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return round(kb/1024, 1)
		}
	}
	return 0
}

// pocketbaseStorm starts PocketBase in a process of its own and creates n records of the same content over the same client.
func pocketbaseStorm(ctx context.Context, dir string, n int) (rate float64, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	p, err := startPocketbase(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	body, err := json.Marshal(map[string]any{"kind": "value", "content": `{"well":"yes","tests":2,"note":"都好，谢谢"}`, "form_version": 1})
	if err != nil {
		return 0, err
	}
	w, _, err := posts(ctx, p.url, n, 0, func(int) []byte { return request("/api/collections/answers/records", "", string(body)) }, http.StatusOK)
	if err != nil {
		return 0, err
	}
	return w.rate(), nil
}
