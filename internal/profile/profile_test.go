package profile_test

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"wozai/internal/profile"
)

func load(t *testing.T, name string) *profile.Profile {
	t.Helper()
	p, err := profile.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBuiltInProfilesAreSound(t *testing.T) {
	names := profile.Names()
	if strings.Join(names, " ") != "association party" {
		t.Fatalf("built in: %v", names)
	}
	for _, name := range names {
		if p := load(t, name); p.ID != name {
			t.Errorf("%s calls itself %s", name, p.ID)
		}
	}
	if _, err := profile.Load("guild"); err == nil || !strings.Contains(err.Error(), "association, party") {
		t.Errorf("an unknown profile: %v", err)
	}
}

// The numbers that the mission states, as the data has them.
func TestPartyRules(t *testing.T) {
	p := load(t, "party")
	for _, c := range []struct {
		kind    string
		atLeast int
		per     profile.Period
	}{{"general", 1, profile.Quarter}, {"committee", 1, profile.Month}, {"group_meeting", 1, profile.Month}, {"theme_day", 1, profile.Month},
		{"lecture", 0, ""}, {"organisation_life", 1, profile.Year}, {"appraisal", 1, profile.Year}} {
		k, err := p.MeetingKind(c.kind)
		if err != nil {
			t.Error(err)
			continue
		}
		if k.Frequency.AtLeast != c.atLeast || k.Frequency.Per != c.per {
			t.Errorf("%s: %+v", c.kind, k.Frequency)
		}
	}
	general, _ := p.MeetingKind("general")
	motion, _ := general.Ballot("motion")
	if q := motion.Quorum; q.Num != 1 || q.Den != 2 || q.Strictness != profile.AtLeast || q.Base != profile.EligibleVoting {
		t.Errorf("quorum %+v", q)
	}
	if m := motion.Majority; m.Num != 1 || m.Den != 2 || m.Strictness != profile.MoreThan || m.Base != profile.EligibleVoting {
		t.Errorf("majority %+v", m)
	}
	election, _ := general.Ballot("election")
	if q := election.Quorum; q.Num != 4 || q.Den != 5 || !election.Secret {
		t.Errorf("election %+v", election)
	}
	if general.Opening != nil {
		t.Error("speaking needs no quorum in a general meeting")
	}
	life, _ := p.MeetingKind("organisation_life")
	if s, ok := life.Stage("everyone"); !ok || s.Mode != profile.EveryoneSpeaks || !life.Speaking.StatementsCount {
		t.Errorf("organisation life: %+v", life.Stages)
	}
	required := map[string]bool{}
	for _, task := range life.Prepare {
		required[task.Key] = task.Required
	}
	if !required["study"] || !required["talks"] || !required["opinions"] {
		t.Errorf("preparation %v", required)
	}
	if as, err := p.As(life, "general"); err != nil || as.Key != "general" {
		t.Errorf("held as a general meeting: %v %v", as.Key, err)
	}
	if _, err := p.As(life, ""); err == nil {
		t.Error("an organisation-life meeting held as nothing")
	}
	if s, _ := p.Standing("probationary"); s.Votes || !s.Belongs {
		t.Errorf("probationary members: %+v", s)
	}
}

func TestNesting(t *testing.T) {
	p := load(t, "party")
	for _, c := range []struct {
		kind, parent string
		may          bool
	}{{"group", "branch", true}, {"group", "general_branch", false}, {"branch", "authority_committee", true}, {"branch", "", false},
		{"authority", "", true}, {"branch", "department", false}, {"division", "department", true}} {
		if may, err := p.MayStand(c.kind, c.parent); err != nil || may != c.may {
			t.Errorf("%s under %q: %v %v", c.kind, c.parent, may, err)
		}
	}
	var unknown *profile.UnknownError
	if _, err := p.MayStand("soviet", ""); !errors.As(err, &unknown) || unknown.Key != "soviet" {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestText(t *testing.T) {
	x := profile.Text{ZH: "书记", EN: "secretary"}
	for lang, want := range map[string]string{"zh-CN": "书记", "zh": "书记", "zh-Hant-TW": "书记", "ZH_cn": "书记", "en": "secretary", "en-GB": "secretary", "zhuang": "secretary", "": "secretary"} {
		if got := x.In(lang); got != want {
			t.Errorf("%q: %q", lang, got)
		}
	}
}

func TestAnOddProfileBehavesOddly(t *testing.T) {
	p, err := profile.Parse(os.DirFS("testdata/odd"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.MeetingKind("moot")
	if err != nil || k.Opening.Num != 2 || k.Opening.Den != 7 || k.Frequency.AtLeast != 5 {
		t.Errorf("%+v %v", k, err)
	}
	if p.Word("voter", "zh-CN") != "执签人" {
		t.Error("words are not the profile's")
	}
}

// What is wrong is said all at once, with its place.
func TestFaultsAreListedTogether(t *testing.T) {
	fsys := copyFS(t, "testdata/odd")
	swap := func(file, old, new string) {
		t.Helper()
		f := fsys[file]
		if !strings.Contains(string(f.Data), old) {
			t.Fatalf("%s has no %q", file, old)
		}
		f.Data = []byte(strings.Replace(string(f.Data), old, new, 1))
	}
	swap("profile.yaml", "  voter: {zh: 执签人, en: holders of a lot}\n", "")
	swap("profile.yaml", "under: [circle]", "under: [square]")
	swap("profile.yaml", "version: 3", "version: 0")
	swap("profile.yaml", "role: officer", "role: admin")
	swap("meetings/moot.yaml", "opening: {num: 2, den: 7", "opening: {num: 9, den: 7")
	swap("meetings/moot.yaml", "mode: vote", "mode: shout")
	swap("meetings/moot.yaml", "en: As you like", "en: ''")
	swap("meetings/moot.yaml", "seconds: 77", "second: 77")
	_, err := profile.Parse(fsys)
	var faults profile.Errors
	if !errors.As(err, &faults) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{`"voter" is missing`, `"square" is not defined`, "version", `"admin"`, "9/7", `"shout"`, "no words in en", "field second not found"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in:\n%v", want, err)
		}
	}
}

func TestAnEmptyFolderIsNoProfile(t *testing.T) {
	if _, err := profile.Parse(fstest.MapFS{}); err == nil {
		t.Fatal("parsed nothing")
	}
}

func copyFS(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, path)
		out[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var zhLine = regexp.MustCompile(`zh: "?([^}"]*?)"?, en: "?([^}"]*)`)

// Each language is in its own place, and Chinese sentences use Chinese punctuation.
func TestLanguagesAreNotMixed(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), "data", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, m := range zhLine.FindAllStringSubmatch(line, -1) {
				han := func(r rune) bool { return unicode.Is(unicode.Han, r) }
				if !strings.ContainsFunc(m[1], han) || strings.ContainsAny(m[1], ",;?!()") {
					t.Errorf("%s:%d: zh %q", path, i+1, m[1])
				}
				if strings.ContainsFunc(m[2], han) || strings.TrimSpace(m[2]) == "" {
					t.Errorf("%s:%d: en %q", path, i+1, m[2])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
