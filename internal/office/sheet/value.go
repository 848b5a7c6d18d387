package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

var (
	numericDate = regexp.MustCompile(`^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?$`)
	compactDate = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	chineseDate = regexp.MustCompile(`^([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?$`)
	serialDate  = regexp.MustCompile(`^\d{5}$`)
)

// ParseDate reads a day as people and programs write it: 2020-02-14, 2020/2/14, 2020.2.14, 20200214,
// 2020年2月14日, 二〇二〇年二月十四日, and the day number of a spreadsheet (43875). A day that does not
// exist, a month alone or an order that could mean two days is not read.
func ParseDate(s string) (time.Time, bool) {
	s = trim(norm.NFKC.String(s))
	if m := numericDate.FindStringSubmatch(s); m != nil {
		return day(m[1], m[2], m[3])
	}
	if m := compactDate.FindStringSubmatch(s); m != nil {
		return day(m[1], m[2], m[3])
	}
	if m := chineseDate.FindStringSubmatch(s); m != nil {
		return day(digits(m[1]), tens(m[2]), tens(m[3]))
	}
	if serialDate.MatchString(s) {
		n, _ := strconv.Atoi(s)
		return serialTime(float64(n), false)
	}
	return time.Time{}, false
}

func day(y, m, d string) (time.Time, bool) {
	yy, _ := strconv.Atoi(y)
	mm, _ := strconv.Atoi(m)
	dd, _ := strconv.Atoi(d)
	t := time.Date(yy, time.Month(mm), dd, 0, 0, 0, 0, time.UTC)
	return t, yy >= 1800 && t.Year() == yy && int(t.Month()) == mm && t.Day() == dd
}

func digits(s string) string {
	return strings.NewReplacer("〇", "0", "零", "0", "○", "0", "一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9").Replace(s)
}

// tens reads 一 to 三十一; what is no number becomes "" and no day.
func tens(s string) string {
	before, after, ten := strings.Cut(s, "十")
	if !ten {
		if len([]rune(s)) != 1 {
			return ""
		}
		return digits(s)
	}
	if before == "" {
		before = "一"
	}
	if after == "" {
		after = "零"
	}
	return digits(before) + digits(after)
}

var (
	phoneNoise = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "‐", "", "‑", "", "–", "", "—", "", "\u00a0", "", "\u200b", "", "\u202a", "", "\u202c", "", "\u202d", "")
	phoneShape = regexp.MustCompile(`^\+?\d{5,15}$`)
	inExponent = regexp.MustCompile(`^\d\.\d+[eE]\+?1[0-3]$`)
)

// ParsePhone brings a telephone number into one form: digits alone for numbers in China
// ("13800000000", "01065590000"), + and digits for others. A number that a spreadsheet has
// rounded ("1.38E+10") is not read: its last digits are gone.
func ParsePhone(s string) (string, bool) {
	s = trim(norm.NFKC.String(s))
	if inExponent.MatchString(s) {
		f, err := strconv.ParseFloat(s, 64)
		mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
		if text := number(f); err == nil && len(mantissa)-1 >= len(text) {
			s = text
		}
	}
	s = phoneNoise.Replace(s)
	for _, prefix := range []string{"+86", "0086"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			if !strings.HasPrefix(rest, "0") && !mobile(rest) && len(rest) >= 9 {
				rest = "0" + rest // a city's code, written without its 0
			}
			s = rest
		}
	}
	if rest, ok := strings.CutPrefix(s, "86"); ok && mobile(rest) {
		s = rest
	}
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	return s, phoneShape.MatchString(s)
}

func mobile(s string) bool { return len(s) == 11 && s[0] == '1' && s[1] >= '3' }
