package sheet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDate(t *testing.T) {
	for s, want := range map[string]string{
		"2020-02-14": "2020-02-14", "2020/2/14": "2020-02-14", "2020.02.14": "2020-02-14", "20200214": "2020-02-14",
		"2020年2月14日": "2020-02-14", "2020年2月14": "2020-02-14", "２０２０年２月１４日": "2020-02-14", " 2020-02-14 00:00:00 ": "2020-02-14",
		"二〇二〇年二月十四日": "2020-02-14", "二○二○年十二月三十一日": "2020-12-31", "一九九八年十月二十日": "1998-10-20", "2020年 2月 14日": "2020-02-14",
		"43875": "2020-02-14", "2020-02-29": "2020-02-29",
		"2021-02-29": "", "2020-13-01": "", "2020-02": "", "2020年2月": "", "14/2/2020": "", "2/14/20": "", "二〇二〇年二月四十日": "", "二〇二〇年二月二一日": "",
		"": "", "明天": "", "0000-01-01": "", "2020-02-14 09:30": "", "999999": "",
	} {
		got, ok := ParseDate(s)
		if text := got.Format(time.DateOnly); ok != (want != "") || ok && text != want {
			t.Errorf("%q: %s %v, want %q", s, text, ok, want)
		}
	}
}

func TestEveryDayIsReadInEveryForm(t *testing.T) {
	const numerals = "〇一二三四五六七八九"
	digit := func(n int) string { return string([]rune(numerals)[n]) }
	tens := func(n int) string {
		s := ""
		if n >= 20 {
			s = digit(n / 10)
		}
		if n >= 10 {
			s += "十"
		}
		if n%10 > 0 {
			s += digit(n % 10)
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		want := time.Date(1928, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 365*150).Draw(t, "days"))
		y, m, d := want.Date()
		year := ""
		for _, c := range fmt.Sprint(y) {
			year += digit(int(c - '0'))
		}
		for _, s := range []string{
			want.Format("2006-1-2"), want.Format("2006/01/02"), want.Format("20060102"), want.Format("2006年1月2日"),
			year + "年" + tens(int(m)) + "月" + tens(d) + "日", fmt.Sprint(int(serial(want, false))),
		} {
			if got, ok := ParseDate(s); !ok || !got.Equal(want) {
				t.Fatalf("%q: %v %v, want %v", s, got, ok, want)
			}
		}
	})
}

func TestParsePhone(t *testing.T) {
	for s, want := range map[string]string{
		"13800000000": "13800000000", "138 0000 0000": "13800000000", "138-0000-0000": "13800000000", "+86 138 0000 0000": "13800000000",
		"008613800000000": "13800000000", "8613800000000": "13800000000", "１３８００００００００": "13800000000", "(010) 6559-0000": "01065590000",
		"+86 10 6559 0000": "01065590000", "+33 6 12 34 56 78": "+33612345678", "0033612345678": "+33612345678", "12309": "12309", "+8612309": "12309",
		"1.3812345678E10": "13812345678", "1.3800000000E+10": "13800000000",
		"1.38E+10": "", "": "", "无": "", "1380000": "1380000", "12": "", "1380000000x": "", "13800000000/13900000000": "", "+1234567890123456": "",
	} {
		got, ok := ParsePhone(s)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", s, got, ok, want)
		}
	}
}

func TestParsePhoneStandsByItsAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[+0-9 ()\-.]{0,20}`).Draw(t, "s")
		once, ok := ParsePhone(s)
		if !ok {
			return
		}
		if twice, ok := ParsePhone(once); !ok || twice != once && !strings.HasPrefix(once, "00") {
			t.Fatalf("%q → %q → %q %v", s, once, twice, ok)
		}
	})
}

func TestColumnName(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16383: "XFD"} {
		if got := ColumnName(i); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
		if got, ok := columnOf(want + "7"); !ok || got != i {
			t.Errorf("%s: %d %v, want %d", want, got, ok, i)
		}
	}
}
