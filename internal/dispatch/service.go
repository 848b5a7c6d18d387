package dispatch

import (
	"context"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/notice"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// Service holds the use cases; each authorises.
type Service struct {
	DB      *db.DB
	Change  *change.Writer
	Profile func() *profile.Profile
	Zone    func() *time.Location // the installation's: quiet hours are said in it
	Posts   notice.Poster         // groups in messengers that hear of it when a whole unit is asked; nil: none
}

// NewService makes the service.
func NewService(d *db.DB, w *change.Writer, p func() *profile.Profile, zone func() *time.Location) *Service {
	return &Service{DB: d, Change: w, Profile: p, Zone: zone}
}

// inTurn is a context in which changes of a dispatch take turns. It keeps nothing right, the database does:
// but of two hundred who change one row at once PostgreSQL turns away all but one, again and again.
func inTurn(ctx context.Context, a access.Actor, id db.ID) context.Context {
	return change.Together(ctx, "dispatch:"+id.String(), a.PersonID)
}

// change changes a dispatch in its turn.
func (s *Service) change(ctx context.Context, a access.Actor, id db.ID, fn func(ctx context.Context, tx *change.Tx) error) error {
	return s.Change.Do(inTurn(ctx, a, id), a, fn)
}

// post tells the groups of units of which everybody is asked.
func (s *Service) post(ctx context.Context, tx *change.Tx, d *Dispatch, units ...db.ID) error {
	if s.Posts == nil {
		return nil
	}
	for _, u := range units {
		if err := s.Posts.Post(ctx, tx, u, notice.GroupAsked, notice.PathOf("dispatch", d.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellAsker(ctx context.Context, tx *change.Tx, d *Dispatch, kind string, todo bool) error {
	if d.AskedBy == tx.Actor().PersonID {
		return nil
	}
	return tell(ctx, tx, d, d.AskedBy, kind, "dispatch_asked", todo, "")
}

// urgent are those that ring, where whom they are for may be rung at that moment.
var urgent = []string{"asked", "nobody", "handed", "again"}

// tell puts a notice about a dispatch into somebody's inbox, under the name of who acts. The asker's
// are a subject of their own: they stay when the question is settled for those asked.
func tell(ctx context.Context, tx *change.Tx, d *Dispatch, person db.ID, kind, subject string, todo bool, reason string) error {
	name := d.AskerName
	if by := tx.Actor().PersonID; by != 0 && by != d.AskedBy {
		p, err := org.GetPerson(ctx, tx, by)
		if err != nil {
			return err
		}
		name = p.Name
	}
	return tx.Notify(ctx, change.Notice{PersonID: person, Kind: "dispatch." + kind, Subject: subject, SubjectID: d.ID, Todo: todo, Urgent: slices.Contains(urgent, kind),
		Params: map[string]any{"text": d.Text, "name": name, "unit": d.UnitName, "reason": reason}})
}
