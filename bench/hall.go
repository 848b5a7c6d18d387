package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// hall is a branch of many with a meeting about to begin, made through the API by its secretary: nothing is written past
// the program.
type hall struct {
	*program
	meeting string
	host    *guest
	guests  []*guest
}

// guest is a member with a join link and the session that it gave.
type guest struct {
	browser
	hall   *hall
	person string
	link   string // the token, until it is used
	device string
	seat   string
}

// gather starts a program and fills the branch until n members can be invited; links are given out but not used.
func (b *bench) gather(ctx context.Context, n int, more ...string) (*hall, error) {
	p, err := b.launch("demo", fmt.Sprintf("demo-%d", time.Now().UnixNano()), append([]string{"--bots", "0", "--print-json"}, more...)...)
	if err != nil {
		return nil, err
	}
	h := &hall{program: p}
	if err := h.arrange(ctx, n); err != nil {
		p.stop()
		return nil, fmt.Errorf("%w\n%s", err, p.log)
	}
	return h, nil
}

func (h *hall) arrange(ctx context.Context, n int) error {
	transport := newTransport()
	secretary := &browser{base: h.url, client: &http.Client{Transport: transport, Timeout: time.Minute}}
	if err := secretary.signIn(ctx, h.program, "secretary"); err != nil {
		return err
	}
	var me struct {
		Person struct{ ID string }
		Units  []struct{ ID, Kind, Position string }
	}
	if err := secretary.call(ctx, "GET", "/me", nil, &me); err != nil {
		return err
	}
	unit := ""
	for _, u := range me.Units {
		if u.Kind == "branch" && u.Position == "secretary" {
			unit = u.ID
		}
	}
	administrator := &browser{base: h.url, client: secretary.client}
	if err := administrator.signIn(ctx, h.program, "admin"); err != nil {
		return err
	}
	if err := enrol(ctx, administrator, unit, n); err != nil {
		return err
	}
	var made struct{ ID string }
	starts := time.Now().Add(2 * time.Second)
	if err := secretary.call(ctx, "POST", "/units/"+unit+"/meetings", map[string]any{
		"kind": "organisation_life", "theme": "Measured", "starts_at": starts, "ends_at": starts.Add(2 * time.Hour), "chair_id": me.Person.ID,
	}, &made); err != nil {
		return err
	}
	h.meeting = made.ID
	if err := secretary.call(ctx, "POST", "/meetings/"+made.ID+"/announce", map[string]int{"version": 1}, nil); err != nil {
		return err
	}
	var list struct {
		Items []struct {
			PersonID string `json:"person_id"`
		}
	}
	if err := secretary.call(ctx, "GET", "/meetings/"+made.ID+"/people", nil, &list); err != nil {
		return err
	}
	h.host = &guest{browser: *secretary, hall: h, person: me.Person.ID, device: device()}
	var people []string
	for _, x := range list.Items {
		if x.PersonID != me.Person.ID && len(people) < n {
			people = append(people, x.PersonID)
		}
	}
	if len(people) < n {
		return fmt.Errorf("%d are on the list, %d are needed", len(people), n)
	}
	for at := 0; at < n; at += 500 {
		var links struct {
			Items []struct {
				PersonID string `json:"person_id"`
				Token    string `json:"token"`
			}
		}
		if err := secretary.call(ctx, "POST", "/meetings/"+made.ID+"/links", map[string]any{"person_ids": people[at:min(at+500, n)]}, &links); err != nil {
			return err
		}
		for _, l := range links.Items {
			h.guests = append(h.guests, &guest{browser: browser{base: h.url, client: secretary.client}, hall: h, person: l.PersonID, link: l.Token, device: device()})
		}
	}
	return nil
}

// enrol brings n people into the branch by a file, as the administrator would.
func enrol(ctx context.Context, by *browser, unit string, n int) error {
	var u struct{ Unit struct{ Code string } }
	if err := by.call(ctx, "GET", "/units/"+unit, nil, &u); err != nil {
		return err
	}
	var file strings.Builder
	file.WriteString("人员编号,姓名,人员类别,所在单位编号,职务,身份\n")
	for i := range n {
		fmt.Fprintf(&file, "B%05d,测%04d,在职,%s,党员,正式党员\n", i, i, u.Unit.Code)
	}
	type run struct {
		ID, State, Code string
		Version         int64
		Counts          json.RawMessage
	}
	var now run
	if err := by.send(ctx, "POST", "/org/imports?name=members.csv", strings.NewReader(file.String()), &now); err != nil {
		return err
	}
	until := func(states ...string) error {
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if err := by.call(ctx, "GET", "/org/imports/"+now.ID, nil, &now); err != nil {
				return err
			}
			for _, s := range states {
				if now.State == s {
					return nil
				}
			}
		}
		return errors.New("the import does not come to an end")
	}
	if err := until("checked", "failed"); err != nil {
		return err
	}
	if err := by.call(ctx, "POST", "/org/imports/"+now.ID+"/apply", map[string]any{"version": now.Version}, &now); err != nil {
		var faults json.RawMessage
		_ = by.call(ctx, "GET", "/org/imports/"+now.ID+"/faults?limit=3", nil, &faults)
		return fmt.Errorf("import: %w (%s; %s)", err, now.Counts, faults)
	}
	if err := until("done", "failed"); err != nil {
		return err
	}
	if now.State != "done" {
		return fmt.Errorf("import: %s %s", now.State, now.Code)
	}
	return nil
}

func (h *hall) room() string { return "/meetings/" + h.meeting + "/room" }

// open has the host come in, open the meeting and its first stage, in which hands are raised and granted.
func (h *hall) open(ctx context.Context) error {
	if _, err := h.host.enter(ctx, "video"); err != nil {
		return err
	}
	var at struct{ Version int64 }
	for deadline := time.Now().Add(10 * time.Second); ; {
		err := h.host.call(ctx, "POST", h.room()+"/open", nil, &at)
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(200 * time.Millisecond) // not yet time
	}
	var view struct {
		State struct {
			Version int64
			Stages  []struct{ Key string }
		}
	}
	if err := h.host.call(ctx, "GET", h.room(), nil, &view); err != nil {
		return err
	}
	_, err := h.host.command(ctx, map[string]any{"kind": "open", "stage": view.State.Stages[0].Key, "version": view.State.Version})
	return err
}

// version is that of the room now.
func (h *hall) version(ctx context.Context) (int64, error) {
	var view struct{ State struct{ Version int64 } }
	err := h.host.call(ctx, "GET", h.room(), nil, &view)
	return view.State.Version, err
}

// hosts has the host do something with the floor as it is now.
func (h *hall) hosts(ctx context.Context, c map[string]any) error {
	version, err := h.version(ctx)
	if err != nil {
		return err
	}
	c["version"] = version
	_, err = h.host.command(ctx, c)
	return err
}

// speaks brings a guest into the room and gives them the floor.
func (g *guest) speaks(ctx context.Context) (*attendant, error) {
	a, err := g.attend(ctx)
	if err != nil {
		return nil, err
	}
	go g.beats(ctx, 0, nil)
	if err := g.hall.hosts(ctx, map[string]any{"kind": "give", "person": g.person}); err != nil {
		a.Leave()
		return nil, err
	}
	return a, nil
}

// come uses the join link, once.
func (g *guest) come(ctx context.Context) error {
	if g.link == "" {
		return nil
	}
	err := g.call(ctx, "POST", "/session/link", map[string]string{"token": g.link}, nil)
	if err == nil {
		g.link = ""
	}
	return err
}

// enter takes a seat and returns the room's version after it.
func (g *guest) enter(ctx context.Context, how string) (version int64, err error) {
	var in struct {
		Seat, State string
		Version     int64
	}
	if err := g.call(ctx, "POST", g.hall.room()+"/enter", map[string]any{"how": how, "device": g.device}, &in); err != nil {
		return 0, err
	}
	if in.State != "here" {
		return 0, fmt.Errorf("the seat is %q", in.State)
	}
	g.seat = in.Seat
	return in.Version, nil
}

// command asks something of the floor and returns the room's version after it.
func (g *guest) command(ctx context.Context, c map[string]any) (int64, error) {
	c["id"] = device()
	var at struct{ Version int64 }
	err := g.call(ctx, "POST", g.hall.room()+"/commands", c, &at)
	return at.Version, err
}

// beats says every five seconds that the guest is here, from a moment of its own, until ctx ends. late gets how long an
// answer took.
func (g *guest) beats(ctx context.Context, phase time.Duration, took *times) {
	t := time.NewTimer(phase)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		began := time.Now()
		if err := g.call(ctx, "POST", g.hall.room()+"/beat", map[string]string{"seat": g.seat}, nil); err == nil && took != nil {
			took.add(time.Since(began))
		}
		t.Reset(5*time.Second - time.Since(began))
	}
}

// together runs f for all, at most k at a time, and returns the first error.
func together[T any](all []T, k int, f func(T) error) error {
	var group sync.WaitGroup
	var once sync.Once
	var first error
	gate := make(chan struct{}, k)
	for _, x := range all {
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			if err := f(x); err != nil {
				once.Do(func() { first = err })
			}
		})
	}
	group.Wait()
	return first
}
