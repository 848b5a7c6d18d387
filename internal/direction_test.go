package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"wozai/internal/testkit"
)

// What may stand on what, as docs/architecture.md draws it. A new folder must
// be entered here before anything may import it.
var (
	foundation = []string{
		"profile", "access", "change", "db", "job", "notice", "live", "media", "blob", "secret",
		"calendar", "search", "pinyin", "office", "sound", "mosaic", "translog", "words", "pages", "backup", "cert", "doctor", "api", "fault", "config", "testkit",
	}
	slicesOfTheHouse = []string{
		"account", "org", "meeting", "training", "rollcall", "dispatch", "duty", "directive",
		"matter", "care", "sealed", "document", "hall", "ledger",
	}
	// mayUse lists the slices that a slice may import besides itself. Every
	// slice may use org, and every one but org may use account.
	mayUse = map[string][]string{
		"training": {"meeting"},
		"hall":     {"meeting"},
	}
	// sfuUsers are the packages that may import livekit-server, which takes
	// minutes to build; everybody else speaks to it through internal/media.
	sfuUsers = []string{"wozai/internal/media/sfu", "wozai/internal/media/mediatest"}
)

type goPackage struct {
	ImportPath   string
	Name         string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImportsGoDownwards(t *testing.T) {
	testkit.DependsOnTree(t)
	packages := list(t)
	if len(packages) < 2 {
		t.Fatalf("go list found %d packages: this test looks at the wrong place", len(packages))
	}
	for _, p := range packages {
		for _, imported := range p.Imports {
			if why := forbidden(p.ImportPath, imported); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, why)
			}
		}
		// A test may use testkit and, from outside, what stands above it.
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := forbiddenSFU(p.ImportPath, imported, true); why != "" {
				t.Errorf("the tests of %s import %s: %s", p.ImportPath, imported, why)
			}
		}
	}
}

// The rule is tested itself, so that it cannot come to allow everything.
func TestTheRule(t *testing.T) {
	const sfu = "github.com/livekit/livekit-server/pkg/service"
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"wozai/cmd/wozai", "wozai/internal/app", true},
		{"wozai/cmd/wozai", "wozai/internal/meeting", false},
		{"wozai/internal/app", "wozai/internal/meeting", true},
		{"wozai/internal/app", "wozai/internal/app/demo", true},
		{"wozai/internal/meeting", "wozai/internal/app", false},
		{"wozai/internal/meeting", "wozai/internal/org", true},
		{"wozai/internal/meeting", "wozai/internal/account", true},
		{"wozai/internal/meeting", "wozai/internal/meeting/floor", true},
		{"wozai/internal/meeting", "wozai/internal/matter", false},
		{"wozai/internal/account", "wozai/internal/org", true},
		{"wozai/internal/org", "wozai/internal/account", false},
		{"wozai/internal/org", "wozai/internal/change", true},
		{"wozai/internal/hall", "wozai/internal/meeting", true},
		{"wozai/internal/training", "wozai/internal/meeting", true},
		{"wozai/internal/training", "wozai/internal/hall", false},
		{"wozai/internal/change", "wozai/internal/org", false},
		{"wozai/internal/change", "wozai/internal/db", true},
		{"wozai/internal/change", "wozai/internal/testkit", false},
		{"wozai/internal/change/changetest", "wozai/internal/testkit", true},
		{"wozai/internal/testkit/pgcluster", "wozai/internal/db", true},
		{"wozai/internal/helpers", "wozai/internal/db", false},
		{"wozai/internal/meeting", "wozai/internal/helpers", false},
		{"wozai/internal/meeting", "wozai/locales", true},
		{"wozai/internal/meeting", "wozai/web", false},
		{"wozai/internal/app", "wozai/web", true},
		{"wozai/internal/meeting", "wozai/cmd/wozai", false},
		{"wozai/internal/media/sfu", sfu, true},
		{"wozai/internal/media", "wozai/internal/media/sfu", false},
		{"wozai/cmd/wozai", "wozai/internal/media/sfu", true},
		{"wozai/internal/media", sfu, false},
		{"wozai/internal/media", "wozai/internal/media/mediatest", false},
		{"wozai/internal/meeting", "wozai/internal/media/mediatest", false},
		{"wozai/cmd/wozai", sfu, false},
		{"wozai/test/story", "wozai/internal/testkit", true},
	} {
		if why := forbidden(c.from, c.to); (why == "") != c.allowed {
			t.Errorf("%s → %s: allowed %v, want %v (%s)", c.from, c.to, why == "", c.allowed, why)
		}
	}
	for from, allowed := range map[string]bool{"wozai/internal/media": true, "wozai/internal/app": true, "wozai/internal/org": false} {
		if why := forbiddenSFU(from, "wozai/internal/media/mediatest", true); (why == "") != allowed {
			t.Errorf("tests of %s → mediatest: allowed %v, want %v", from, why == "", allowed)
		}
	}
}

// forbidden says why from must not import to, "" if it may.
func forbidden(from, to string) string {
	if why := forbiddenSFU(from, to, false); why != "" {
		return why
	}
	if !strings.HasPrefix(to, "wozai/") {
		return ""
	}
	if strings.HasPrefix(to, "wozai/cmd/") {
		return "nothing imports a command"
	}
	f, g := folder(from), folder(to)
	switch {
	case f == g && g != "": // within one folder
		return ""
	case strings.HasPrefix(from, "wozai/test/"), strings.HasPrefix(from, "wozai/bench/"), f == "testkit", strings.HasSuffix(from, "test"):
		return "" // test code may look everywhere
	case g == "": // locales, migrations, web
		if to == "wozai/web" && f != "app" && f != "cmd" {
			return "the user interface is served by app alone"
		}
		return ""
	case g == "testkit":
		return "testkit is for tests"
	case f == "cmd":
		if g == "app" || g == "config" || to == "wozai/internal/media/sfu" {
			return ""
		}
		return "a command parses flags and calls app"
	case f == "app":
		return known(g)
	case g == "app":
		return "only a command imports app"
	case slices.Contains(foundation, f):
		if slices.Contains(foundation, g) {
			return ""
		}
		return "the foundation knows no slice"
	case slices.Contains(slicesOfTheHouse, f):
		if slices.Contains(foundation, g) || slices.Contains(mayUse[f], g) || g == "org" || g == "account" && f != "org" {
			return ""
		}
		if slices.Contains(slicesOfTheHouse, g) {
			return "slices meet through an interface that app wires, or through an event"
		}
		return known(g)
	}
	return known(f)
}

func known(folder string) string {
	if folder == "app" || slices.Contains(foundation, folder) || slices.Contains(slicesOfTheHouse, folder) {
		return ""
	}
	return "internal/" + folder + " has no place in the house yet: enter it in direction_test.go and docs/architecture.md"
}

// forbiddenSFU keeps the media server out of packages that are built often;
// inTest says whether it is a test that imports.
func forbiddenSFU(from, to string, inTest bool) string {
	switch {
	case slices.Contains(sfuUsers, from):
		return ""
	case strings.HasPrefix(to, "github.com/livekit/livekit-server"):
		return "only internal/media/sfu embeds the media server"
	case to == "wozai/internal/media/sfu" && folder(from) != "cmd":
		return "this links the media server; only a command does"
	case to == "wozai/internal/media/mediatest" && !(inTest && slices.Contains([]string{"media", "app"}, folder(from))):
		return "this links the media server; only tests of media and app do"
	}
	return ""
}

// folder is the house's word for where a package lives: cmd, app, a slice or
// a part of the foundation; "" for data beside the house.
func folder(path string) string {
	rest := strings.TrimPrefix(path, "wozai/")
	if strings.HasPrefix(rest, "cmd/") {
		return "cmd"
	}
	rest, inside := strings.CutPrefix(rest, "internal/")
	if !inside {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "wozai/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
