package profile

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed data
var builtIn embed.FS

// Errors is everything that is wrong with a profile, each with the file and the place in it.
type Errors []string

// Error lists one fault a line.
func (e Errors) Error() string { return "profile: " + strings.Join(e, "\n") }

// Names lists the built-in profiles.
func Names() []string {
	entries, err := fs.ReadDir(builtIn, "data")
	if err != nil {
		panic(err) // embedded: cannot happen
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

var loaded sync.Map // name → *Profile

// Load gives a built-in profile. It is shared: do not change it.
func Load(name string) (*Profile, error) {
	if p, ok := loaded.Load(name); ok {
		return p.(*Profile), nil
	}
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("profile %q is not known; there are: %s", name, strings.Join(Names(), ", "))
	}
	sub, err := fs.Sub(builtIn, path.Join("data", name))
	if err != nil {
		return nil, err
	}
	p, err := Parse(sub)
	if err != nil {
		return nil, err
	}
	actual, _ := loaded.LoadOrStore(name, p)
	return actual.(*Profile), nil
}

// Parse reads and checks a profile folder: profile.yaml and meetings/*.yaml. It returns either a
// sound profile or Errors with everything that is wrong.
func Parse(fsys fs.FS) (*Profile, error) {
	var p Profile
	faults := decode(fsys, "profile.yaml", &p)
	files, err := fs.Glob(fsys, "meetings/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		var k MeetingKind
		faults = append(faults, decode(fsys, f, &k)...)
		p.MeetingKinds = append(p.MeetingKinds, k)
	}
	slices.SortStableFunc(p.MeetingKinds, func(a, b MeetingKind) int { return cmp.Compare(a.Order, b.Order) })
	c := checker{p: &p, faults: faults}
	c.profile()
	if len(c.faults) > 0 {
		return nil, Errors(c.faults)
	}
	return &p, nil
}

// decode reads one strict YAML document: no unknown fields, nothing after it.
func decode(fsys fs.FS, name string, into any) []string {
	f, err := fsys.Open(name)
	if err != nil {
		return []string{fmt.Sprintf("%s: cannot be read: %v", name, err)}
	}
	defer func() { _ = f.Close() }() // read only
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	err = d.Decode(into)
	var many *yaml.TypeError
	switch {
	case errors.As(err, &many):
		var out []string
		for _, e := range many.Errors {
			out = append(out, name+": "+e)
		}
		return out
	case err != nil:
		return []string{fmt.Sprintf("%s: %v", name, err)}
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return []string{name + ": more than one document"}
	}
	return nil
}
