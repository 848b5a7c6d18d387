package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func writeBook(t testing.TB, rows int) []byte {
	t.Helper()
	b, err := NewBook()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Sheet("签到/名单", []Column{
		{Title: "姓名", Note: "按登记的姓名"}, {Title: "人数", Kind: Integer}, {Title: "比例", Kind: Percent, Note: "实到除以应到"},
		{Title: "日期", Kind: Date}, {Title: "到会时间", Kind: DateTime}, {Title: "发言时长", Kind: Duration}, {Title: "情况"},
	})
	if err != nil {
		t.Fatal(err)
	}
	shanghai := time.FixedZone("CST", 8*3600)
	at := time.Date(2020, 2, 14, 0, 30, 0, 0, shanghai) // the day before in UTC
	for range rows {
		if err := s.Row("=HYPERLINK(\"http://x\")", 7, 0.5, at, at, 90*time.Second, "在家办公，视频参加，中途掉线两次\x00又回来了"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Row("@SUM(1)", nil, nil, time.Time{}, nil, nil, "-1"); err != nil {
		t.Fatal(err)
	}
	if err := b.Definitions("说明", [3]string{"表", "列", "含义"}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBookAsOthersReadIt(t *testing.T) {
	for _, rows := range []int{0, 3, 500} {
		file := writeBook(t, rows)
		f, err := excelize.OpenReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.GetSheetList(); !slices.Equal(got, []string{"签到名单", "说明"}) {
			t.Errorf("sheets %q", got)
		}
		all, err := f.GetRows("签到名单")
		if err != nil || len(all) != rows+2 {
			t.Fatalf("%d rows, %v", len(all), err)
		}
		if rows > 0 {
			want := []string{`=HYPERLINK("http://x")`, "7", "50.0%", "2020-02-14", "2020-02-14 00:30", "0:01:30", "在家办公，视频参加，中途掉线两次又回来了"}
			if !slices.Equal(all[rows], want) {
				t.Errorf("last row %q", all[rows])
			}
		}
		defs, err := f.GetRows("说明")
		if err != nil || len(defs) != 3 || !slices.Equal(defs[2], []string{"签到名单", "比例", "实到除以应到"}) {
			t.Errorf("definitions %q, %v", defs, err)
		}
		for _, cell := range []string{"A2", "A3"} {
			if formula, err := f.GetCellFormula("签到名单", cell); err != nil || formula != "" {
				t.Errorf("%s holds the formula %q, %v", cell, formula, err)
			}
		}
		panes, err := f.GetPanes("签到名单")
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("panes %+v, %v", panes, err)
		}
		if w, err := f.GetColWidth("签到名单", "G"); err != nil || rows > 0 && (w < 40 || w > 60) {
			t.Errorf("width %v for 20 Chinese characters, %v", w, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if xml := part(t, file, "xl/worksheets/sheet1.xml"); strings.Contains(xml, "<f>") {
			t.Error("a formula was written")
		}
	}
}

func TestValueOfAnotherKindIsAnError(t *testing.T) {
	b, err := NewBook()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Sheet("x", []Column{{Title: "n", Kind: Integer}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]any{{"1"}, {1, 2}, {1.5}} {
		if err := s.Row(row...); err == nil {
			t.Errorf("%v was taken", row)
		}
	}
	if _, err := b.Sheet("x", nil); err == nil {
		t.Error("two sheets of one name")
	}
}

// What we write we read: text comes back as it was, but for what surrounds it unseen.
func TestTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"=", "+", "-", "@", "'", "\"", "<", "&", "_x000D_", "_x005F_", "_", "x", "\t", "\n", "王", "𠮷", "\x01", " "})).Draw(t, "text"), "")
		b, err := NewBook()
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		s, err := b.Sheet("x", []Column{{Title: "文字"}, {Title: "末"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Row(text, "."); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := b.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		table, err := Open(bytes.NewReader(out.Bytes()), int64(out.Len()), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var last Row
		for row, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			last = row
		}
		if want := trim(clean(text)); last.Line != 2 || last.Cell(0) != want || last.Cell(1) != "." || last.Cell(9) != "" {
			t.Fatalf("%q, want %q", last.Cells, want)
		}
	})
}

func part(t testing.TB, file []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
