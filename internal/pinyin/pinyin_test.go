package pinyin

import "testing"

func TestNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"欧阳兰": {"ouyanglan", "oyl"}, "单立新": {"shanlixin", "slx"}, "曾小平": {"zengxiaoping", "zxp"}, "尉迟静": {"yuchijing", "ycj"},
		"万俟云": {"moqiyun", "mqy"}, "解晓东": {"xiexiaodong", "xxd"}, "Anna Lee": {"annalee", "al"}, "阿不都·热合曼": {"abudoureheman", "abdrhm"},
		"仇英": {"qiuying", "qy"}, "查良": {"zhaliang", "zl"}, "区志明": {"ouzhiming", "ozm"}, "任远": {"renyuan", "ry"}, "朴英姬": {"piaoyingji", "pyj"},
		"单于鹏": {"chanyupeng", "cyp"}, "乐正阳": {"yuezhengyang", "yzy"}, "葛兰": {"gelan", "gl"}, "盖宁": {"gening", "gn"}, "牟长青": {"muchangqing", "mcq"},
		"员外": {"yunwai", "yw"}, "冼星": {"xianxing", "xx"}, "沈重": {"shenzhong", "sz"},
		"吕绿": {"lvlv", "ll"}, "仇": {"chou", "c"}, "": {"", ""},
	} {
		full, initials := Name(name)
		if full != want[0] || initials != want[1] {
			t.Errorf("%s: %q %q, want %q %q", name, full, initials, want[0], want[1])
		}
	}
	if f, i := Text("第一检察厅2处"); f != "diyijianchating2chu" || i != "dyjct2c" {
		t.Errorf("%q %q", f, i)
	}
}
