package meeting

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

// textOffice writes documents as plain text: what they say is looked at here, their form in package office.
type textOffice struct{}

func (textOffice) Official(d Official) ([]byte, error) { return []byte(d.Text()), nil }

func (textOffice) Sheet(t Sheet) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintln(&b, t.Title)
	for _, r := range t.Rows {
		for i, c := range r {
			if i > 0 {
				b.WriteByte('\t')
			}
			fmt.Fprint(&b, c)
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// afterwards is an organisation with a branch whose meeting has just ended.
type afterwards struct {
	*Records
	t       *testing.T
	ctx     context.Context
	store   *testkit.Store
	party   *profile.Profile
	org     *org.Service
	unit    map[string]access.Unit
	who     map[string]db.ID
	meeting db.ID
}

// leaveNote is what somebody said to the officers beside the reason for leave.
const leaveNote = "母亲住院"

// Why cai was on leave and why old is exempt, as the profile words it.
const (
	leaveWord  = "值班、执行任务"
	exemptWord = "年老体弱"
)

var meetingStart = time.Date(2020, 2, 20, 15, 0, 0, 0, time.FixedZone("", 8*3600))

func newAfterwards(t *testing.T, s *testkit.Store, lang string) *afterwards {
	t.Helper()
	party, err := profile.Load("party")
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Open(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	f := &afterwards{t: t, ctx: context.Background(), store: s, party: party, unit: map[string]access.Unit{}, who: map[string]db.ID{}}
	f.org = org.NewService(s.DB, s.Change, box, func() *profile.Profile { return party })
	seen := (&Rooms{RoomsConfig: RoomsConfig{Secret: box}}).Transitions
	f.Records = NewRecords(RecordsConfig{DB: s.DB, Change: s.Change, Files: folder(t.TempDir()), Office: textOffice{}, Profile: func() *profile.Profile { return party }, Zone: func() *time.Location { return time.FixedZone("", 8*3600) },
		Books: &MeetingBooks{Seen: seen, Organisation: func() string { return "云山省数据局" }}})
	f.people()
	f.meeting = f.held(lang, "organisation_life", "A")
	return f
}

func (f *afterwards) do(fn func(ctx context.Context, tx *change.Tx) error) {
	f.t.Helper()
	if err := f.store.Change.Do(f.ctx, access.SystemActor("test"), fn); err != nil {
		f.t.Fatal(err)
	}
}

// people makes a committee over two branches, and a leading group.
func (f *afterwards) people() {
	f.do(func(ctx context.Context, tx *change.Tx) error {
		if err := f.org.EnsureTrees(ctx, tx); err != nil {
			return err
		}
		for _, u := range []struct{ key, above, kind, name string }{
			{"leading", "", "leading_group", "党组"}, {"committee", "leading", "authority_committee", "机关党委"},
			{"A", "committee", "branch", "办公室第一党支部"}, {"B", "committee", "branch", "办公室第二党支部"}, {"A1", "A", "group", "第一党小组"},
		} {
			n := org.NewUnit{ParentID: f.unit[u.above].ID, Tree: "party", Kind: u.kind, Name: u.name}
			made, err := f.org.AddUnit(ctx, tx, n)
			if err != nil {
				return err
			}
			f.unit[u.key] = made.Where()
		}
		for _, p := range []struct{ key, name, unit, position string }{
			{"overseer", "沈督", "committee", "committee_secretary"}, {"overseer2", "沈副", "committee", "committee_deputy_secretary"},
			{"secretary", "周书记", "A", "secretary"}, {"recorder", "吴记录", "A", "publicity_member"},
			{"ann", "安然", "A", "member"}, {"bob", "鲍平", "A", "member"}, {"cai", "蔡青", "A", "member"}, {"dan", "丁一", "A", "member"},
			{"old", "冯老", "A", "member"}, {"guest", "客文", "B", "member"}, {"stranger", "施外", "B", "secretary"},
		} {
			made, err := f.org.AddPerson(ctx, tx, org.NewPerson{Name: p.name, Category: "serving"})
			if err != nil {
				return err
			}
			f.who[p.key] = made.ID
			if _, err := f.org.AddMembership(ctx, tx, org.NewMembership{PersonID: made.ID, UnitID: f.unit[p.unit].ID, Position: p.position, Standing: "full"}); err != nil {
				return err
			}
		}
		for _, m := range []struct{ person, position string }{{"stranger", "group_secretary"}, {"ann", "group_member"}} {
			if _, err := f.org.AddMembership(ctx, tx, org.NewMembership{PersonID: f.who[m.person], UnitID: f.unit["leading"].ID, Position: m.position, Standing: "full"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *afterwards) as(who string) access.Actor {
	f.t.Helper()
	grants, err := org.Grants(f.ctx, f.store.DB.Read(), f.who[who])
	if err != nil {
		f.t.Fatal(err)
	}
	return access.Actor{Kind: access.Person, PersonID: f.who[who], AccountID: f.who[who], Origin: "http", Lang: "zh-CN", Grants: grants}
}

// arrange puts a meeting into the schedule's tables.
func (f *afterwards) arrange(lang, kindKey, unit string, starts time.Time, status Status) db.ID {
	f.t.Helper()
	kind, err := f.party.MeetingKind(kindKey)
	if err != nil {
		f.t.Fatal(err)
	}
	rules := kind
	if len(kind.HeldAs) > 0 {
		if rules, err = f.party.As(kind, kind.HeldAs[0]); err != nil {
			f.t.Fatal(err)
		}
	}
	pins, err := json.Marshal(pinned{kind, rules})
	if err != nil {
		f.t.Fatal(err)
	}
	var id db.ID
	at := db.At(starts)
	f.do(func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		id = tx.NewID()
		ended := db.Time(0)
		if status == Over {
			ended = at.Add(90 * time.Minute)
		}
		opened := db.Time(0)
		if ended != 0 {
			opened = at
		}
		if err := tx.Exec(ctx, `INSERT INTO meeting (id, unit_id, kind, held_as, profile, profile_version, rules, theme, place, note, starts_at, ends_at, status, chair_id, recorder_id, deputies, lobby, lang, practice, revision, opened_at, ended_at, created_by, created_at, version)
			VALUES ($1, $2, $3, $4, 'party', 1, $5, $6, '', '', $7, $8, $9, $10, $11, '[]', FALSE, $12, FALSE, 0, $13, $14, $10, $7, 1)`,
			id, f.unit[unit].ID, kindKey, rules.Key, string(pins), "疫情面前党员在", at, at.Add(90*time.Minute), status, f.who["secretary"], f.who["recorder"], lang, opened, ended); err != nil {
			return err
		}
		for i, st := range kind.Stages {
			if err := tx.Exec(ctx, `INSERT INTO stage (meeting_id, key, sort, name, hint, mode, minutes, seconds, microphones, pass_on, speakers) VALUES ($1, $2, $3, '', '', $4, $5, 0, 0, '', '[]')`, id, st.Key, i, string(st.Mode), st.Minutes); err != nil {
				return err
			}
		}
		for i, task := range kind.Prepare {
			done := db.Time(0)
			if task.Required {
				done = at.Add(-time.Duration(task.DaysBefore) * 24 * time.Hour)
			}
			if err := tx.Exec(ctx, `INSERT INTO preparation (id, meeting_id, key, name, sort, required, due_at, done_at, note) VALUES ($1, $2, $3, '', $4, $5, $6, $7, '')`, tx.NewID(), id, task.Key, i, task.Required, at, done); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

// held is a meeting of seven due: five came, one late, one was excused, one stayed away; one is
// exempt, one attended without a vote.
func (f *afterwards) held(lang, kind, unit string) db.ID {
	f.t.Helper()
	id := f.arrange(lang, kind, unit, meetingStart, Over)
	start := db.At(meetingStart)
	f.do(func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		for i, p := range []struct {
			who, answer, reason, exempt string
			observer                    bool
			from, to                    time.Duration
			how                         How
		}{
			{who: "secretary", answer: "yes", to: 90 * time.Minute, how: ByVideo}, {who: "recorder", answer: "yes", to: 90 * time.Minute, how: ByVideo},
			{who: "ann", answer: "yes", from: 10 * time.Minute, to: 90 * time.Minute, how: ByAudio}, {who: "bob", answer: "yes", to: 60 * time.Minute, how: ByPhone},
			{who: "cai", answer: "excused", reason: "duty"}, {who: "dan", answer: "none"}, {who: "old", answer: "none", exempt: "frail"},
			{who: "guest", answer: "yes", observer: true, to: 90 * time.Minute, how: ByVideo},
		} {
			decided, note := db.ID(0), ""
			if p.answer == "excused" {
				decided, note = f.who["secretary"], leaveNote
			}
			if err := tx.Exec(ctx, `INSERT INTO participant (meeting_id, person_id, unit_id, sort, belongs, votes, observer, by_hand, answer, leave_reason, leave_note, decided_by, exempt, exempt_note, plan_how, version)
				VALUES ($1, $2, $3, $4, $5, $5, $6, FALSE, $7, $8, $9, $10, $11, '', '', 1)`, id, f.who[p.who], f.unit[unit].ID, i, !p.observer, p.observer, p.answer, p.reason, note, decided, p.exempt); err != nil {
				return err
			}
			if p.to == 0 {
				continue
			}
			for _, seen := range []struct {
				kind TransitionKind
				at   time.Duration
			}{{CameIn, p.from}, {WentOut, p.to}} {
				if err := tx.Exec(ctx, `INSERT INTO attendance (id, meeting_id, person_id, seat_id, kind, at, how, given, by_id, helper, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, 'account', 0, '', '')`,
					tx.NewID(), id, f.who[p.who], 900+i, seen.kind, start.Add(seen.at), p.how); err != nil {
					return err
				}
			}
		}
		statement := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO statement (id, meeting_id, person_id, by_id, stage, kind, text, file, media_type, bytes, at) VALUES ($1, $2, $3, 0, 'everyone', 'text', $4, '', '', 0, $5)`,
			statement, id, f.who["cai"], "我在社区值守，书面向支部汇报。", start); err != nil {
			return err
		}
		for i, x := range []struct {
			who   string
			kind  TurnKind
			stage string
			at    time.Duration
			spoke time.Duration
		}{
			{"secretary", TurnChair, "opening", time.Minute, 4 * time.Minute}, {"secretary", TurnSpeech, "branch_review", 6 * time.Minute, 8*time.Minute + 5*time.Second},
			{"ann", TurnSpeech, "everyone", 20 * time.Minute, 4*time.Minute + 12*time.Second}, {"bob", TurnSpeech, "everyone", 26 * time.Minute, 40 * time.Second},
		} {
			if err := tx.Exec(ctx, `INSERT INTO turn (id, meeting_id, number, kind, person_id, reader_id, statement_id, given_by, stage, started_at, ended_at, spoken_ms, ended_how) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7, $8, $9, 'yielded')`,
				tx.NewID(), id, i+1, x.kind, f.who[x.who], x.stage, start.Add(x.at), start.Add(x.at+x.spoke), x.spoke.Milliseconds()); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

func (f *afterwards) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *afterwards) refused(err error, code string) {
	f.t.Helper()
	if fault.Code(err) != code {
		f.t.Fatalf("got %v, want fault %q", err, code)
	}
}

func (f *afterwards) read(who string) Record {
	f.t.Helper()
	r, err := f.Read(f.ctx, f.as(who), f.meeting)
	f.must(err)
	return r
}

func (f *afterwards) count(query string, args ...any) (n int64) {
	f.t.Helper()
	f.must(db.Get(f.ctx, f.store.DB.Read(), &n, query, args...))
	return n
}

// todo counts somebody's open to-dos of a kind.
func (f *afterwards) todo(who, kind string) int64 {
	f.t.Helper()
	return f.count(`SELECT COUNT(*) FROM notice WHERE person_id = $1 AND kind = $2 AND todo AND done_at = 0`, f.who[who], kind)
}

func (f *afterwards) sign() {
	f.t.Helper()
	f.must(f.Sign(f.ctx, f.as("secretary"), f.meeting, f.read("secretary").Version, ""))
}

func (f *afterwards) file(key string) []byte {
	f.t.Helper()
	r, err := f.Files.Open(f.ctx, key)
	f.must(err)
	b, err := io.ReadAll(r)
	f.must(err)
	f.must(r.Close())
	return b
}

func (f *afterwards) archive() []byte {
	f.t.Helper()
	z, err := f.Archive(f.ctx, f.as("secretary"), f.meeting)
	f.must(err)
	var b bytes.Buffer
	f.must(z.Write(&b))
	return b.Bytes()
}

func eachAfterwards(t *testing.T, run func(t *testing.T, f *afterwards)) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		f := newAfterwards(t, s, "zh-CN")
		f.must(f.Assemble(f.ctx, f.meeting))
		run(t, f)
	})
}

func sectionOf(list []RecordSection, key string) RecordSection {
	i := slices.IndexFunc(list, func(s RecordSection) bool { return s.Key == key })
	if i < 0 {
		return RecordSection{}
	}
	return list[i]
}
