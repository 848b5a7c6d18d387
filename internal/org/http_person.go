package org

import (
	"context"
	"net/http"
	"time"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
)

func (s *Service) registerPeople(srv *api.Server) {
	type rollIn struct {
		UnitPath
		PageQuery
		At string `query:"at" maxLength:"40" doc:"who was there then (RFC 3339); now when left out"`
	}
	api.Register(srv, api.Op{ID: "person-list", Method: http.MethodGet, Path: "/units/{unit}/people", Summary: "The roll of a unit", Tag: tag},
		func(ctx context.Context, in *rollIn) (*body[Page[RollItem]], error) {
			f := RollFilter{UnitID: in.Unit, After: in.After, Limit: in.Limit}
			if in.At != "" {
				t, err := time.Parse(time.RFC3339, in.At)
				if err != nil {
					var c fault.Check
					c.Add("at", "date")
					return nil, c.Err()
				}
				f.At = db.At(t)
			}
			return answer(s.Roll(ctx, access.From(ctx), f))
		})
	type addIn struct {
		UnitPath
		Body NewMember
	}
	type idOut struct {
		ID db.ID `json:"id"`
	}
	api.Register(srv, api.Op{ID: "person-add", Method: http.MethodPost, Path: "/units/{unit}/people", Summary: "Add somebody new to a unit", Tag: tag},
		func(ctx context.Context, in *addIn) (*body[idOut], error) {
			id, err := s.CreatePerson(ctx, access.From(ctx), in.Unit, in.Body)
			return answer(idOut{id}, err)
		})
	api.Register(srv, api.Op{ID: "person", Method: http.MethodGet, Path: "/people/{person}", Summary: "A person's page; reading another's details is recorded", Tag: tag},
		func(ctx context.Context, in *PersonPath) (*body[PersonPage], error) {
			return answer(s.PersonPage(ctx, access.From(ctx), in.Person))
		})
	type changeIn struct {
		PersonPath
		Body PersonUpdate
	}
	api.Register(srv, api.Op{ID: "person-change", Method: http.MethodPatch, Path: "/people/{person}", Summary: "Change a person's data", Tag: tag},
		func(ctx context.Context, in *changeIn) (*struct{}, error) {
			return nil, s.ChangePerson(ctx, access.From(ctx), in.Person, in.Body)
		})
	type endIn struct {
		PersonPath
		Body struct {
			Version int64 `json:"version"`
		}
	}
	api.Register(srv, api.Op{ID: "person-end", Method: http.MethodPost, Path: "/people/{person}/end", Summary: "Somebody has left the organisation", Tag: tag},
		func(ctx context.Context, in *endIn) (*struct{}, error) {
			return nil, s.EndPerson(ctx, access.From(ctx), in.Person, in.Body.Version)
		})
	type auditIn struct {
		PersonPath
		BeforeQuery
	}
	api.Register(srv, api.Op{ID: "person-audit", Method: http.MethodGet, Path: "/people/{person}/audit", Summary: "Who changed a person's data, when", Tag: tag},
		func(ctx context.Context, in *auditIn) (*body[List[AuditLine]], error) {
			return list(s.PersonAudit(ctx, access.From(ctx), in.Person, in.Before, in.Limit))
		})
	api.Register(srv, api.Op{ID: "person-whereabouts", Method: http.MethodGet, Path: "/people/{person}/whereabouts", Summary: "Where a person is; own officers only, recorded", Tag: tag},
		func(ctx context.Context, in *PersonPath) (*body[Whereabouts], error) {
			return answer(s.PersonWhereabouts(ctx, access.From(ctx), in.Person))
		})
	api.Register(srv, api.Op{ID: "org-unit-whereabouts", Method: http.MethodGet, Path: "/units/{unit}/whereabouts", Summary: "Where the people of a unit are; own officers only, recorded", Tag: tag},
		func(ctx context.Context, in *UnitPath) (*body[List[WhereItem]], error) {
			return list(s.UnitWhereabouts(ctx, access.From(ctx), in.Unit, time.Now().In(s.zone()).Format(time.DateOnly)))
		})

	type placeIn struct {
		UnitPath
		Body struct {
			PersonID db.ID  `json:"person_id"`
			Position string `json:"position"`
			Standing string `json:"standing,omitempty"`
			Sort     int64  `json:"sort,omitempty"`
		}
	}
	api.Register(srv, api.Op{ID: "person-place", Method: http.MethodPost, Path: "/units/{unit}/memberships", Summary: "Put somebody of the organisation into a unit", Tag: tag},
		func(ctx context.Context, in *placeIn) (*body[Membership], error) {
			b := in.Body
			return answer(s.Place(ctx, access.From(ctx), NewMembership{PersonID: b.PersonID, UnitID: in.Unit, Position: b.Position, Standing: b.Standing, Sort: b.Sort}))
		})
	type membershipChangeIn struct {
		MembershipPath
		Body MembershipUpdate
	}
	api.Register(srv, api.Op{ID: "person-membership-change", Method: http.MethodPatch, Path: "/memberships/{membership}", Summary: "Change how or where somebody belongs", Tag: tag},
		func(ctx context.Context, in *membershipChangeIn) (*body[Membership], error) {
			return answer(s.ChangeMembership(ctx, access.From(ctx), in.Membership, in.Body))
		})
	type membershipEndIn struct {
		MembershipPath
		Body struct {
			Version int64 `json:"version"`
		}
	}
	api.Register(srv, api.Op{ID: "person-membership-end", Method: http.MethodPost, Path: "/memberships/{membership}/end", Summary: "Somebody no longer belongs to a unit", Tag: tag},
		func(ctx context.Context, in *membershipEndIn) (*struct{}, error) {
			return nil, s.EndMembership(ctx, access.From(ctx), in.Membership, in.Body.Version)
		})
}

func (s *Service) registerMe(srv *api.Server) {
	api.Register(srv, api.Op{ID: "person-my-whereabouts", Method: http.MethodGet, Path: "/me/whereabouts", Summary: "Where I said I am", Tag: tag},
		func(ctx context.Context, _ *struct{}) (*body[Whereabouts], error) {
			a := access.From(ctx)
			return answer(s.PersonWhereabouts(ctx, a, a.PersonID))
		})
	type whereIn struct {
		Body struct {
			Place string `json:"place" doc:"a key of the profile's whereabouts; empty takes it back"`
			Note  string `json:"note,omitempty"`
			Until string `json:"until,omitempty" doc:"YYYY-MM-DD"`
		}
	}
	api.Register(srv, api.Op{ID: "person-set-whereabouts", Method: http.MethodPut, Path: "/me/whereabouts", Summary: "Say where I am", Tag: tag},
		func(ctx context.Context, in *whereIn) (*body[Whereabouts], error) {
			return answer(s.SetWhereabouts(ctx, access.From(ctx), Whereabouts{Place: in.Body.Place, Note: in.Body.Note, Until: in.Body.Until}))
		})
	api.Register(srv, api.Op{ID: "person-my-looks", Method: http.MethodGet, Path: "/me/looks", Summary: "Who looked at my data", Tag: tag},
		func(ctx context.Context, in *BeforeQuery) (*body[List[Look]], error) {
			return list(s.Looks(ctx, access.From(ctx), in.Before, in.Limit))
		})
	api.Register(srv, api.Op{ID: "person-my-data", Method: http.MethodGet, Path: "/me/held", Summary: "What is held on me, and who may read it", Tag: tag},
		func(ctx context.Context, _ *struct{}) (*body[HeldPage], error) {
			return answer(s.HeldOn(ctx, access.From(ctx)))
		})
}
