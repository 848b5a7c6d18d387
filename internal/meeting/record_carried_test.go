package meeting

import (
	"slices"
	"testing"

	"wozai/internal/profile"
)

// What earlier meetings gave is in the branch's own record, with how far it is; the level above reads
// of this meeting alone.
func TestTheRecordSaysWhatIsStillToBeDone(t *testing.T) {
	party, err := profile.Load("party")
	if err != nil {
		t.Fatal(err)
	}
	c := newComposer(RecordFacts{Lang: "zh-CN", Carried: []OpenAction{
		{Text: "建立联系表", PersonName: "安然", DueOn: "2020-03-01", State: ActionOpen},
		{Text: "整理意见", UnitName: "第一党小组", State: ActionDone},
	}}, nil, nil, party)
	want := []string{"无", "以前的会议定下、到会议结束还没有办结的：", "1．建立联系表（责任人：安然；完成时限：2020年3月1日；正在办）", "2．整理意见（责任单位：第一党小组；待确认）"}
	if got := c.actionLines(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	c.upward = true
	if got := c.actionLines(); !slices.Equal(got, want[:1]) {
		t.Errorf("upward: %q", got)
	}
}
