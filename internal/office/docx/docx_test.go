package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sample uses every part of the model; the people and the organisation are invented.
func sample() Doc {
	names := strings.Fields("欧阳兰 单立新 曾小平 尉迟静 王芳 李卫东 赵敏 周建国 吴丽 郑海涛 孙晓梅 钱学礼 冯志远 陈晨 褚云 卫国平 蒋一鸣 沈重 韩雪 杨光")
	var table [][]string
	for i, n := range names[:9] {
		table = append(table, []string{fmt.Sprint(i + 1), n, "整改措施第" + numeral(i+1) + "项，由本人负责，按月向支部报告进展情况", "2020年3月31日前"})
	}
	return Doc{
		Title:     "星河市第一检验院办公室第二党支部\n关于召开云组织生活会情况的报告",
		Recipient: "机关党委",
		Body: []Block{
			Paragraph{Text: "2020年2月14日，办公室第二党支部以网络视频方式召开组织生活会，主题为“在网上见面，在岗位上尽责”。应到党员22名，实到20名，其中视频19名、电话1名；2名同志因病请假。现将有关情况报告如下。"},
			Heading{1, "会前准备"},
			Heading{2, "学习情况"},
			Paragraph{Text: strings.Repeat("全体党员会前通过网络自学了有关文件，支部委员分别与党员开展谈心谈话，广泛征求意见建议。", 5)},
			Heading{2, "谈心谈话"},
			Paragraph{Text: strings.Repeat("支部书记与每名党员谈话一次，共收到意见建议12条，逐条列出清单。", 6)},
			Heading{3, "网上谈话"},
			Heading{4, "电话谈话"},
			Heading{1, "会议情况"},
			Paragraph{Lead: "欧阳兰：", Text: strings.Repeat("对照检查自己在居家办公期间联系群众不够主动的问题。", 8)},
			Paragraph{Text: "第一段。\n第二段，含有<特殊>字符&\"引号\"。"},
			Heading{1, "整改措施"},
			Table{Title: "整改措施清单", Head: []string{"序号", "责任人", "措施", "时限"}, Rows: table, Width: []int{1, 2, 6, 3}},
			Paragraph{Text: strings.Repeat("以上措施由支部委员会按月检查，结果在党员大会上通报。", 20)},
		},
		Attachments: []string{"签到表", "征求意见情况汇总"},
		Signature:   &Signature{Unit: "办公室第二党支部", Date: time.Date(2020, 2, 14, 23, 30, 0, 0, time.FixedZone("CST", 8*3600))},
		Attendance:  []Attendance{{"出席", names}, {"请假", []string{"朱红", "秦亮"}}, {"列席", []string{"机关党委　何平"}}},
		Written:     time.Date(2020, 2, 14, 12, 0, 0, 0, time.UTC),
	}
}

func minutes() Doc {
	return Doc{
		Masthead:   &Masthead{Name: "办公室第二党支部委员会纪要", Issue: "第3期", Unit: "星河市第一检验院办公室第二党支部", Date: "2020年2月20日"},
		Body:       []Block{Paragraph{Text: "2020年2月20日，支部书记欧阳兰主持召开支部委员会会议。"}, Paragraph{Lead: "会议强调，", Text: "要把每一名同志都联系到，不让一个人掉队。"}},
		Attendance: []Attendance{{"出席", []string{"欧阳兰", "单立新", "曾小平"}}},
	}
}

func write(t testing.TB, d Doc) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parts(t testing.TB, file []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(b)
	}
	return all
}

// paragraph is what a test wants to know of one.
type paragraph struct {
	Props struct {
		Style struct {
			Val string `xml:"val,attr"`
		} `xml:"pStyle"`
		Ind struct {
			Left    int `xml:"left,attr"`
			Hanging int `xml:"hanging,attr"`
			Right   int `xml:"right,attr"`
		} `xml:"ind"`
	} `xml:"pPr"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (p paragraph) String() string {
	s := p.Props.Style.Val + ":"
	for _, r := range p.Runs {
		s += r.Text
	}
	return s
}

func paragraphs(t testing.TB, file []byte) []paragraph {
	t.Helper()
	var doc struct {
		Body struct {
			Paragraphs []paragraph `xml:"p"`
		} `xml:"body"`
	}
	if err := xml.Unmarshal([]byte(parts(t, file)["word/document.xml"]), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Body.Paragraphs
}

func TestEveryPartIsWellFormedAndNamed(t *testing.T) {
	for name, d := range map[string]Doc{"report": sample(), "minutes": minutes(), "empty": {}} {
		all := parts(t, write(t, d))
		for part, text := range all {
			for dec := xml.NewDecoder(strings.NewReader(text)); ; {
				if _, err := dec.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Errorf("%s, %s: %v", name, part, err)
					break
				}
			}
			if !strings.HasSuffix(part, ".rels") && part != "[Content_Types].xml" && !strings.Contains(all["[Content_Types].xml"], `"/`+part+`"`) {
				t.Errorf("%s has no content type", part)
			}
		}
		for _, target := range regexp.MustCompile(`Target="([^"]+)"`).FindAllStringSubmatch(all["word/_rels/document.xml.rels"], -1) {
			if _, ok := all["word/"+target[1]]; !ok {
				t.Errorf("%s is named and not there", target[1])
			}
		}
		for _, used := range regexp.MustCompile(`<w:pStyle w:val="([^"]+)"`).FindAllStringSubmatch(all["word/document.xml"]+all["word/footer1.xml"], -1) {
			if !strings.Contains(all["word/styles.xml"], `w:styleId="`+used[1]+`"`) {
				t.Errorf("style %s is used and not there", used[1])
			}
		}
	}
}

// The order of a paragraph's properties is fixed; Word refuses a file that has another.
func TestPropertiesStandInTheirOrder(t *testing.T) {
	order := strings.Fields("pStyle keepNext keepLines widowControl pBdr tabs snapToGrid spacing ind jc outlineLvl")
	for part, text := range parts(t, write(t, func() Doc { d := sample(); d.Masthead = minutes().Masthead; return d }())) {
		for _, props := range regexp.MustCompile(`<w:pPr>(.*?)</w:pPr>`).FindAllStringSubmatch(text, -1) {
			inner := regexp.MustCompile(`<w:(pBdr|tabs)>.*?</w:(pBdr|tabs)>`).ReplaceAllString(props[1], `<w:$1/>`)
			last := -1
			for _, p := range regexp.MustCompile(`<w:(\w+)`).FindAllStringSubmatch(inner, -1) {
				at := slices.Index(order, p[1])
				if at <= last {
					t.Errorf("%s: %s stands wrong in %s", part, p[1], props[0])
				}
				last = at
			}
		}
	}
}

func TestPageOfTheStandard(t *testing.T) {
	var doc struct {
		Sect struct {
			Size struct {
				W int `xml:"w,attr"`
				H int `xml:"h,attr"`
			} `xml:"pgSz"`
			Mar struct {
				T int `xml:"top,attr"`
				R int `xml:"right,attr"`
				B int `xml:"bottom,attr"`
				L int `xml:"left,attr"`
			} `xml:"pgMar"`
			Grid struct {
				Type  string `xml:"type,attr"`
				Pitch int    `xml:"linePitch,attr"`
			} `xml:"docGrid"`
		} `xml:"body>sectPr"`
	}
	if err := xml.Unmarshal([]byte(parts(t, write(t, sample()))["word/document.xml"]), &doc); err != nil {
		t.Fatal(err)
	}
	mm := func(twips int) float64 { return float64(twips) / 1440 * 25.4 }
	s := doc.Sect
	for name, c := range map[string][2]float64{
		"width": {mm(s.Size.W), 210}, "height": {mm(s.Size.H), 297}, "top": {mm(s.Mar.T), 37}, "left": {mm(s.Mar.L), 28},
		"text width": {mm(s.Size.W - s.Mar.L - s.Mar.R), 156}, "text height": {mm(s.Size.H - s.Mar.T - s.Mar.B), 225},
		"22 lines": {mm(22 * s.Grid.Pitch), 225}, "28 characters": {mm(28 * char), 156},
	} {
		if d := c[0] - c[1]; d > 0.5 || d < -0.6 {
			t.Errorf("%s: %.2f mm, want %.0f", name, c[0], c[1])
		}
	}
	if s.Grid.Type != "lines" || 22*s.Grid.Pitch > s.Size.H-s.Mar.T-s.Mar.B || 28*char > s.Size.W-s.Mar.L-s.Mar.R {
		t.Errorf("22 lines of 28 characters do not fit: %+v", s)
	}
}

func TestOrderOfAReport(t *testing.T) {
	got := paragraphs(t, write(t, sample()))
	want := []string{
		"Title:星河市第一检验院办公室第二党支部", "Title:关于召开云组织生活会情况的报告", "Flush:", "Flush:机关党委：", "Body:2020年2月14日，办公室第二党支",
		"Heading1:一、会前准备", "Heading2:（一）学习情况", "Body:全体党员会前通过网络自学了有关文件，支", "Heading2:（二）谈心谈话", "Body:支部书记与每名党员谈话一次，共收到意见",
		"Heading3:1.网上谈话", "Heading4:（1）电话谈话", "Heading1:二、会议情况", "Body:欧阳兰：对照检查自己在居家办公期间联系", "Body:第一段。", "Body:第二段，含有<特殊>字符&\"引号\"",
		"Heading1:三、整改措施", "TableTitle:整改措施清单", "Flush:", "Body:以上措施由支部委员会按月检查，结果在党",
		"Flush:", "Flush:附件：1.签到表", "Flush:2.征求意见情况汇总", "Flush:", "Flush:办公室第二党支部", "Flush:2020年2月14日",
		"Flush:", "Flush:出席：欧阳兰、单立新、曾小平、尉迟静、王", "Flush:请假：朱红、秦亮", "Flush:列席：机关党委　何平",
	}
	if len(got) != len(want) {
		t.Fatalf("%d paragraphs, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i].String(), want[i]) || want[i] == "Flush:" && got[i].String() != want[i] {
			t.Errorf("paragraph %d: %s, want %s", i, got[i], want[i])
		}
	}
}

// The standard: the unit two characters from the right, the date begins two further right; the
// longer date keeps two characters itself.
func TestSignatureStandsWhereItShould(t *testing.T) {
	for _, c := range []struct {
		unit       string
		day        int // 2020年2月1日 is 6 characters wide, 2020年2月14日 6.5
		unit2, at2 float64
	}{
		{"办公室第二党支部", 14, 2, 1.5}, {"第一党支部", 14, 5.5, 2}, {"星河市第一检验院办公室", 14, 2, 4.5}, {"办公室支部委", 1, 2, 0}, {"院", 1, 9, 2},
	} {
		ps := paragraphs(t, write(t, Doc{Signature: &Signature{c.unit, time.Date(2020, 2, c.day, 0, 0, 0, 0, time.UTC)}}))
		unit, date := ps[1].Props.Ind.Right, ps[2].Props.Ind.Right
		if unit != int(c.unit2*char) || date != int(c.at2*char) {
			t.Errorf("%s: %d %d, want %v and %v characters", c.unit, unit, date, c.unit2, c.at2)
		}
	}
}

func TestEnglish(t *testing.T) {
	ps := paragraphs(t, write(t, Doc{Lang: "en", Recipient: "The Committee", Body: []Block{Heading{1, "Before"}, Heading{2, "Study"}, Heading{2, "Talks"}, Heading{1, "After"}},
		Attendance: []Attendance{{"Present", []string{"A", "B"}}}, Signature: &Signature{"Branch Two", time.Date(2020, 2, 14, 0, 0, 0, 0, time.UTC)}}))
	want := []string{"Flush:The Committee: ", "Heading1:1. Before", "Heading2:1.1 Study", "Heading2:1.2 Talks", "Heading1:2. After", "Flush:", "Flush:Branch Two", "Flush:14 February 2020", "Flush:", "Flush:Present: A, B"}
	for i, p := range ps {
		if p.String() != want[i] {
			t.Errorf("%q, want %q", p, want[i])
		}
	}
}

func TestQuotationMarksAreChineseInChinese(t *testing.T) {
	const hint = `<w:rFonts w:hint="eastAsia"/>`
	d := Doc{Body: []Block{Paragraph{Text: "主题为“在网上见面”"}}}
	if x := parts(t, write(t, d))["word/document.xml"]; !strings.Contains(x, hint) {
		t.Error("the marks take the Latin font")
	}
	d.Lang = "en"
	if x := parts(t, write(t, d))["word/document.xml"]; strings.Contains(x, hint) {
		t.Error("the marks take the Chinese font")
	}
}

func TestNumerals(t *testing.T) {
	for n, want := range map[int]string{1: "一", 9: "九", 10: "十", 11: "十一", 20: "二十", 21: "二十一", 99: "九十九"} {
		if got := numeral(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		d := Doc{Title: text, Recipient: text, Body: []Block{Heading{rapid.IntRange(-1, 9).Draw(t, "level"), text}, Paragraph{text, text}, Table{Title: text, Head: []string{text}, Rows: [][]string{{text, text}, nil}}},
			Attachments: []string{text}, Signature: &Signature{Unit: text}, Attendance: []Attendance{{text, []string{text}}}, Masthead: &Masthead{text, text, text, text}}
		var b, again bytes.Buffer
		if err := Write(&b, d); err != nil {
			t.Fatal(err)
		}
		if err := Write(&again, d); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("not the same twice")
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open("word/document.xml")
		if err != nil {
			t.Fatal(err)
		}
		depth := 0
		for dec := xml.NewDecoder(f); ; {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch e := tok.(type) {
			case xml.StartElement:
				depth++
				if e.Name.Space != "http://schemas.openxmlformats.org/wordprocessingml/2006/main" {
					t.Fatalf("element %v", e.Name)
				}
			case xml.EndElement:
				depth--
			}
		}
		if depth != 0 {
			t.Fatal("not closed")
		}
	})
}
