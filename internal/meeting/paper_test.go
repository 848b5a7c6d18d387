package meeting_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/fault"
	"wozai/internal/meeting"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/testkit"
)

const pdf = "%PDF-1.7\nfirst page\nsecond page\nthird page"

func TestAPaperBecomesPages(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Announced(h.Tomorrow())
		id, err := h.Papers.Add(h.Ctx, h.Secretary, d.ID, `C:\papers\学习材料.pdf`, strings.NewReader(pdf))
		h.OK(err)
		if _, err := h.Papers.Page(h.Ctx, h.Members[0], d.ID, id, 1, 0); fault.Code(err) != meeting.CodePaperWaiting {
			t.Errorf("a page before there are any: %v", err)
		}
		h.Work()
		list, err := h.Papers.List(h.Ctx, h.Members[0], d.ID)
		h.OK(err)
		if len(list) != 1 || list[0].Status != meeting.PaperReady || list[0].Pages != 3 || list[0].Name != "学习材料.pdf" || list[0].MediaType != "application/pdf" {
			t.Fatalf("papers %+v", list)
		}
		if n, err := h.Meeting.Pages(h.Ctx, s.DB.Read(), d.ID, id); err != nil || n != 3 {
			t.Errorf("the room is told of %d pages (%v)", n, err)
		}
		for _, c := range []struct {
			page, width int
			want        string
		}{{1, 0, "\x01first page"}, {2, 800, "\x01second page"}, {2, 801, "\x02second page"}, {3, 5000, "\x02third page"}} {
			f, err := h.Papers.Page(h.Ctx, h.Link(h.Members[0], d.ID), d.ID, id, c.page, c.width)
			h.OK(err)
			if got := text(h, f); got != c.want || int64(len(got)) != f.Bytes || f.MediaType != "image/webp" {
				t.Errorf("page %d, width %d: %q", c.page, c.width, got)
			}
		}
		if _, err := h.Papers.Page(h.Ctx, h.Secretary, d.ID, id, 4, 0); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("a page that is not there: %v", err)
		}
		f, err := h.Papers.File(h.Ctx, h.Members[0], d.ID, id)
		h.OK(err)
		if got := text(h, f); got != pdf || f.Name != "学习材料.pdf" {
			t.Errorf("the file itself: %q, %q", f.Name, got)
		}

		// Made twice is made once.
		h.OK(h.Papers.MakePages(h.Ctx, id))
		if n := h.Count(`SELECT COUNT(*) FROM paper_page WHERE paper_id = $1`, id); n != 6 {
			t.Errorf("%d page images", n)
		}

		h.OK(h.Papers.Remove(h.Ctx, h.Secretary, d.ID, id))
		h.Wants(h.Papers.Remove(h.Ctx, h.Secretary, d.ID, id), "not_found")
		if list, err = h.Papers.List(h.Ctx, h.Secretary, d.ID); err != nil || len(list) != 0 {
			t.Errorf("after removal: %+v, %v", list, err)
		}
		if _, err := h.Papers.Page(h.Ctx, h.Secretary, d.ID, id, 1, 0); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("a removed paper's page: %v", err)
		}

		h.Wants(h.Papers.Rename(h.Ctx, h.Secretary, d.ID, id, "x"), "not_found")
		h.OK(h.Papers.Restore(h.Ctx, h.Secretary, d.ID, id))
		h.Wants(h.Papers.Restore(h.Ctx, h.Secretary, d.ID, id), "not_found")
		h.OK(h.Papers.Rename(h.Ctx, h.Secretary, d.ID, id, " 学习材料（修改稿） "))
		h.Wants(h.Papers.Rename(h.Ctx, h.Secretary, d.ID, id, " "), "invalid")
		if list, err = h.Papers.List(h.Ctx, h.Secretary, d.ID); err != nil || len(list) != 1 || list[0].Name != "学习材料（修改稿）" || list[0].Pages != 3 {
			t.Errorf("restored and renamed: %+v, %v", list, err)
		}

		// One that was removed while it waited has its pages all the same when it comes back.
		late, err := h.Papers.Add(h.Ctx, h.Secretary, d.ID, "b.pdf", strings.NewReader(pdf))
		h.OK(err)
		h.OK(h.Papers.Remove(h.Ctx, h.Secretary, d.ID, late))
		h.Work()
		h.OK(h.Papers.Restore(h.Ctx, h.Secretary, d.ID, late))
		h.Work()
		if list, err = h.Papers.List(h.Ctx, h.Secretary, d.ID); err != nil || len(list) != 2 || list[1].Status != meeting.PaperReady {
			t.Errorf("removed while it waited: %+v, %v", list, err)
		}
	})
}

func TestWhatIsNoPaperIsRefused(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	d := h.Draft(h.Tomorrow())
	add := func(name string, body io.Reader) error {
		_, err := h.Papers.Add(h.Ctx, h.Secretary, d.ID, name, body)
		return err
	}
	h.Wants(add("a.pdf", strings.NewReader("MZ\x90\x00 a program")), meeting.CodePaperType)
	h.Wants(add("a.png", strings.NewReader("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")), meeting.CodePaperType)
	h.Wants(add("a.pdf", strings.NewReader("")), meeting.CodePaperEmpty)
	h.Wants(add("", strings.NewReader(pdf)), "invalid")
	h.Wants(add("a.pdf", io.MultiReader(strings.NewReader(pdf), io.LimitReader(zeros{}, meeting.MaxPaper))), meeting.CodePaperLarge)
	if h.Kept() != 0 {
		t.Errorf("%d files were kept of what was refused", h.Kept())
	}
	for _, head := range []string{"\xff\xd8\xff\xe0 jpeg", "\x89PNG\r\n\x1a\n", "RIFF\x00\x00\x00\x00WEBPVP8 "} {
		h.OK(add("image", strings.NewReader(head)))
	}

	// A file that turns out to be broken says so; it is kept, and nothing is tried again.
	h.OK(add("broken.pdf", strings.NewReader("%PDF-1.4\nbroken")))
	h.Work()
	list, err := h.Papers.List(h.Ctx, h.Secretary, d.ID)
	h.OK(err)
	if p := list[len(list)-1]; p.Status != meeting.PaperFailed || p.Fault == nil || p.Fault.Code != meeting.CodePaperBroken {
		t.Errorf("a broken file: %+v", p)
	}
}

func TestPapersAreForWhoMaySeeTheMeeting(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	d, other := h.Announced(h.Tomorrow()), h.Announced(h.Tomorrow())
	id, err := h.Papers.Add(h.Ctx, h.Secretary, d.ID, "a.pdf", strings.NewReader(pdf))
	h.OK(err)
	h.Work()
	for name, c := range map[string]struct {
		who       access.Actor
		see, keep string // the refusal's code, "" for none
	}{
		"deputy":             {h.Deputy, "", ""},
		"member":             {h.Members[0], "", "forbidden"},
		"link":               {h.Link(h.Members[0], d.ID), "", "forbidden"},
		"link of another":    {h.Link(h.Members[0], other.ID), "not_found", "not_found"},
		"other's secretary":  {h.SecretB, "not_found", "not_found"},
		"level above":        {h.Boss, "not_found", "not_found"},
		"administrator":      {h.Admin, "not_found", "not_found"},
		"stranger":           {h.Stranger, "not_found", "not_found"},
		"nobody":             {access.Actor{}, "not_found", "not_found"},
		"applicant, on roll": {h.Applicant, "", "forbidden"},
	} {
		_, err := h.Papers.List(h.Ctx, c.who, d.ID)
		code := fault.Code(err)
		page, pageErr := h.Papers.Page(h.Ctx, c.who, d.ID, id, 1, 0)
		file, fileErr := h.Papers.File(h.Ctx, c.who, d.ID, id)
		for _, f := range []api.File{page, file} {
			if f.Content != nil {
				h.OK(f.Content.Close())
			}
		}
		if code != c.see || fault.Code(pageErr) != c.see || fault.Code(fileErr) != c.see {
			t.Errorf("%s sees: %v, %v, %v; want %q", name, err, pageErr, fileErr, c.see)
		}
		_, err = h.Papers.Add(h.Ctx, c.who, d.ID, "b.pdf", bytes.NewReader([]byte(pdf)))
		if code := fault.Code(err); code != c.keep {
			t.Errorf("%s adds: %v, want %q", name, err, c.keep)
		}
	}
	// Another meeting's paper is not found by way of a meeting that one may see.
	if _, err := h.Papers.Page(h.Ctx, h.Secretary, other.ID, id, 1, 0); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("by way of another meeting: %v", err)
	}
	h.Wants(h.Papers.Remove(h.Ctx, h.Secretary, other.ID, id), "not_found")
	h.Wants(h.Papers.Rename(h.Ctx, h.Secretary, other.ID, id, "x"), "not_found")
	h.Wants(h.Papers.Rename(h.Ctx, h.Members[0], d.ID, id, "x"), "forbidden")
	h.Wants(h.Papers.Rename(h.Ctx, h.SecretB, d.ID, id, "x"), "not_found")
	h.Wants(h.Papers.Restore(h.Ctx, h.Members[0], d.ID, id), "forbidden")
	h.Wants(h.Papers.Restore(h.Ctx, h.SecretB, d.ID, id), "not_found")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func text(h *meetingtest.House, f api.File) string {
	h.Helper()
	b, err := io.ReadAll(f.Content)
	h.OK(err)
	h.OK(f.Content.Close())
	return string(b)
}
