package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A delta makes the next state of a topic from the one before, so that a small change of a long state
// costs its own size to everybody who listens. It knows nothing of what a state means:
//
//	object  {"put": {field: value}, "in": {field: delta}, "drop": [field]}
//	list    {"put": [thing], "drop": [id]}
//
// A list is told thing by thing where each begins with its own "id", as {"id":"12",…}, or is an id, as
// "12": a thing that is put takes the place of the one with its id, or comes last. Every other value is
// put whole.
// The browser's half is web/src/shared/live/delta.ts.
type delta[Put any] struct {
	Put  Put                        `json:"put,omitempty"`
	In   map[string]json.RawMessage `json:"in,omitempty"`
	Drop []string                   `json:"drop,omitempty"`
}

type (
	fields = map[string]json.RawMessage
	things = []json.RawMessage
)

// Delta gives what makes after of before, nil when they are the same; ok is false where a delta would
// not be smaller than after itself. Both are JSON as json.Marshal writes it.
func Delta(before, after json.RawMessage) (d json.RawMessage, ok bool, err error) {
	if bytes.Equal(before, after) {
		return nil, true, nil
	}
	switch {
	case before[0] == '{' && after[0] == '{':
		d, err = objectDelta(before, after)
	case before[0] == '[' && after[0] == '[':
		d, err = listDelta(before, after)
	}
	return d, d != nil && len(d) < len(after), err
}

func objectDelta(before, after json.RawMessage) (json.RawMessage, error) {
	var was, is fields
	if err := json.Unmarshal(before, &was); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(after, &is); err != nil {
		return nil, err
	}
	out := delta[fields]{Put: fields{}, In: fields{}}
	for name, value := range is {
		old, had := was[name]
		if !had {
			out.Put[name] = value
			continue
		}
		d, ok, err := Delta(old, value)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			out.Put[name] = value
		case d != nil:
			out.In[name] = d
		}
	}
	for name := range was {
		if _, has := is[name]; !has {
			out.Drop = append(out.Drop, name)
		}
	}
	return json.Marshal(out)
}

// listDelta is nil when the list cannot be told thing by thing: without ids, or in another order.
func listDelta(before, after json.RawMessage) (json.RawMessage, error) {
	was, is, err := twoLists(before, after)
	if was == nil || is == nil || err != nil {
		return nil, err
	}
	out := delta[things]{}
	var order []string
	for _, id := range was.ids {
		if _, stays := is.by[id]; stays {
			order = append(order, id)
		} else {
			out.Drop = append(out.Drop, id)
		}
	}
	for _, id := range is.ids {
		old, had := was.by[id]
		if !had {
			order = append(order, id)
		}
		if !bytes.Equal(old, is.by[id]) {
			out.Put = append(out.Put, is.by[id])
		}
	}
	if !slices.Equal(order, is.ids) {
		return nil, nil
	}
	return json.Marshal(out)
}

// listed is a list of things with ids.
type listed struct {
	ids []string
	by  fields
}

func twoLists(before, after json.RawMessage) (was, is *listed, err error) {
	if was, err = readList(before); err != nil {
		return nil, nil, err
	}
	is, err = readList(after)
	return was, is, err
}

// readList gives nil for a list whose things do not each have an id of their own.
func readList(raw json.RawMessage) (*listed, error) {
	var all things
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	l := &listed{ids: make([]string, 0, len(all)), by: make(fields, len(all))}
	for _, one := range all {
		rest, ok := bytes.CutPrefix(one, []byte(`"`))
		if !ok {
			rest, ok = bytes.CutPrefix(one, []byte(`{"id":"`))
		}
		end := bytes.IndexByte(rest, '"')
		if !ok || bytes.IndexByte(rest[:end], '\\') >= 0 {
			return nil, nil
		}
		id := string(rest[:end])
		if _, twice := l.by[id]; twice {
			return nil, nil
		}
		l.ids, l.by[id] = append(l.ids, id), one
	}
	return l, nil
}

// Follower puts the states of one topic together from what a stream tells of it, as a browser does.
type Follower struct {
	version int64
	state   json.RawMessage
}

// ErrGap says that the state before is not there: a new stream begins with the whole.
var ErrGap = errors.New("live: a difference from a state that is not there")

// Hear gives the state after e, nil when e tells of none.
func (f *Follower) Hear(e Event) (json.RawMessage, error) {
	switch {
	case e.State != nil:
		f.state = e.State
	case e.Delta == nil:
		return nil, nil
	case f.state == nil || e.Version != f.version+1:
		return nil, ErrGap
	default:
		next, err := Patch(f.state, e.Delta)
		if err != nil {
			return nil, err
		}
		f.state = next
	}
	f.version = e.Version
	return f.state, nil
}

// Patch makes the next state of the one before, as a browser does.
func Patch(before, d json.RawMessage) (json.RawMessage, error) {
	if len(before) > 0 && before[0] == '[' {
		return patchList(before, d)
	}
	var state fields
	var change delta[fields]
	if err := json.Unmarshal(before, &state); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(d, &change); err != nil {
		return nil, err
	}
	for _, name := range change.Drop {
		delete(state, name)
	}
	for name, inner := range change.In {
		next, err := Patch(state[name], inner)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		state[name] = next
	}
	for name, value := range change.Put {
		state[name] = value
	}
	return json.Marshal(state)
}

func patchList(before, d json.RawMessage) (json.RawMessage, error) {
	var change delta[things]
	if err := json.Unmarshal(d, &change); err != nil {
		return nil, err
	}
	put, err := json.Marshal(change.Put)
	if err != nil {
		return nil, err
	}
	was, fresh, err := twoLists(before, put)
	if err != nil {
		return nil, err
	}
	if was == nil || fresh == nil {
		return nil, errors.New("live: not a list of things with ids")
	}
	out := things{}
	for _, id := range was.ids {
		if one, changed := fresh.by[id]; changed {
			out = append(out, one)
		} else if !slices.Contains(change.Drop, id) {
			out = append(out, was.by[id])
		}
	}
	for _, id := range fresh.ids {
		if _, had := was.by[id]; !had {
			out = append(out, fresh.by[id])
		}
	}
	return json.Marshal(out)
}
