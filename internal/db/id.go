package db

import (
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// ID names a row: a time-ordered int64, a string in JSON (JavaScript numbers end at 2^53).
// Layout: 41 bits of milliseconds since 2025-01-01 UTC, 10 bits of node, 12 bits of sequence.
type ID int64

// ParseID reads the decimal form; ok is false for anything else.
func ParseID(s string) (ID, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return ID(n), err == nil && n > 0
}

// String is the decimal form.
func (i ID) String() string { return strconv.FormatInt(int64(i), 10) }

// MarshalText makes it a string in JSON, also as a key; zero is the empty string. States of rooms hold
// thousands of them: what encoding/json does with a text costs half of what it does with MarshalJSON.
func (i ID) MarshalText() ([]byte, error) {
	if i == 0 {
		return nil, nil
	}
	return strconv.AppendInt(nil, int64(i), 10), nil
}

// UnmarshalText reads the same.
func (i *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = 0
		return nil
	}
	n, ok := ParseID(string(b))
	if !ok {
		return fmt.Errorf("not an id")
	}
	*i = n
	return nil
}

const idPattern = `^([1-9][0-9]{0,18})?$`

// Schema describes an ID to the API document.
func (ID) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Pattern: idPattern, Description: "id", Examples: []any{"7301412345678901"}}
	s.PrecomputeMessages()
	return s
}

// Receiver and OnParamSet let an ID stand in a path or query: it is checked as a string
// there, and a number too large to be an id becomes one that names nothing.
func (i *ID) Receiver() reflect.Value { return reflect.New(reflect.TypeFor[string]()).Elem() }

// OnParamSet takes the parsed text.
func (i *ID) OnParamSet(isSet bool, parsed any) {
	s, _ := parsed.(string)
	if !isSet || s == "" {
		return
	}
	n, ok := ParseID(s)
	if !ok {
		n = -1
	}
	*i = n
}

var idEpoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// IDs makes ids for one node. It never goes back, even when the clock does.
type IDs struct {
	mu   sync.Mutex
	node int64
	last int64 // ms<<12 | seq
}

// NewIDs makes a generator; node is in [0,1024), unique among the running nodes (see LeaseNode).
func NewIDs(node int) *IDs { return &IDs{node: int64(node) & 1023} }

// New returns the next id.
func (g *IDs) New() ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := (time.Now().UnixMilli() - idEpoch) << 12
	if n <= g.last {
		n = g.last + 1
	}
	g.last = n
	return ID((n>>12)<<22 | g.node<<12 | n&0xfff)
}
