package meeting

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/profile"
)

// practiceKind is the practice room's one stage: everybody may talk, nothing is counted or kept.
func practiceKind() profile.MeetingKind {
	name := profile.Text{ZH: "试音室", EN: "Practice room"}
	return profile.MeetingKind{Key: "practice", Name: name, About: profile.Text{
		ZH: "随时可以进来试一试声音和画面，这里说的话不计时、不记录。",
		EN: "Come in at any time to try sound and picture. Nothing said here is timed or kept.",
	}, Due: profile.DueMembers, Stages: []profile.Stage{{Key: "practice", Name: name, Minutes: 60, Mode: profile.Open}},
		Confidentiality: profile.Text{ZH: "试音时也请不要谈需要保密的内容。", EN: "Please say nothing confidential here, not even to try the line."}}
}

const practiceFor = 100 * 365 * 24 * time.Hour

// Practice gives the practice room, making it when there is none: one for the whole installation,
// open at any time to whoever is signed in or holds a join link.
func (s *Service) Practice(ctx context.Context) (id db.ID, err error) {
	const query = `SELECT id FROM meeting WHERE practice ORDER BY id LIMIT 1`
	if found, err := db.Find(ctx, s.DB.Read(), &id, query); err != nil || found {
		return id, err
	}
	kind := practiceKind()
	rules, err := json.Marshal(pinned{kind, kind})
	if err != nil {
		return 0, err
	}
	err = s.Change.Do(ctx, access.SystemActor("http"), func(ctx context.Context, tx *change.Tx) error {
		if found, err := db.Find(ctx, tx, &id, query); err != nil || found {
			return err // somebody was quicker
		}
		id = tx.NewID()
		p := s.Profile()
		if err := tx.Exec(ctx, `INSERT INTO meeting (id, unit_id, kind, held_as, profile, profile_version, rules, theme, place, note, starts_at, ends_at, status,
			chair_id, recorder_id, deputies, lobby, lang, practice, revision, created_by, created_at, version)
			VALUES ($1, 0, $2, '', $3, $4, $5, $6, '', '', $7, $8, 'announced', 0, 0, '[]', FALSE, $9, TRUE, 0, 0, $7, 1)`,
			id, kind.Key, p.ID, p.Version, string(rules), kind.Name.In(s.Lang()), tx.Now(), tx.Now().Add(practiceFor), s.Lang()); err != nil {
			return err
		}
		st := kind.Stages[0]
		if err := putStages(ctx, tx, id, []PlannedStage{{Key: st.Key, Mode: st.Mode, Minutes: st.Minutes}}); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.create", Subject: "meeting", SubjectID: id})
	})
	return id, err
}

func (s *Service) registerPractice(srv *api.Server) {
	api.Register(srv, api.Op{ID: "meeting-practice", Method: http.MethodGet, Path: "/practice", Summary: "The practice room, for trying sound and picture at any time", Tag: "meeting", Access: api.ByLink},
		func(ctx context.Context, _ *struct{}) (*idOut, error) {
			out := &idOut{}
			var err error
			out.Body.ID, err = s.Practice(ctx)
			return out, err
		})
}
