// Package demo loads an invented authority into an empty installation, so that a newcomer sees
// the whole product alive at once: the National Office of Rivers and Lakes (江河湖泊事务总署), which
// does not exist, in a February when its people are scattered.
package demo

// department is one of the authority's offices with the branches of its Party organisation.
type department struct {
	kind  string // the profile's unit kind in the administrative tree
	name  string
	short string
	// branches are the names behind the department's own; one empty name is a single branch.
	branches []string
	people   int // of each branch
	retired  bool
}

// Twenty departments and institutions with the kinds of branches such an authority has.
var departments = []department{
	{"department", "办公厅", "办公厅", []string{"第一党支部", "第二党支部", "第三党支部"}, 17, false},
	{"department", "政治部", "政治部", []string{""}, 19, false},
	{"department", "第一业务厅", "一厅", []string{""}, 22, false},
	{"department", "第二业务厅", "二厅", []string{""}, 21, false},
	{"department", "第三业务厅", "三厅", []string{""}, 21, false},
	{"department", "第四业务厅", "四厅", []string{""}, 20, false},
	{"department", "第五业务厅", "五厅", []string{""}, 19, false},
	{"department", "第六业务厅", "六厅", []string{""}, 19, false},
	{"department", "第七业务厅", "七厅", []string{""}, 18, false},
	{"department", "第八业务厅", "八厅", []string{""}, 18, false},
	{"department", "来信来访厅", "信访厅", []string{"第一党支部", "第二党支部"}, 16, false},
	{"department", "法规研究室", "研究室", []string{""}, 17, false},
	{"bureau", "计划财务局", "计财局", []string{""}, 19, false},
	{"bureau", "国际合作局", "国合局", []string{""}, 17, false},
	{"bureau", "信息技术局", "信息局", []string{""}, 21, false},
	{"institute", "江河理论研究所", "研究所", []string{""}, 22, false},
	{"academy", "江河干部学院", "学院", []string{"机关党支部", "教研党支部"}, 19, false},
	{"press", "江河出版社", "出版社", []string{"编辑党支部", "发行党支部", "音像党支部"}, 19, false},
	{"service_centre", "机关服务中心", "服务中心", []string{"第一党支部", "第二党支部"}, 19, false},
	{"retired_bureau", "离退休干部局", "老干部局", []string{"机关党支部", "离退休第一党支部", "离退休第二党支部", "离退休第三党支部"}, 21, true},
}

const (
	// Organisation is whose the demonstration is.
	Organisation = "江河湖泊事务总署"
	// The branch that the walk and the sign-ins are about.
	stageDepartment = "第一业务厅"
)

// Family names and given names that make invented people; every combination is by chance.
var (
	families = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严")
	givens   = []string{"立新", "晓东", "静宜", "文博", "国栋", "春燕", "海峰", "丽华", "建平", "雨桐", "志远", "玉兰", "思远", "明哲", "秀英", "卫东", "佳宁", "振华", "慧敏", "天佑",
		"若水", "子涵", "德胜", "桂芳", "向阳", "雪梅", "浩然", "淑珍", "永康", "婉清", "景行", "安然", "克勤", "素芬", "长河", "清源", "沐阳", "知行", "守正",
		"一帆", "云舒", "敬之", "晚晴", "长青", "望舒", "怀瑾", "书瑶", "兴邦", "润泽", "岚", "峥", "琳", "磊", "宁", "涛", "颖", "毅", "欣", "航"}
)
