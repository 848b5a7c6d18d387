package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/meeting"
	"wozai/internal/org"
	"wozai/internal/rollcall"
)

// Past is the meetings' and the roll calls' side as it was at an instant: what it writes bears the time
// of the clock it was made with.
type Past struct {
	Meeting  *meeting.Service
	Rooms    *meeting.Rooms
	Records  *meeting.Records
	Rollcall *rollcall.Service
}

// A demonstration without a past shows empty pages. So the last weeks are lived through: meetings
// are arranged, held, recorded, signed and reported by the same operations as any other, with the
// clock set back.

// reach is how far a meeting of the past has come.
type reach int

const (
	planned  reach = iota // announced, still to come; its plan waits above
	held                  // its record waits for the recorder
	signed                // its report is not written yet
	reported              // its report waits above
	returned              // its report came back with a reason
	accepted
)

// bygone is one such meeting.
type bygone struct {
	branch      *branch
	kind, theme string
	days, hour  int // days ago at an hour of the day; negative: to come
	reach       reach
	speakers    []int // of the branch's people, besides the secretary
	excused     int   // of them, one who was on duty elsewhere and handed in a statement; 0: nobody
	statement   string
	motion      string
	texts       map[string]string // of the record, by section
	actions     []todo
	answer      string // of the level above
}

// todo is an action to come out of a meeting; who is an index of the branch's people, -1 the branch itself.
type todo struct {
	who  int
	text string
	days int // due so many days from now
	done string
}

// history lives through the past.
type history struct {
	Past
	db       *db.DB
	clock    *db.Time // that Past goes by
	rand     *rand.Rand
	overseer access.Actor
	zone     *time.Location
	commands int
}

// Meetings of other branches, so that the level above has something to look at.
const (
	manyThemes  = "抗疫中的党员先锋岗"
	lifeReport  = "会议围绕主题查摆了三个方面的问题，逐条定了整改措施和完成时限。"
	lifeDiffer  = "建议上级统一配发视频设备，帮离得远的老同志学会使用。"
	studyReport = "党员结合岗位谈体会，提出了在线办公期间改进工作的建议五条。"
)

// What a recorder notes of a speech.
var said = []string{
	"汇报本人在居家办公期间的学习和工作情况，对照主题谈了不足。", "结合岗位谈体会，建议把在线学习和业务工作结合起来。", "介绍所在地的情况，表示服从安排，做好本职工作。",
	"对支部工作提出一条建议：多打电话，少发表格。", "谈到联系群众不够主动，表示今后每周和结对的老同志通一次电话。", "赞成大家的意见，补充说明材料分工。",
}

func bygones(a *authority) []bygone {
	at := func(i int) *branch { return &a.branches[i%len(a.branches)] }
	stage := a.stage
	return []bygone{
		{branch: stage, kind: "general", theme: "讨论通过支部全年工作计划", days: 40, hour: 15, reach: accepted, speakers: []int{1, 7, 9, 11, 5}, excused: 10,
			statement: "我在社区值守，同意工作计划。建议把在线学习的时间固定下来，方便值班的同志安排。",
			motion:    "通过《第一业务厅党支部全年工作计划》",
			texts: map[string]string{
				"record.agenda":    "一、听取支委会关于全年工作计划的说明；二、讨论；三、表决。",
				"record.decisions": "通过全年工作计划。采纳书面意见，在线学习固定在每周三下午。",
				"report.held":      "会议通过视频召开，事先把工作计划发给每一名党员征求意见。",
				"report.results":   "工作计划表决通过，按程序报上级备案。",
			},
			actions: []todo{{2, "把工作计划分解到人，报支委会", -12, "已分解到两个党小组，名单发给了大家。"}, {-1, "每周三下午组织一次在线学习", 20, ""}, {7, "收集大家对在线学习时间的意见，汇总给组织委员", 6, ""}},
			answer:  "计划具体，同意备案。"},
		{branch: stage, kind: "theme_day", theme: "分散在各地，怎样还是一个支部", days: 9, hour: 10, reach: held, speakers: []int{6, 12, 15, 3}},
		{branch: at(1), kind: "organisation_life", theme: manyThemes, days: 6, hour: 14, reach: reported, speakers: []int{1, 2, 3, 4, 5}, texts: map[string]string{"report.problems": lifeReport, "report.suggestions": lifeDiffer},
			actions: []todo{{-1, "为三名离得远的老党员各找一名同志结对，教会使用视频", 14, ""}}},
		{branch: at(5), kind: "organisation_life", theme: manyThemes, days: 12, hour: 9, reach: accepted, speakers: []int{1, 3, 6, 8}, texts: map[string]string{"report.problems": lifeReport}, answer: "问题查得实，同意。"},
		{branch: at(6), kind: "organisation_life", theme: "守住本职就是上前线", days: 15, hour: 15, reach: returned, speakers: []int{2, 4, 5}, answer: "整改措施没有写完成时限，请补充后再报。"},
		{branch: at(8), kind: "organisation_life", theme: "守住本职就是上前线", days: 3, hour: 15, reach: signed, speakers: []int{1, 2, 5, 7}},
		{branch: at(9), kind: "general", theme: "讨论支部工作计划", days: 18, hour: 10, reach: accepted, speakers: []int{1, 4}, motion: "通过支部工作计划", answer: "同意。"},
		{branch: at(11), kind: "general", theme: "讨论支部工作计划", days: 4, hour: 16, reach: reported, speakers: []int{1, 2, 3}, motion: "通过支部工作计划", texts: map[string]string{"report.held": studyReport}},
		{branch: at(14), kind: "organisation_life", theme: "人在外地，心在支部", days: -5, hour: 15, reach: planned},
		{branch: at(16), kind: "organisation_life", theme: "居家办公，纪律不松", days: -8, hour: 9, reach: planned},
	}
}

// liveThePast goes through all of it, the oldest first.
func liveThePast(ctx context.Context, p Parts, a *authority) error {
	h := &history{db: p.DB, clock: new(db.Time), rand: rand.New(rand.NewPCG(2020, 3)), zone: time.FixedZone("", 8*3600)}
	past, done := p.Past(h.clock)
	defer done()
	h.Past = past
	var err error
	if h.overseer, err = h.as(ctx, a.overseer.ID); err != nil {
		return err
	}
	list := bygones(a)
	slices.SortStableFunc(list, func(x, y bygone) int { return y.days - x.days })
	today := time.Now().In(h.zone)
	for _, b := range list {
		starts := time.Date(today.Year(), today.Month(), today.Day()-b.days, b.hour, 0, 0, 0, h.zone)
		if err := h.one(ctx, b, db.At(starts)); err != nil {
			return fmt.Errorf("%s, %s: %w", b.branch.unit.Name, b.theme, err)
		}
	}
	return nil
}

func (h *history) as(ctx context.Context, person db.ID) (access.Actor, error) {
	grants, err := org.Grants(ctx, h.db.Read(), person)
	return access.Actor{Kind: access.Person, PersonID: person, Origin: "demo", Lang: "zh-CN", Grants: grants}, err
}

func (h *history) pass(d time.Duration) { *h.clock = h.clock.Add(d) }

// one lives through a meeting.
func (h *history) one(ctx context.Context, b bygone, starts db.Time) error {
	people := b.branch.people
	host, err := h.as(ctx, people[0].ID)
	if err != nil {
		return err
	}
	*h.clock = min(starts.Add(-8*24*time.Hour), db.Now().Add(-2*time.Hour))
	id, err := h.Meeting.Create(ctx, host, b.branch.unit.ID, meeting.Arrangement{Kind: b.kind, Theme: b.theme, Place: "线上", StartsAt: starts, EndsAt: starts.Add(80 * time.Minute),
		ChairID: people[0].ID, RecorderID: people[3].ID, DeputyIDs: []db.ID{people[1].ID}})
	if err != nil {
		return err
	}
	if err := h.Meeting.Announce(ctx, host, id, 1); err != nil {
		return err
	}
	d, err := h.Meeting.Detail(ctx, host, id)
	if err != nil {
		return err
	}
	for _, t := range d.Tasks {
		if t.Required && b.reach != planned {
			if err := h.Meeting.TickTask(ctx, host, id, t.ID, true, ""); err != nil {
				return err
			}
		}
	}
	if b.reach == planned {
		_, err := h.Records.Submit(ctx, host, id, meeting.SubmitPlan, "")
		return err
	}
	if err := h.meet(ctx, b, id, host, starts); err != nil {
		return err
	}
	return h.afterwards(ctx, b, id, host)
}

// meet is the meeting itself: most come by video, one by telephone, a few not at all.
func (h *history) meet(ctx context.Context, b bygone, id db.ID, host access.Actor, starts db.Time) error {
	people := b.branch.people
	if b.excused > 0 {
		away, err := h.as(ctx, people[b.excused].ID)
		if err != nil {
			return err
		}
		if err := h.Meeting.Answer(ctx, away, id, meeting.Reply{Answer: meeting.AnswerAsked, Reason: "duty", PlanHow: "written"}); err != nil {
			return err
		}
		if err := h.Meeting.DecideLeave(ctx, host, id, away.PersonID, true, "", ""); err != nil {
			return err
		}
		if _, err := h.Rooms.State(ctx, away, id, h.command(), meeting.HandIn{Text: b.statement}); err != nil {
			return err
		}
	}
	*h.clock = starts.Add(-5 * time.Minute)
	var voters []access.Actor
	absent := len(people) - 2 // one did not come, without a word
	for i, p := range people {
		if i == b.excused && i > 0 || i == absent {
			continue
		}
		who, err := h.as(ctx, p.ID)
		if err != nil {
			return err
		}
		if i == len(people)-4 {
			if _, err := h.Rooms.Command(ctx, host, id, meeting.RoomCommand{ID: h.command(), Kind: meeting.CmdJoin, Person: p.ID, How: meeting.ByPhone}); err != nil {
				return err
			}
			continue
		}
		how := meeting.ByVideo
		if i%5 == 4 {
			how = meeting.ByAudio
		}
		if _, err := h.Rooms.Enter(ctx, who, id, meeting.Enter{How: how, Device: "bygone-" + p.ID.String()}); err != nil {
			return err
		}
		voters = append(voters, who)
	}
	*h.clock = starts
	if _, err := h.Rooms.Open(ctx, host, id); err != nil {
		return err
	}
	view, err := h.Rooms.View(ctx, host, id)
	if err != nil {
		return err
	}
	for _, st := range view.Plan.Stages {
		if err := h.stage(ctx, b, id, host, voters, st.Key, string(st.Mode)); err != nil {
			return fmt.Errorf("stage %s: %w", st.Key, err)
		}
	}
	return h.do(ctx, host, id, meeting.RoomCommand{Kind: meeting.CmdFinish})
}

func (h *history) stage(ctx context.Context, b bygone, id db.ID, host access.Actor, present []access.Actor, key, mode string) error {
	if err := h.do(ctx, host, id, meeting.RoomCommand{Kind: meeting.CmdOpen, Stage: key}); err != nil {
		return err
	}
	speakers := []db.ID{host.PersonID}
	switch {
	case mode == "vote":
		speakers = nil
	case mode == "everyone_speaks":
		speakers = nil
		for _, p := range present {
			speakers = append(speakers, p.PersonID)
		}
	case key != "opening" && key != "closing":
		speakers = nil
		for _, i := range b.speakers {
			speakers = append(speakers, b.branch.people[i].ID)
		}
	}
	for _, p := range speakers {
		if err := h.do(ctx, host, id, meeting.RoomCommand{Kind: meeting.CmdGive, Person: p}); err != nil {
			return err
		}
		h.pass(time.Duration(50+h.rand.IntN(110)) * time.Second)
		who, err := h.as(ctx, p)
		if err != nil {
			return err
		}
		if err := h.do(ctx, who, id, meeting.RoomCommand{Kind: meeting.CmdYield}); err != nil {
			return err
		}
		h.pass(5 * time.Second)
	}
	if mode == "vote" && b.motion != "" {
		if err := h.vote(ctx, b, id, host, present); err != nil {
			return err
		}
	}
	reason := ""
	if mode == "everyone_speaks" {
		reason = "电话参加的同志线路不好，会后由书记单独听取意见。"
	}
	return h.do(ctx, host, id, meeting.RoomCommand{Kind: meeting.CmdClose, Reason: reason})
}

func (h *history) vote(ctx context.Context, b bygone, id db.ID, host access.Actor, present []access.Actor) error {
	motion, err := h.Rooms.Move(ctx, host, id, h.command(), meeting.MotionText{Title: b.motion, Ballot: "motion", Open: true})
	if err != nil {
		return err
	}
	for n, p := range present {
		choice := meeting.For
		if n == 8 {
			choice = meeting.Abstain
		}
		h.pass(time.Second)
		// Who is on probation has no vote, and is told so.
		if _, err := h.Rooms.Vote(ctx, p, id, motion, meeting.CastBallot{Choice: choice}); err != nil && !fault.Is(err, fault.KindForbidden) {
			return err
		}
	}
	_, err = h.Rooms.CloseVote(ctx, host, id, motion)
	return err
}

// do carries out a command on the room as it is.
func (h *history) do(ctx context.Context, who access.Actor, id db.ID, c meeting.RoomCommand) error {
	view, err := h.Rooms.View(ctx, who, id)
	if err != nil {
		return err
	}
	c.ID = h.command()
	if view.State != nil {
		c.Version = view.State.Version
	}
	_, err = h.Rooms.Command(ctx, who, id, c)
	return err
}

func (h *history) command() string {
	h.commands++
	return fmt.Sprintf("bygone-%06d", h.commands)
}

// afterwards is what came of it.
func (h *history) afterwards(ctx context.Context, b bygone, id db.ID, host access.Actor) error {
	people := b.branch.people
	recorder, err := h.as(ctx, people[3].ID)
	if err != nil {
		return err
	}
	if err := h.Records.Assemble(ctx, id); err != nil {
		return err
	}
	h.pass(40 * time.Minute)
	if b.reach >= signed {
		record, err := h.Records.Read(ctx, recorder, id)
		if err != nil {
			return err
		}
		for _, sp := range record.Facts.Speeches {
			if _, err := h.Records.WriteText(ctx, recorder, id, fmt.Sprintf("turn.%d", sp.Number), said[h.rand.IntN(len(said))], 0); err != nil {
				return fmt.Errorf("speech %d: %w", sp.Number, err)
			}
		}
	}
	for key, text := range b.texts {
		if _, err := h.Records.WriteText(ctx, recorder, id, key, text, 0); err != nil {
			return fmt.Errorf("text %s: %w", key, err)
		}
	}
	for _, x := range b.actions {
		n := meeting.NewAction{Kind: meeting.ActionPersonal, Text: x.text, DueOn: time.Now().In(h.zone).AddDate(0, 0, x.days).Format(time.DateOnly)}
		doer := host
		if x.who < 0 {
			n.Kind, n.Unit = meeting.ActionUnit, b.branch.unit.ID
		} else {
			n.Person = people[x.who].ID
			if doer, err = h.as(ctx, n.Person); err != nil {
				return err
			}
		}
		action, err := h.Records.AddAction(ctx, host, id, n)
		if err != nil {
			return err
		}
		if x.done != "" {
			if err := h.Records.FinishAction(ctx, doer, action, x.done); err != nil {
				return err
			}
		}
	}
	if b.reach == held {
		return nil
	}
	record, err := h.Records.Read(ctx, host, id)
	if err != nil {
		return err
	}
	if err := h.Records.Sign(ctx, host, id, record.Version, ""); err != nil {
		return err
	}
	if b.reach == signed {
		return nil
	}
	h.pass(20 * time.Hour)
	report, err := h.Records.Submit(ctx, host, id, meeting.SubmitReport, "")
	if err != nil || b.reach == reported {
		return err
	}
	h.pass(5 * time.Hour)
	return h.Records.Decide(ctx, h.overseer, report, b.reach == accepted, b.answer, 1)
}
