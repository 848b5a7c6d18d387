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
	"缪": {"miao"}, "宓": {"mi"}, "召": {"shao"}, "员": {"yun"}, "折": {"she"}, "种": {"chong"}, "重": {"chong"}, "秘": {"bi"},
	"尉迟": {"yu", "chi"}, "万俟": {"mo", "qi"}, "长孙": {"zhang", "sun"}, "令狐": {"ling", "hu"}, "澹台": {"tan", "tai"},
}

var args = gopinyin.NewArgs()

// Name writes a person's name; a leading family name gets its own reading.
func Name(name string) (full, initials string) {
	for _, n := range []int{2, 1} {
		r := []rune(name)
		if len(r) <= n {
			continue
		}
		if s, ok := surnames[string(r[:n])]; ok {
			f, i := Text(string(r[n:]))
			return strings.Join(s, "") + f, firsts(s) + i
		}
	}
	return Text(name)
}

// Text writes anything else: characters by their usual reading, letters and digits as they are,
// in lower case; the rest is left out.
func Text(s string) (full, initials string) {
	var f, i strings.Builder
	word := false // inside a run of letters, whose first stands for it
	for _, r := range s {
		switch p := gopinyin.SinglePinyin(r, args); {
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
