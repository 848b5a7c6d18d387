package app

import (
	"bytes"
	"context"
	"net"
	"path/filepath"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/live"
	"wozai/internal/media"
	"wozai/internal/meeting"
	"wozai/internal/office/paper"
)

// pageMaker makes pages of papers with the renderer.
type pageMaker struct{ *paper.Renderer }

// Pages hands the pages on one by one.
func (m pageMaker) Pages(ctx context.Context, mediaType string, file []byte, each func(meeting.PageImage) error) error {
	for p, err := range m.Renderer.Pages(ctx, bytes.NewReader(file), int64(len(file)), mediaType) {
		if err != nil {
			return err
		}
		for _, i := range p.Images {
			if err := each(meeting.PageImage{Page: p.Number, Width: i.Width, Height: i.Height, MediaType: i.Type, Content: i.Data}); err != nil {
				return err
			}
		}
	}
	return nil
}

// meetings makes the sides of meetings that belong together, on a writer and a hub.
func (a *App) meetings(w *change.Writer, hub *live.Hub) (arranging *meeting.Service, rooms *meeting.Rooms, records *meeting.Records) {
	arranging = &meeting.Service{DB: a.DB, Change: w, Profile: a.Install.Profile, Lang: a.Install.Lang, Zone: a.Install.Zone}
	rooms = meeting.NewRooms(meeting.RoomsConfig{
		DB: a.DB, Change: w, Live: hub, Plans: arranging, Secret: a.Secret, Profile: a.Install.Profile,
		Files: a.Blob, Node: a.node, Log: a.Log,
		Opened: arranging.Opened,
		Finished: func(ctx context.Context, tx *change.Tx, id db.ID, at db.Time) error {
			if err := arranging.Finished(ctx, tx, id, at); err != nil {
				return err
			}
			if err := account.ExpireLinks(ctx, tx, id, tx.Now()); err != nil {
				return err
			}
			return records.Finished(ctx, tx, id)
		},
		Reopen: account.ReopenLink,
	})
	records = meeting.NewRecords(meeting.RecordsConfig{
		DB: a.DB, Change: w, Files: a.Blob, Office: meeting.OfficeFiles{}, Profile: a.Install.Profile, Zone: a.Install.Zone,
		Books: &meeting.MeetingBooks{Seen: rooms.Transitions, Organisation: a.Install.OrganisationName},
	})
	return arranging, rooms, records
}

// wireMeetings ties meetings to the API, the jobs and the papers.
func (a *App) wireMeetings() {
	a.Meeting, a.Rooms, a.Records = a.meetings(a.Change, a.Live)
	a.Records.Work(a.Jobs)
	a.Records.Register(a.API)
	a.paper = paper.New(paper.Options{Cache: filepath.Join(a.Config.Data, "cache", "pages")})
	a.Papers = &meeting.Papers{Meetings: a.Meeting, Files: a.Blob, Maker: pageMaker{a.paper}, Log: a.Log}
	a.Papers.Register(a.API)
	a.Papers.Work(a.Jobs)
	a.Meeting.Register(a.API, a.Address)
	a.Rooms.Register(a.API)
	a.Meeting.Work(a.Jobs)
	a.Live.Topic("meeting", func(ctx context.Context, who access.Actor, id db.ID) error {
		_, err := a.Meeting.Detail(ctx, who, id)
		return err
	}, nil)
	rolls := make(chan db.ID, 1024)
	a.Live.OnEvent(func(e live.Event) {
		if e.Kind != "people" {
			return
		}
		select {
		case rolls <- e.ID:
		default: // an import under way: the list is read anew when the meeting is opened, at the latest
		}
	})
	go func() {
		for {
			select {
			case <-a.ctx.Done():
				return
			case unit := <-rolls:
				if err := a.Meeting.RollChanged(a.ctx, unit); err != nil && a.ctx.Err() == nil {
					a.Log.Warn("lists of meetings do not follow a roll", "unit", unit, "error", err)
				}
			}
		}
	}()
}

// wireMedia puts the media's proxy before the SFU, its reconciler beside it, and the relay where TURN's connections come from.
func (a *App) wireMedia(ctx context.Context, relayed net.Listener) (*media.Proxy, error) {
	var relay *media.Relay
	if relayed != nil {
		var err error
		if relay, err = media.NewRelay(a.Media, relayed, a.Config.MediaRelay); err != nil {
			return nil, err
		}
	}
	reconciler := media.NewReconciler(ctx, media.ReconcilerConfig{Server: a.Media, Desired: a.Rooms.Desired, Leases: a.Rooms, Log: a.Log})
	proxy := media.NewProxy(media.ProxyConfig{
		Server: a.Media, Gate: a.Rooms.Gate(a.who), Relay: relay, Log: a.Log,
		News: reconciler.Touch,
	})
	a.Rooms.Attach(switchboard{reconciler, proxy})
	return proxy, nil
}

// switchboard is what the rooms tell the media.
type switchboard struct {
	*media.Reconciler
	proxy *media.Proxy
}

// Drop cuts a seat's connection; what Desired answers has changed before.
func (s switchboard) Drop(room, identity string) {
	s.proxy.Drop(room, identity)
	s.Touch(room)
}
