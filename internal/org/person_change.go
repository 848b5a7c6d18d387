package org

import (
	"context"
	"errors"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/pinyin"
)

// NewMember is somebody new in the organisation with their first membership.
type NewMember struct {
	NewPerson
	Position string `json:"position"`
	Standing string `json:"standing,omitempty"`
	Sort     int64  `json:"sort,omitempty"`
}

// CreatePerson adds somebody new to a unit. Needs person.write there. Faults: invalid with every
// faulty field; those of AddMembership.
func (s *Service) CreatePerson(ctx context.Context, a access.Actor, unit db.ID, n NewMember) (db.ID, error) {
	return s.change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		m := NewMembership{UnitID: unit, Position: n.Position, Standing: n.Standing, Sort: n.Sort}
		if err := s.mayPlace(ctx, tx, a, m); err != nil {
			return 0, err
		}
		if err := freeCode(ctx, tx, "person", n.Code, 0); err != nil {
			return 0, err
		}
		p, err := s.AddPerson(ctx, tx, n.NewPerson)
		if err != nil {
			return 0, err
		}
		m.PersonID = p.ID
		_, err = s.AddMembership(ctx, tx, m)
		return p.ID, err
	})
}

// PersonUpdate changes what is not nil.
type PersonUpdate struct {
	Version  int64   `json:"version"`
	Name     *string `json:"name,omitempty"`
	Code     *string `json:"code,omitempty"`
	Category *string `json:"category,omitempty"`
	JoinedOn *string `json:"joined_on,omitempty" doc:"YYYY-MM-DD or empty"`
	Phone    *string `json:"phone,omitempty"`
	Email    *string `json:"email,omitempty"`
}

// contactOnly: what people keep up to date themselves.
func (u PersonUpdate) contactOnly() bool {
	return u.Name == nil && u.Code == nil && u.Category == nil && u.JoinedOn == nil
}

// ChangePerson changes a person's data. Needs person.write at one of their units; their contact
// data everybody changes for themselves. Faults: invalid, stale, gone "person_ended", not-found.
func (s *Service) ChangePerson(ctx context.Context, a access.Actor, id db.ID, up PersonUpdate) error {
	return s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		p, err := s.livingPerson(ctx, tx, id, up.Version, func(units []Unit) error {
			switch {
			case canAtAny(a, access.PersonWrite, units), a.Is(id) && up.contactOnly():
				return nil
			case a.Is(id):
				return fault.Forbidden()
			}
			return fault.NotFound()
		})
		if err != nil {
			return err
		}
		c, err := s.ReadContact(ctx, tx, id)
		if err != nil {
			return err
		}
		n := NewPerson{Code: p.Code, Name: p.Name, Category: p.Category, JoinedOn: p.JoinedOn, Phone: c.Phone, Email: c.Email}
		set(&n.Name, up.Name)
		set(&n.Code, up.Code)
		set(&n.Category, up.Category)
		set(&n.JoinedOn, up.JoinedOn)
		set(&n.Phone, up.Phone)
		set(&n.Email, up.Email)
		if err := s.checkPerson(&n); err != nil {
			return err
		}
		if err := freeCode(ctx, tx, "person", n.Code, id); err != nil {
			return err
		}
		phone, index, email, err := s.sealContact(id, Contact{n.Phone, n.Email})
		if err != nil {
			return err
		}
		full, initials := pinyin.Name(n.Name)
		if err := tx.ExecOne(ctx, `UPDATE person SET code = $1, name = $2, pinyin = $3, initials = $4, category = $5, joined_on = $6,
			phone_sealed = $7, phone_index = $8, email_sealed = $9, version = version + 1 WHERE id = $10 AND version = $11`,
			n.Code, n.Name, full, initials, n.Category, n.JoinedOn, phone, index, email, id, up.Version); err != nil {
			return err
		}
		if n.Name != p.Name {
			if err := putNameParts(ctx, tx, "person", id, n.Name, true); err != nil {
				return err
			}
		}
		if err := tx.Event(ctx, "person:"+id.String(), "person", id, up.Version+1); err != nil {
			return err
		}
		before, after := map[string]any{}, map[string]any{}
		for field, v := range map[string][2]string{"name": {p.Name, n.Name}, "code": {p.Code, n.Code}, "category": {p.Category, n.Category}, "joined_on": {p.JoinedOn, n.JoinedOn}} {
			if v[0] != v[1] {
				before[field], after[field] = v[0], v[1]
			}
		}
		if c.Phone != n.Phone {
			after["phone"] = "changed"
		}
		if c.Email != n.Email {
			after["email"] = "changed"
		}
		return tx.Audit(ctx, change.Record{Action: "person.change", Subject: "person", SubjectID: id, Before: before, After: after})
	})
}

func (s *Service) livingPerson(ctx context.Context, tx *change.Tx, id db.ID, version int64, may func([]Unit) error) (Person, error) {
	p, err := GetPerson(ctx, tx, id)
	if err != nil {
		return p, err
	}
	units, err := unitsOf(ctx, tx, id)
	if err != nil {
		return p, err
	}
	if err := may(units); err != nil {
		return p, err
	}
	switch {
	case p.EndedAt != 0:
		return p, fault.New(fault.KindGone, "person_ended")
	case p.Version != version:
		return p, fault.Stale()
	}
	return p, nil
}

// EndPerson: they have left the organisation. Their memberships, grants and sign-in end; what
// they did stays. Needs person.write at every unit they belong to; nobody ends themselves.
func (s *Service) EndPerson(ctx context.Context, a access.Actor, id db.ID, version int64) error {
	return s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		p, err := s.livingPerson(ctx, tx, id, version, func(units []Unit) error {
			switch {
			case mayEnd(a, id, units):
				return nil
			case entitled(a, id, units):
				return fault.Forbidden()
			}
			return fault.NotFound()
		})
		if err != nil {
			return err
		}
		ms, err := Memberships(ctx, tx, MembershipFilter{PersonID: id})
		if err != nil {
			return err
		}
		for _, m := range ms {
			if err := closeMembership(ctx, tx, m); err != nil {
				return err
			}
		}
		if err := tx.Exec(ctx, `UPDATE access_grant SET valid_to = $1 WHERE person_id = $2 AND valid_to = 0`, tx.Now(), id); err != nil {
			return err
		}
		if err := tx.Exec(ctx, `DELETE FROM whereabouts WHERE person_id = $1`, id); err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE person SET ended_at = $1, version = version + 1 WHERE id = $2 AND version = $3`, tx.Now(), id, version); err != nil {
			return err
		}
		if s.signIns != nil {
			if err := s.signIns.Disable(ctx, tx, id); err != nil {
				return err
			}
		}
		for _, k := range s.keepers {
			if err := k.Left(ctx, tx, id); err != nil {
				return err
			}
		}
		return errors.Join(grantsChanged(ctx, tx, id),
			tx.Audit(ctx, change.Record{Action: "person.end", Subject: "person", SubjectID: id, Before: map[string]any{"name": p.Name, "category": p.Category}}))
	})
}
