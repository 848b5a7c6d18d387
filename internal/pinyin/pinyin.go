// Package pinyin writes Chinese names in letters, so that people find them by full pinyin
// ("ouyanglan") and by initials ("oyl").
package pinyin

import (
	"strings"
	"unicode"

	gopinyin "github.com/mozillazg/go-pinyin"
)

// Family names that are read differently from the same character elsewhere.
var surnames = map[string][]string{
	"单": {"shan"}, "曾": {"zeng"}, "仇": {"qiu"}, "查": {"zha"}, "解": {"xie"}, "区": {"ou"}, "任": {"ren"}, "朴": {"piao"},
	"华": {"hua"}, "盖": {"ge"}, "乐": {"yue"}, "洗": {"xian"}, "冼": {"xian"}, "覃": {"qin"}, "翟": {"zhai"}, "晟": {"cheng"},
	"缪": {"miao"}, "宓": {"mi"}, "召": {"shao"}, "葛": {"ge"}, "柏": {"bai"}, "纪": {"ji"}, "隗": {"wei"}, "逄": {"pang"}, "郇": {"xun"}, "黑": {"he"}, "那": {"na"}, "哈": {"ha"},
	"宁": {"ning"}, "车": {"che"}, "曲": {"qu"}, "谌": {"chen"}, "阚": {"kan"}, "訾": {"zi"}, "瞿": {"qu"}, "尹": {"yin"}, "沈": {"shen"}, "都": {"du"},
	"藏": {"zang"}, "臧": {"zang"}, "祭": {"zhai"}, "牟": {"mu"}, "幺": {"yao"}, "郗": {"xi"}, "适": {"shi"}, "能": {"nai"}, "褚": {"chu"}, "卜": {"bu"},
	"员": {"yun"}, "折": {"she"}, "种": {"chong"}, "重": {"chong"}, "秘": {"bi"},
	"尉迟": {"yu", "chi"}, "万俟": {"mo", "qi"}, "长孙": {"zhang", "sun"}, "令狐": {"ling", "hu"}, "澹台": {"tan", "tai"}, "单于": {"chan", "yu"},
	"鲜于": {"xian", "yu"}, "宗政": {"zong", "zheng"}, "皇甫": {"huang", "fu"}, "呼延": {"hu", "yan"}, "贺兰": {"he", "lan"}, "夏侯": {"xia", "hou"},
	"乐正": {"yue", "zheng"},
}

var args = gopinyin.NewArgs()

// Characters that given names read differently from the usual.
var given = map[rune][]string{'长': {"chang"}, '行': {"xing"}, '晟': {"sheng"}, '茜': {"qian"}}

// Name writes a person's name; a leading family name gets its own reading.
func Name(name string) (full, initials string) {
	for _, n := range []int{2, 1} {
		r := []rune(name)
		if len(r) <= n {
			continue
		}
		if s, ok := surnames[string(r[:n])]; ok {
			f, i := text(string(r[n:]), given)
			return strings.Join(s, "") + f, firsts(s) + i
		}
	}
	return text(name, given)
}

// Text writes anything else: characters by their usual reading, letters and digits as they are,
// in lower case; the rest is left out.
func Text(s string) (full, initials string) { return text(s, nil) }

func text(s string, special map[rune][]string) (full, initials string) {
	var f, i strings.Builder
	word := false // inside a run of letters, whose first stands for it
	for _, r := range s {
		p, ok := special[r]
		if !ok {
			p = gopinyin.SinglePinyin(r, args)
		}
		switch {
		case len(p) > 0 && p[0] != "":
			f.WriteString(p[0])
			i.WriteByte(p[0][0])
			word = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			r = unicode.ToLower(r)
			f.WriteRune(r)
			if !word || unicode.IsDigit(r) {
				i.WriteRune(r)
			}
			word = unicode.IsLetter(r)
		default:
			word = false
		}
	}
	return f.String(), i.String()
}

func firsts(s []string) string {
	var b strings.Builder
	for _, p := range s {
		b.WriteByte(p[0])
	}
	return b.String()
}
