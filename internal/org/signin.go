package org

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// SignIns gives and takes sign-ins; the account slice does it, app wires it.
type SignIns interface {
	// IssueTo gives a person a sign-in under one of the proposed names (the first that is free),
	// or a new password when they have one, and returns the one-time password.
	IssueTo(ctx context.Context, a access.Actor, person db.ID, names []string) (login, password string, err error)
	// Disable takes a person's sign-in away inside a change and ends their sessions.
	Disable(ctx context.Context, tx *change.Tx, person db.ID) error
}

// UseSignIns wires the account slice in.
func (s *Service) UseSignIns(x SignIns) { s.signIns = x }

// issueAtOnce bounds one request: each password costs 64 MB for a moment.
const issueAtOnce = 20

// SignInSlip is what is handed to a person, once. The password is kept nowhere.
type SignInSlip struct {
	PersonID db.ID  `json:"person_id"`
	Name     string `json:"name"`
	Unit     string `json:"unit"`
	Login    string `json:"login"`
	Password string `json:"password" doc:"shown once; to be changed at the first sign-in"`
	Code     string `json:"code,omitempty" doc:"a fault's code when this one could not be issued"`
}

// IssueMany gives sign-ins to people of a unit and returns the slips to print; at most
// issueAtOnce people a call, so that a browser asks again and shows how far it is. Without renew,
// people who have a sign-in are passed over. Needs account.manage at the unit.
func (s *Service) IssueMany(ctx context.Context, a access.Actor, unit db.ID, people []db.ID, renew bool) ([]SignInSlip, error) {
	u, err := GetUnit(ctx, s.db.Read(), unit)
	if err != nil {
		return nil, err
	}
	if err := a.Allowed(access.AccountManage, u.Where()); err != nil {
		return nil, err
	}
	var c fault.Check
	c.If(len(people) == 0, "people", "required")
	c.If(len(people) > issueAtOnce, "people", "too_many_at_once", "limit", issueAtOnce)
	if err := c.Err(); err != nil {
		return nil, err
	}
	var rows []struct {
		ID    db.ID  `db:"id"`
		Name  string `db:"name"`
		Code  string `db:"code"`
		Full  string `db:"pinyin"`
		Login string `db:"login"`
	}
	list, args := db.In(2, people)
	if err := db.Select(ctx, s.db.Read(), &rows, `SELECT DISTINCT p.id, p.name, p.code, p.pinyin, COALESCE(a.login, '') AS login
		FROM membership m JOIN person p ON p.id = m.person_id LEFT JOIN account a ON a.person_id = p.id
		WHERE m.unit_id = $1 AND m.valid_to = 0 AND m.batch_id = 0 AND p.batch_id = 0 AND p.id IN `+list+` ORDER BY p.id`, append([]any{unit}, args...)...); err != nil {
		return nil, err
	}
	slips := []SignInSlip{}
	for _, r := range rows {
		if r.Login != "" && !renew {
			continue
		}
		slip := SignInSlip{PersonID: r.ID, Name: r.Name, Unit: u.Name}
		slip.Login, slip.Password, err = s.signIns.IssueTo(ctx, a, r.ID, loginNames(r.Full, r.Code, r.ID))
		if code := fault.Code(err); code != "" && !fault.Is(err, fault.KindUnavailable) {
			slip.Code, err = code, nil // this one could not be; the others are
		}
		if err != nil {
			return slips, err
		}
		slips = append(slips, slip)
	}
	return slips, nil
}

// loginNames proposes: the name in letters, with the staff number, with something that is theirs alone.
func loginNames(full, code string, id db.ID) []string {
	if len(full) > 30 {
		full = full[:30]
	}
	var out []string
	if full != "" {
		out = append(out, full)
	}
	if code != "" {
		out = append(out, full+code, code)
	}
	tail := id.String()
	return append(out, full+tail[max(0, len(tail)-6):], "u"+tail)
}
