package media

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Desired answers who may be in a room now, and what each may do. A participant who is missing from the map is removed.
// version must change with every change of the answer. A room that is over returns ErrRoomOver.
type Desired func(ctx context.Context, room string) (want map[string]Permission, version int64, err error)

// ErrRoomOver is returned by Desired for a room that should not exist (any more): it is deleted and forgotten.
var ErrRoomOver = errors.New("media: the room is over")

// Leases decides which of several nodes looks after a room. It only saves work: two nodes doing so at once come to the
// same result.
type Leases interface {
	// Hold takes or renews the lease for a few seconds and reports whether this node has it.
	Hold(ctx context.Context, room string) (bool, error)
}

// ReconcilerConfig wires a Reconciler.
type ReconcilerConfig struct {
	Server  *Server
	Desired Desired
	Leases  Leases        // nil: this node looks after every room
	Every   time.Duration // between looks at a room in use; 0: two seconds
	// Cheated, if set, is told of participants removed because they sent sound in disguise.
	Cheated func(room, identity string)
	Log     *slog.Logger // nil: slog.Default
}

// Reconciler makes LiveKit agree with the application: whatever is too much is taken away before anything is given, and
// the answer is read again afterwards until it has not moved meanwhile. When nothing differs a pass costs one read of
// Desired and one list of participants (with the question whether the room is there). A room is looked at when touched, every two seconds while in use, and when the
// SFU has come back.
type Reconciler struct {
	config ReconcilerConfig
	rooms  *Rooms

	mu    sync.Mutex
	busy  map[string]*roomWork
	run   context.Context
	ended sync.WaitGroup
}

// roomWork is one room's goroutine.
type roomWork struct {
	touched chan struct{} // capacity one: a touch during a pass leads to exactly one more
	stop    context.CancelFunc
}

// NewReconciler returns a Reconciler that works until ctx ends.
func NewReconciler(ctx context.Context, config ReconcilerConfig) *Reconciler {
	if config.Every == 0 {
		config.Every = 2 * time.Second
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	r := &Reconciler{config: config, rooms: NewRooms(config.Server), busy: map[string]*roomWork{}, run: ctx}
	config.Server.OnUp(r.touchAll)
	return r
}

// Touch has a room looked at now, from then on every two seconds, until it is over or has been empty for a minute. It
// returns at once, may be called as often as one likes, and does nothing after the Reconciler's context has ended.
func (r *Reconciler) Touch(room string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run.Err() != nil {
		return
	}
	work := r.busy[room]
	if work == nil {
		ctx, stop := context.WithCancel(r.run)
		work = &roomWork{touched: make(chan struct{}, 1), stop: stop}
		r.busy[room] = work
		r.ended.Add(1)
		go r.look(ctx, room, work)
	}
	select {
	case work.touched <- struct{}{}:
	default:
	}
}

// Wait returns when every room's work has ended, after the Reconciler's context has.
func (r *Reconciler) Wait() { r.ended.Wait() }

func (r *Reconciler) touchAll() {
	r.mu.Lock()
	var all []string
	for room := range r.busy {
		all = append(all, room)
	}
	r.mu.Unlock()
	for _, room := range all {
		r.Touch(room)
	}
}

const (
	forgetAfter = time.Minute            // an empty room that nobody touches
	longestRest = 100 * time.Millisecond // between two looks
)

// look is the goroutine of one room.
func (r *Reconciler) look(ctx context.Context, room string, work *roomWork) {
	defer r.ended.Done()
	ticker := time.NewTicker(r.config.Every)
	defer ticker.Stop()
	inUse := time.Now()
	for {
		touched := false
		select {
		case <-ctx.Done():
			return
		case <-work.touched:
			touched = true
		case <-ticker.C:
		}
		if r.config.Server.Ready(ctx) != nil {
			return
		}
		began := time.Now()
		people, err := r.Settle(ctx, room)
		took := time.Since(began)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil, errors.Is(err, ErrRoomOver):
		default:
			r.config.Log.Warn("permissions could not be settled; trying again", "room", room, "error", err)
			people = 1 // unknown: keep looking
		}
		if touched || people > 0 {
			inUse = time.Now()
		}
		if (errors.Is(err, ErrRoomOver) || time.Since(inUse) > forgetAfter) && r.forget(room, work) {
			return
		}
		// A look costs by how many are there. When many come at once their touches share one, and the SFU
		// has as much time for something else.
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(took, longestRest)):
		}
	}
}

// forget ends the work on a room unless it has been touched meanwhile.
func (r *Reconciler) forget(room string, work *roomWork) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(work.touched) > 0 {
		return false
	}
	delete(r.busy, room)
	work.stop()
	return true
}

// maxPasses bounds one Settle while the answer keeps moving; the next look goes on from there.
const maxPasses = 20

// Settle does one room now and returns once LiveKit agreed with an answer of Desired that had not moved afterwards, with
// the number of participants then. The room's own goroutine calls it; tests and a host's "remove" may call it directly.
func (r *Reconciler) Settle(ctx context.Context, room string) (people int, err error) {
	if r.config.Leases != nil {
		ours, err := r.config.Leases.Hold(ctx, room)
		if err != nil || !ours {
			return 1, err // somebody else looks after it: it is in use as far as we know
		}
	}
	var applied int64
	for pass := range maxPasses {
		if pass > 0 {
			if _, version, err := r.config.Desired(ctx, room); err == nil && version == applied {
				return people, nil
			}
		}
		// The wish is read after who is there: whoever comes in between the two is not in the list, and must not be
		// taken for somebody who may no longer be here.
		present, err := r.rooms.List(ctx, room)
		if err != nil {
			return people, err
		}
		want, version, err := r.config.Desired(ctx, room)
		if errors.Is(err, ErrRoomOver) {
			return 0, errors.Join(err, r.rooms.Delete(ctx, room))
		}
		if err != nil {
			return people, err
		}
		people = len(present)
		changed, err := r.apply(ctx, room, present, want)
		if err != nil || !changed {
			return people, err
		}
		applied = version
	}
	return people, nil
}

// apply makes LiveKit agree with want, taking away first.
func (r *Reconciler) apply(ctx context.Context, room string, present []Participant, want map[string]Permission) (changed bool, err error) {
	var take, give errgroup.Group
	take.SetLimit(apiCalls)
	give.SetLimit(apiCalls)
	var gifts []func() error
	for _, participant := range present {
		identity, has := participant.Identity, participant.Permission
		may, invited := want[identity]
		if r.config.Server.unopened.Load() {
			may.Ready = 0
		}
		allowed := may.announced()
		open, shut := participant.sounds(may)
		// Sound that was open once is taken down, also from who may announce it again for the next turn.
		less := has.within(allowed)
		for _, track := range open {
			less.Publish &^= track.Source
		}
		cheats := slices.ContainsFunc(participant.Tracks, func(t Track) bool { return !t.Honest })
		switch {
		case cheats:
			changed = true
			r.config.Log.Warn("a participant sent sound in disguise and is removed", "room", room)
			if r.config.Cheated != nil {
				r.config.Cheated(room, identity)
			}
			fallthrough
		case !invited:
			changed = true
			take.Go(func() error { return r.rooms.Remove(ctx, room, identity) })
			continue
		case less != has || len(open) > 0:
			changed = true
			take.Go(func() error {
				if err := r.mute(ctx, room, identity, open, true); err != nil {
					return err
				}
				return r.permit(ctx, room, identity, less)
			})
		}
		if len(shut) > 0 {
			changed = true
			gifts = append(gifts, func() error { return r.mute(ctx, room, identity, shut, false) })
		}
		if less != allowed {
			changed = true
			gifts = append(gifts, func() error { return r.permit(ctx, room, identity, allowed) })
		}
	}
	// Nobody is given the floor while somebody may still have it.
	if err := take.Wait(); err != nil {
		return changed, err
	}
	for _, gift := range gifts {
		give.Go(gift)
	}
	return changed, give.Wait()
}

// sounds are the tracks of sound that are open without the right to be heard, and those that are shut in spite of it.
func (p Participant) sounds(may Permission) (open, shut []Track) {
	for _, track := range p.Tracks {
		switch heard := may.Publish.Has(track.Source); {
		case track.Sound && !track.Muted && !heard:
			open = append(open, track)
		case track.Sound && track.Muted && heard:
			shut = append(shut, track)
		}
	}
	return open, shut
}

// mute shuts or opens tracks. Where the SFU opens none, who has the floor is made to announce the track anew.
func (r *Reconciler) mute(ctx context.Context, room, identity string, tracks []Track, muted bool) error {
	for _, track := range tracks {
		err := r.rooms.Mute(ctx, room, identity, track.ID, muted)
		if errors.Is(err, errUnopened) {
			if !r.config.Server.unopened.Swap(true) {
				r.config.Log.Error("who speaks is heard later than need be", "error", err)
			}
			err = r.rooms.Permit(ctx, room, identity, Permission{Subscribe: true})
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

const apiCalls = 8 // at once, in one room

// permit tolerates that the participant has just left.
func (r *Reconciler) permit(ctx context.Context, room, identity string, permission Permission) error {
	if err := r.rooms.Permit(ctx, room, identity, permission); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}
