package access

import "testing"

// A small tree: federation 1 over section 2 over team 3.
var (
	federation = Unit{ID: 1, Path: "/1/"}
	section    = Unit{ID: 2, Path: "/1/2/"}
	team       = Unit{ID: 3, Path: "/1/2/3/"}
)

func at(u Unit, r Role, subtree bool) Grant {
	return Grant{Role: r, UnitID: u.ID, Path: u.Path, Subtree: subtree}
}

func with(g ...Grant) Actor { return Actor{Kind: Person, PersonID: 9, Grants: g} }

func TestAGrantHoldsWhereItReaches(t *testing.T) {
	for _, c := range []struct {
		name string
		a    Actor
		p    Permission
		u    Unit
		want bool
	}{
		{"one's own unit", with(at(section, Officer, false)), MeetingArrange, section, true},
		{"below, without the subtree", with(at(section, Officer, false)), MeetingArrange, team, false},
		{"below, with it", with(at(section, Officer, true)), MeetingArrange, team, true},
		{"above", with(at(section, Officer, true)), MeetingArrange, federation, false},
		{"another role", with(at(section, Recorder, true)), MeetingArrange, section, false},
		{"a unit whose number begins like one's own", with(at(Unit{ID: 2, Path: "/1/2/"}, Officer, true)), MeetingArrange, Unit{ID: 21, Path: "/1/21/"}, false},
		{"a permission that nobody knows", with(at(federation, Admin, true)), "meeting.unknown", section, false},
		{"contents, for who keeps the installation", with(Grant{Role: Admin, Path: "/", Subtree: true}), MeetingRead, section, false},
		{"everywhere, for who keeps the installation", with(Grant{Role: Admin, Path: "/", Subtree: true}), OrgManage, Unit{Path: "/"}, true},
		{"everywhere, for who leads the topmost unit", with(at(federation, Officer, true)), OrgManage, Unit{Path: "/"}, false},
		{"by a link", Actor{Kind: Link, PersonID: 9, Grants: []Grant{at(section, Officer, true)}}, MeetingRead, section, false},
		{"nobody", Actor{Grants: []Grant{at(section, Officer, true)}}, MeetingRead, section, false},
		{"the program", SystemActor("test"), MeetingRead, section, true},
	} {
		if got := c.a.Can(c.p, c.u); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if err := c.a.Require(c.p, c.u); (err == nil) != c.want {
			t.Errorf("%s: require says %v", c.name, err)
		}
	}
}

func TestNobodyReachesFurtherThanTheirOffices(t *testing.T) {
	for _, c := range []struct {
		name string
		a    Actor
		g    Grant
		want bool
	}{
		{"belonging is no office", with(), at(federation, Member, true), true},
		{"a member", with(at(section, Member, true)), at(section, Recorder, false), false},
		{"an officer gives a recorder", with(at(section, Officer, false)), at(section, Recorder, false), true},
		{"an officer gives an officer", with(at(section, Officer, false)), at(section, Officer, false), true},
		{"over what is below, without having it", with(at(federation, Officer, false)), at(federation, Overseer, true), false},
		{"over what is below, by the same office", with(at(federation, Officer, false), at(federation, Overseer, true)), at(federation, Overseer, true), true},
		{"over what is below, by one that leads it", with(at(section, Officer, true)), at(section, Overseer, true), true},
		{"an officer by what is only overseen", with(at(section, Overseer, true)), at(section, Officer, true), false},
		{"above", with(at(section, Officer, true)), at(federation, Recorder, false), false},
		{"who keeps the installation", with(Grant{Role: Admin, Path: "/", Subtree: true}), at(federation, Overseer, true), true},
		{"who keeps it, by an officer", with(at(federation, Officer, true)), Grant{Role: Admin, Path: "/", Subtree: true}, false},
		{"the program", SystemActor("test"), Grant{Role: Admin, Path: "/", Subtree: true}, true},
	} {
		if got := c.a.Reaches(c.g); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
