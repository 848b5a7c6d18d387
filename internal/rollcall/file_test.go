package rollcall_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/office/sheet"
	"wozai/internal/profile"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

const (
	png  = "\x89PNG\r\n\x1a\n"
	jpeg = "\xff\xd8\xff\xe0"
	pdf  = "%PDF-1.7\n"
)

// withFiles asks for pictures of the stock, two at most, and a sensitive certificate, for recorders.
func withFiles(c *rollcall.Composition) {
	c.KeepDays = 7
	c.Form = rollcall.Form{Readers: []access.Role{access.Recorder}, Fields: []rollcall.FormField{
		{Key: "stock", Kind: rollcall.Attached, Label: profile.Text{ZH: "库存/照片", EN: "Stock"}, Limit: 2},
		{Key: "proof", Kind: rollcall.Attached, Label: both("proof"), Sensitive: true},
		{Key: "n", Kind: rollcall.Number, Label: both("n")},
	}}
}

func (h *house) add(a access.Actor, period, answerer db.ID, field, name, content string) rollcall.AnswerFile {
	h.Helper()
	f, err := h.roll.AddFile(h.ctx, a, period, answerer, field, 1, name, strings.NewReader(content))
	must(h.TB, err)
	return f
}

func (h *house) names(a access.Actor, period db.ID, version int64, values map[string]any) error {
	for key, v := range values { // as it comes from JSON
		if ids, ok := v.([]db.ID); ok {
			var list []any
			for _, id := range ids {
				list = append(list, id.String())
			}
			values[key] = list
		}
	}
	_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, rollcall.Sending{Kind: rollcall.Value, Values: values, FormVersion: 1, Version: version})
	return err
}

func whole(t testing.TB, f api.File, err error) string {
	t.Helper()
	must(t, err)
	b, err := io.ReadAll(f.Content)
	must(t, err)
	must(t, f.Content.Close())
	if int64(len(b)) != f.Bytes {
		t.Errorf("%d bytes, told %d", len(b), f.Bytes)
	}
	return string(b)
}

// kept reads every file that lies in the store.
func (h *house) kept() (all []string) {
	h.Helper()
	must(h.TB, filepath.WalkDir(h.blobs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".attrs") {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, string(b))
		return err
	}))
	return all
}

func (h *house) archive(a access.Actor, period, unit db.ID) map[string]string {
	h.Helper()
	file, err := h.roll.FilesZip(h.ctx, a, period, unit)
	must(h.TB, err)
	var b bytes.Buffer
	must(h.TB, file.Write(&b))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	must(h.TB, err)
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(h.TB, err)
		content, err := io.ReadAll(r)
		must(h.TB, err)
		out[f.Name] = string(content)
	}
	return out
}

func TestFilesAreAnsweredSeenAndKeptWithEveryVersion(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		h.boss.Lang, h.secA.Lang = "zh-CN", "zh-CN"
		_, period := h.opened(withFiles)
		first := h.add(h.one, period, h.one.PersonID, "stock", `C:\照片\a.png`, png+"first")
		if first.Name != "a.png" || first.MediaType != "image/png" || first.Bytes != int64(len(png+"first")) || first.Answered {
			t.Errorf("%+v", first)
		}
		_, err := h.roll.File(h.ctx, h.secA, period, h.one.PersonID, first.ID)
		h.wants(err, "not_found") // no answer names it
		must(t, h.names(h.one, period, 0, map[string]any{"stock": []db.ID{first.ID}}))
		for _, a := range []access.Actor{h.one, h.secA, h.boss} {
			f, err := h.roll.File(h.ctx, a, period, h.one.PersonID, first.ID)
			if got := whole(t, f, err); got != png+"first" {
				t.Errorf("%q", got)
			}
		}
		for _, a := range []access.Actor{h.two, h.four, h.secB} {
			_, err := h.roll.File(h.ctx, a, period, h.one.PersonID, first.ID)
			h.wants(err, "not_found")
		}

		// A correction: what was replaced is seen with its version and is still there.
		again, other := h.add(h.one, period, h.one.PersonID, "stock", "a.png", png+"again"), h.add(h.one, period, h.one.PersonID, "stock", "回执.pdf", pdf+"other")
		must(t, h.names(h.one, period, 1, map[string]any{"stock": []db.ID{again.ID, other.ID}}))
		view, err := h.roll.View(h.ctx, h.secA, period, h.one.PersonID)
		must(t, err)
		if len(view.Files) != 3 || len(view.Versions) != 1 {
			t.Fatalf("%+v", view)
		}
		if text, _ := json.Marshal(view.Versions[0].Values["stock"]); string(text) != `["`+first.ID.String()+`"]` {
			t.Errorf("the first version names %s", text)
		}
		f, err := h.roll.File(h.ctx, h.secA, period, h.one.PersonID, first.ID)
		if got := whole(t, f, err); got != png+"first" {
			t.Errorf("what was replaced: %q", got)
		}
		h.wants(h.roll.RemoveFile(h.ctx, h.one, period, h.one.PersonID, first.ID), rollcall.CodeFileAnswered)

		// What those who ask take along: names in a cell, and all of it in one file.
		must(t, h.names(h.four, period, 0, map[string]any{"stock": []db.ID{h.add(h.four, period, h.four.PersonID, "stock", "=1+1.png", png+"four").ID}}))
		file, err := h.roll.Export(h.ctx, h.boss, period, "csv")
		must(t, err)
		var b bytes.Buffer
		must(t, file.Write(&b))
		if text := b.String(); !strings.Contains(text, "a.png; 回执.pdf") || strings.Contains(text, first.ID.String()) || !strings.Contains(text, "'=1+1.png") {
			t.Error(text)
		}
		file, err = h.roll.Export(h.ctx, h.boss, period, "xlsx")
		must(t, err)
		b.Reset()
		must(t, file.Write(&b))
		_, err = sheet.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), sheet.Limits{Bytes: 1 << 20})
		must(t, err)
		got := h.archive(h.boss, period, h.top.ID)
		want := map[string]string{"甲支部/何一/库存_照片/a.png": png + "again", "甲支部/何一/库存_照片/回执.pdf": pdf + "other", "乙支部/何四/库存_照片/=1+1.png": png + "four"}
		if len(got) != len(want) {
			t.Errorf("%q", got)
		}
		for name, content := range want {
			if got[name] != content {
				t.Errorf("%s: %q of %q", name, got[name], got)
			}
		}
		sum, err := h.roll.FilesBelow(h.ctx, h.boss, period, h.a.ID)
		must(t, err)
		if sum.Files != 2 || sum.Bytes != again.Bytes+other.Bytes {
			t.Errorf("%+v", sum)
		}
		for _, a := range []access.Actor{h.secA, h.one} {
			_, err = h.roll.FilesZip(h.ctx, a, period, h.a.ID)
			h.wants(err, "not_found")
			_, err = h.roll.FilesBelow(h.ctx, a, period, h.a.ID)
			h.wants(err, "not_found")
		}
		r, err := h.roll.Rollup(h.ctx, h.boss, period, 0)
		must(t, err)
		if !slices.Contains(r.Abilities, "files") {
			t.Errorf("abilities %v", r.Abilities)
		}

		// Content that is lost does not spoil the others; it is named.
		must(t, h.files.Remove(h.ctx, "answers/"+other.ID.String()))
		if got := h.archive(h.boss, period, h.a.ID); len(got) != 2 || !strings.Contains(got["没有找到的文件.txt"], "回执.pdf") {
			t.Errorf("%q", got)
		}
	})
}

func TestAnUnitsFilesStandUnderItsName(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, period := h.opened(func(c *rollcall.Composition) { withFiles(c); byUnits(c) })
	f := h.add(h.secA, period, h.a.ID, "stock", "a.png", png)
	_, err := h.roll.Answer(h.ctx, h.secA, period, h.a.ID, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"stock": []any{f.ID.String()}}, FormVersion: 1})
	must(t, err)
	h.boss.Lang = "en"
	if got := h.archive(h.boss, period, h.top.ID); got["甲支部/Stock/a.png"] != png || len(got) != 1 {
		t.Errorf("%q", got)
	}
	opened, err := h.roll.File(h.ctx, h.head, period, h.a.ID, f.ID) // who checks it
	if whole(t, opened, err) != png {
		t.Error("another content")
	}
}

func TestSensitiveFilesAreSealedForReadersAloneAndGoWhenTheirDaysAreOver(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, period := h.opened(withFiles)
		reader := h.actor("于磊", h.a, "liaison")
		if !slices.ContainsFunc(reader.Grants, func(g access.Grant) bool { return g.Role == access.Recorder }) {
			t.Fatalf("no recorder: %+v", reader.Grants)
		}
		long := pdf + strings.Repeat("核酸阳性", 50_000) // some pieces of a stream
		secret := h.add(h.one, period, h.one.PersonID, "proof", "何一阳性.pdf", long)
		open := h.add(h.one, period, h.one.PersonID, "stock", "a.png", png+"open")
		must(t, h.names(h.one, period, 0, map[string]any{"proof": []db.ID{secret.ID}, "stock": []db.ID{open.ID}}))
		h.add(h.two, period, h.two.PersonID, "proof", "何二阳性.pdf", long) // begun
		var rows []map[string]any
		for _, table := range []string{"rollcall_file", "audit", "event"} {
			must(t, selectAll(h, table, &rows))
		}
		text, err := json.Marshal(rows)
		must(t, err)
		if strings.Contains(string(text)+strings.Join(h.kept(), ""), "阳性") {
			t.Error("it stands there in the clear")
		}
		for _, a := range []access.Actor{h.boss, h.secA} { // they see the answer
			_, err := h.roll.File(h.ctx, a, period, h.one.PersonID, secret.ID)
			h.wants(err, "not_found")
			view, err := h.roll.View(h.ctx, a, period, h.one.PersonID)
			must(t, err)
			if !view.Hidden || len(view.Files) != 1 {
				t.Errorf("%+v", view)
			}
		}
		if got := h.archive(h.boss, period, h.top.ID); len(got) != 1 {
			t.Errorf("%q", got)
		}
		// Who asks makes themselves a reader: of what comes, not of what was given before.
		must(t, h.roll.Update(h.ctx, h.boss, id, 2, h.question(func(c *rollcall.Composition) {
			withFiles(c)
			c.Form.Readers = []access.Role{access.Officer}
		})))
		_, err = h.roll.File(h.ctx, h.boss, period, h.one.PersonID, secret.ID)
		h.wants(err, "not_found")
		if got := h.archive(h.boss, period, h.top.ID); len(got) != 1 {
			t.Errorf("%q", got)
		}
		looks := func() int64 {
			return h.count(`SELECT COUNT(*) FROM person_look WHERE person_id = $1`, h.one.PersonID)
		}
		before := looks()
		f, err := h.roll.File(h.ctx, reader, period, h.one.PersonID, secret.ID)
		if got := whole(t, f, err); got != long || f.Name != "何一阳性.pdf" {
			t.Errorf("%s, %d bytes", f.Name, len(got))
		}
		if looks() != before+1 {
			t.Error("the look is not recorded")
		}
		f, err = h.roll.File(h.ctx, h.one, period, h.one.PersonID, secret.ID)
		if whole(t, f, err) != long || looks() != before+1 {
			t.Error("their own")
		}

		// A spoilt piece is never passed off as the whole.
		at := filepath.Join(h.blobs, "answers", secret.ID.String())
		good, err := os.ReadFile(at)
		must(t, err)
		bad := slices.Clone(good)
		bad[len(bad)/2] ^= 1
		must(t, os.WriteFile(at, bad, 0o600))
		f, err = h.roll.File(h.ctx, h.one, period, h.one.PersonID, secret.ID)
		must(t, err)
		if _, err := io.Copy(io.Discard, f.Content); err == nil {
			t.Error("nobody noticed")
		}
		must(t, f.Content.Close())
		must(t, os.WriteFile(at, good, 0o600))

		h.later(2 * time.Hour)
		h.later(8 * 24 * time.Hour)
		if n := h.count(`SELECT COUNT(*) FROM rollcall_file WHERE sensitive`); n != 0 || len(h.kept()) != 1 {
			t.Errorf("%d rows and %d files are left", n, len(h.kept())-1)
		}
		var proof string
		must(t, db.Get(h.ctx, h.DB.Read(), &proof, `SELECT after FROM audit WHERE action = 'rollcall.purge_files' ORDER BY id DESC LIMIT 1`))
		if !strings.Contains(proof, `"deleted": 2`) && !strings.Contains(proof, `"deleted":2`) || !strings.Contains(proof, `"left": 0`) && !strings.Contains(proof, `"left":0`) {
			t.Error(proof)
		}
		f, err = h.roll.File(h.ctx, h.secA, period, h.one.PersonID, open.ID)
		if whole(t, f, err) != png+"open" {
			t.Error("the other one")
		}
	})
}

func TestWhatIsNoFileOfTheAnswerIsRefused(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(withFiles)
		me := h.one.PersonID
		add := func(a access.Actor, answerer db.ID, field, name string, body io.Reader) error {
			_, err := h.roll.AddFile(h.ctx, a, period, answerer, field, 1, name, body)
			return err
		}
		for name, c := range map[string]struct {
			err  error
			want string
		}{
			"a program":               {add(h.one, me, "stock", "a.png", strings.NewReader("MZ\x90\x00")), rollcall.CodeFileType},
			"a page":                  {add(h.one, me, "stock", "a.png", strings.NewReader("<svg onload='alert(1)'/>")), rollcall.CodeFileType},
			"nothing":                 {add(h.one, me, "stock", "a.png", strings.NewReader("")), rollcall.CodeFileEmpty},
			"no body":                 {add(h.one, me, "stock", "a.png", nil), rollcall.CodeFileEmpty},
			"too large":               {add(h.one, me, "stock", "a.png", io.MultiReader(strings.NewReader(png), io.LimitReader(zeros{}, rollcall.MaxFile))), rollcall.CodeFileLarge},
			"too large and sensitive": {add(h.one, me, "proof", "a.png", io.MultiReader(strings.NewReader(png), io.LimitReader(zeros{}, rollcall.MaxFile))), rollcall.CodeFileLarge},
			"without a name":          {add(h.one, me, "stock", "../\x00\u202e", strings.NewReader(png)), "invalid"},
			"a long name":             {add(h.one, me, "stock", strings.Repeat("长", 121), strings.NewReader(png)), "invalid"},
			"a field that is none":    {add(h.one, me, "nowhere", "a.png", strings.NewReader(png)), "invalid"},
			"a number":                {add(h.one, me, "n", "a.png", strings.NewReader(png)), "invalid"},
			"for somebody else":       {add(h.one, h.two.PersonID, "stock", "a.png", strings.NewReader(png)), "not_found"},
			"by their officer":        {add(h.secA, me, "stock", "a.png", strings.NewReader(png)), "not_found"},
			"who is not asked":        {add(h.boss, h.boss.PersonID, "stock", "a.png", strings.NewReader(png)), "not_found"},
		} {
			if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, c.err, c.want)
			}
		}
		_, err := h.roll.AddFile(h.ctx, h.one, period, me, "stock", 2, "a.png", strings.NewReader(png))
		h.wants(err, "invalid") // a form that there is not
		if n := h.count(`SELECT COUNT(*) FROM rollcall_file`); n != 0 || len(h.kept()) != 0 {
			t.Errorf("%d rows and %d files are left of what was refused", n, len(h.kept()))
		}

		// Names are only names.
		for name, want := range map[string]string{
			"../../etc/passwd": "passwd.png", `..\a` + "\n\tb.PNG": "ab.PNG", "发票\u202egnp.exe": "发票gnp.exe.png", "  \"a\";b.png ": `"a";b.png`, "a.jpg": "a.jpg.png",
		} {
			f := h.add(h.one, period, me, "stock", name, png)
			if f.Name != want {
				t.Errorf("%q became %q", name, f.Name)
			}
			must(t, h.roll.RemoveFile(h.ctx, h.one, period, me, f.ID))
		}
		if n := h.count(`SELECT COUNT(*) FROM rollcall_file`); n != 0 || len(h.kept()) != 0 {
			t.Errorf("%d rows and %d files are left of what was removed", n, len(h.kept()))
		}

		// An answer names files that were sent for it.
		mine, theirs, proof := h.add(h.one, period, me, "stock", "a.png", png), h.add(h.two, period, h.two.PersonID, "stock", "a.png", png), h.add(h.one, period, me, "proof", "a.png", png)
		_, elsewhere := h.opened(withFiles)
		foreign := h.add(h.one, elsewhere, me, "stock", "a.png", png)
		for name, v := range map[string]any{
			"somebody else's": []db.ID{theirs.ID}, "of another field": []db.ID{proof.ID}, "of another period": []db.ID{foreign.ID}, "mine and one that is none": []db.ID{mine.ID, 99},
			"one twice": []db.ID{mine.ID, mine.ID}, "no list": mine.ID.String(), "no ids": []any{"../1"}, "numbers": []any{1.0}, "an object": map[string]any{"id": "1"},
		} {
			err := h.names(h.one, period, 0, map[string]any{"stock": v})
			if got := faults(err); !slices.Equal(got, []string{"values.stock=" + rollcall.CodeFileUnknown}) {
				t.Errorf("%s: %v", name, err)
			}
		}
		more := []db.ID{mine.ID, h.add(h.one, period, me, "stock", "b.png", png).ID, h.add(h.one, period, me, "stock", "c.png", png).ID}
		if got := faults(h.names(h.one, period, 0, map[string]any{"stock": more})); !slices.Equal(got, []string{"values.stock=too_many_fields"}) {
			t.Errorf("three of two: %v", got)
		}
		if n := h.count(`SELECT COUNT(*) FROM rollcall_answer`) + h.count(`SELECT COUNT(*) FROM rollcall_file WHERE answered_at <> 0`); n != 0 {
			t.Error("something was changed")
		}
		for _, a := range []access.Actor{h.two, h.secA} {
			h.wants(h.roll.RemoveFile(h.ctx, a, period, me, mine.ID), "not_found")
		}
		h.wants(h.roll.RemoveFile(h.ctx, h.two, period, h.two.PersonID, mine.ID), "not_found")
		_, err = h.roll.File(h.ctx, h.two, period, h.two.PersonID, mine.ID) // under one's own name
		h.wants(err, "not_found")

		// So many and no more: nobody fills the disk.
		for range 17 {
			h.add(h.one, period, me, "stock", "a.png", png)
		}
		h.wants(add(h.one, me, "stock", "a.png", strings.NewReader(png)), rollcall.CodeFileMany)

		// After the lock nothing comes, until the unit has an exception.
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		h.wants(add(h.four, h.four.PersonID, "stock", "a.png", strings.NewReader(png)), "rollcall_locked")
		_, err = h.roll.Except(h.ctx, h.boss, period, h.b.ID, "停电", db.Time(h.clock.Load()).Add(time.Hour))
		must(t, err)
		must(t, add(h.four, h.four.PersonID, "stock", "a.png", strings.NewReader(png)))
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAFileSentTwiceIsOneAndALostOneComesBack(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(withFiles)
		for _, field := range []string{"stock", "proof"} {
			send := func(content string) (rollcall.AnswerFile, error) {
				ctx := change.WithKey(context.Background(), "rollcall-file-add "+field, 0)
				return h.roll.AddFile(ctx, h.one, period, h.one.PersonID, field, 1, "a.png", strings.NewReader(content))
			}
			f, err := send(png + "1")
			must(t, err)
			again, err := send(png + "1")
			must(t, err)
			if f != again || h.count(`SELECT COUNT(*) FROM rollcall_file WHERE field = $1`, field) != 1 {
				t.Errorf("%+v and %+v", f, again)
			}
			_, err = send(png + "2")
			h.wants(err, "key_reused")

			// Killed after the row and before the content: nobody was told, and the phone sends it again.
			must(t, h.files.Remove(h.ctx, "answers/"+f.ID.String()))
			_, err = h.roll.File(h.ctx, h.one, period, h.one.PersonID, f.ID)
			h.wants(err, "not_found")
			_, err = send(png + "1")
			must(t, err)
			opened, err := h.roll.File(h.ctx, h.one, period, h.one.PersonID, f.ID)
			if whole(t, opened, err) != png+"1" {
				t.Error("another content")
			}

			// Removed meanwhile it stays away: to be sent anew.
			must(t, h.roll.RemoveFile(h.ctx, h.one, period, h.one.PersonID, f.ID))
			_, err = send(png + "1")
			h.wants(err, rollcall.CodeFileGone)
		}
		if len(h.kept()) != 0 {
			t.Errorf("left behind: %q", h.kept())
		}
	})
}

func TestFilesThatNothingNamesGoAfterDays(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(func(c *rollcall.Composition) { withFiles(c); c.Schedule.CloseAfter = 60 * 24 * 60 })
		loose, drafted, answered := h.add(h.one, period, h.one.PersonID, "stock", "a.png", png+"1"), h.add(h.two, period, h.two.PersonID, "stock", "a.png", png+"2"), h.add(h.three, period, h.three.PersonID, "stock", "a.png", png+"3")
		must(t, h.roll.SaveDraft(h.ctx, h.two, period, h.two.PersonID, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"stock": []any{drafted.ID.String()}}, FormVersion: 1}))
		must(t, h.names(h.three, period, 0, map[string]any{"stock": []db.ID{answered.ID}}))
		left := func() int {
			h.Helper()
			must(t, h.roll.RemoveLooseFiles(h.ctx))
			if n := h.count(`SELECT COUNT(*) FROM rollcall_file`); n != int64(len(h.kept())) {
				t.Errorf("%d rows, %d files", n, len(h.kept()))
			}
			return len(h.kept())
		}
		h.later(6 * 24 * time.Hour)
		if left() != 3 {
			t.Error("too early")
		}
		h.later(25 * time.Hour)
		if left() != 2 {
			t.Error("the loose one is still there, or another has gone")
		}
		sheet, err := h.roll.Sheet(h.ctx, h.two, period, h.two.PersonID)
		must(t, err)
		if len(sheet.Files) != 1 || sheet.Files[0].ID != drafted.ID {
			t.Errorf("%+v", sheet.Files)
		}
		err = h.names(h.one, period, 0, map[string]any{"stock": []db.ID{loose.ID}})
		if got := faults(err); !slices.Equal(got, []string{"values.stock=" + rollcall.CodeFileUnknown}) {
			t.Errorf("what has gone is answered with: %v", err)
		}
		must(t, h.roll.SaveDraft(h.ctx, h.two, period, h.two.PersonID, rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1}))
		if left() != 1 {
			t.Error("what a draft has dropped is still there")
		}

		// Killed between the content and the row: finished the next time.
		h.do(func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return tx.Exec(ctx, `UPDATE rollcall_file SET answered_at = 0, gone_at = 1`)
		})
		must(t, h.files.Remove(h.ctx, "answers/"+answered.ID.String()))
		if left() != 0 {
			t.Error("what was cut short is still there")
		}
	})
}

func TestFilesBelongNeitherInTablesNorInWhatIsAnonymous(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	file := rollcall.FormField{Key: "f", Kind: rollcall.Attached, Label: both("f")}
	six, prefilled := file, file
	six.Limit, prefilled.Prefill = 6, true
	for name, c := range map[string]struct {
		change func(*rollcall.Composition)
		want   string
	}{
		"in a table": {func(c *rollcall.Composition) {
			c.Form = rollcall.Form{Fields: []rollcall.FormField{{Key: "t", Kind: rollcall.Table, Label: both("t"), Columns: []rollcall.FormField{file}}}}
		}, "form.fields[0].columns[0].kind=file_in_table"},
		"without names": {func(c *rollcall.Composition) {
			c.Anonymous, c.Form = true, rollcall.Form{Fields: []rollcall.FormField{file}}
		}, "form.fields[0].kind=file_anonymous"},
		"six":       {func(c *rollcall.Composition) { c.Form = rollcall.Form{Fields: []rollcall.FormField{six}} }, "form.fields[0].limit=range"},
		"prefilled": {func(c *rollcall.Composition) { c.Form = rollcall.Form{Fields: []rollcall.FormField{prefilled}} }, "form.fields[0].prefill=not_of_kind"},
	} {
		_, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(c.change))
		if got := faults(err); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}
