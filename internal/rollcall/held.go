package rollcall

import (
	"context"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

// answered joins what somebody was asked by name, and what they may have answered of their own accord, with
// a table of answers.
func answered(table string) string {
	return `SELECT 1 FROM rollcall_audience a JOIN rollcall_period p ON p.rollcall_id = a.rollcall_id JOIN ` + table + ` x ON x.period_id = p.id AND x.answerer_id = a.answerer_id WHERE a.answerer_id = $1
		UNION ALL SELECT 1 FROM rollcall r JOIN rollcall_period p ON p.rollcall_id = r.id JOIN ` + table + ` x ON x.period_id = p.id AND x.answerer_id = $1 WHERE r.voluntary`
}

// HeldOn implements org.Keeper. What is said without a name is not held on anybody.
func (s *Service) HeldOn(ctx context.Context, person db.ID) ([]org.Held, error) {
	var n struct {
		Asked   bool `db:"asked"`
		Answers bool `db:"answers"`
		Secrets bool `db:"secrets"`
		Drafts  bool `db:"drafts"`
		Excuses bool `db:"excuses"`
		Helpers bool `db:"helpers"`
	}
	sealed := `(SELECT period_id, answerer_id FROM rollcall_answer WHERE sealed IS NOT NULL UNION ALL SELECT period_id, answerer_id FROM rollcall_answer_version WHERE sealed IS NOT NULL)`
	if err := db.Get(ctx, s.DB.Read(), &n, `SELECT EXISTS (SELECT 1 FROM rollcall_audience WHERE answerer_id = $1) AS asked,
		EXISTS (`+answered("rollcall_answer")+`) OR EXISTS (`+answered("rollcall_file")+`) AS answers, EXISTS (`+answered(sealed)+`) AS secrets, EXISTS (`+answered("rollcall_draft")+`) AS drafts,
		EXISTS (SELECT 1 FROM rollcall_audience a JOIN rollcall_period p ON p.rollcall_id = a.rollcall_id JOIN rollcall_excuse x ON x.period_id = p.id AND x.answerer_id = a.answerer_id WHERE a.answerer_id = $1) AS excuses,
		EXISTS (SELECT 1 FROM rollcall_helper WHERE person_id = $1 UNION ALL SELECT 1 FROM rollcall_helper WHERE helper_id = $1) AS helpers`, person); err != nil {
		return nil, err
	}
	askers := []string{"self", "direct_officers", "asking"}
	return []org.Held{
		{Field: "asked", Present: n.Asked, Readers: askers},
		{Field: "answers", Present: n.Answers, Readers: []string{"self", "helpers", "direct_officers", "asking"}},
		{Field: "answers_secret", Present: n.Secrets, Encrypted: true, Readers: []string{"self", "helpers", "named"}},
		{Field: "drafts", Present: n.Drafts, Encrypted: true, Readers: []string{"self", "helpers"}},
		{Field: "excuses", Present: n.Excuses, Readers: []string{"direct_officers", "asking"}},
		{Field: "helpers", Present: n.Helpers, Readers: []string{"self", "direct_officers"}},
	}, nil
}

// Left implements org.Keeper: what was begun goes, and nobody answers for them, nor they for anybody. What
// they answered stays where it was counted.
func (s *Service) Left(ctx context.Context, tx *change.Tx, person db.ID) error {
	if err := tx.Exec(ctx, `DELETE FROM rollcall_draft WHERE answerer_id = $1 AND period_id IN (SELECT id FROM rollcall_period)`, person); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `UPDATE rollcall_file SET gone_at = $1 WHERE answerer_id = $2 AND answered_at = 0 AND period_id IN (SELECT id FROM rollcall_period)`, tx.Now(), person); err != nil { // see RemoveLooseFiles
		return err
	}
	return tx.Exec(ctx, `UPDATE rollcall_helper SET ended_at = $1 WHERE (person_id = $2 OR helper_id = $2) AND ended_at = 0`, tx.Now(), person)
}
