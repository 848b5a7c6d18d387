package app

import (
	"context"
	"errors"
	"fmt"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/notice"
)

// wireMail sends copies of notices by e-mail, where a mail server is configured.
func (a *App) wireMail() error {
	if a.Config.SMTP == "" {
		return nil
	}
	quiet, err := notice.ParseQuiet(a.Config.SMTPQuiet)
	if err != nil {
		return fmt.Errorf("--smtp-quiet: %w", err)
	}
	a.Mailer, err = notice.NewMailer(notice.MailConfig{
		Server: a.Config.SMTP, User: a.Config.SMTPUser, Password: a.Config.SMTPPassword, From: a.Config.SMTPFrom, TLS: a.Config.SMTPTLS,
		Quiet: quiet, Receiver: a.receiver, Attachment: a.attachment, Address: a.Address,
		Sender: a.Install.OrganisationName, Zone: a.Install.Zone,
	}, a.DB, a.Change, a.Jobs)
	if err != nil {
		return err
	}
	a.Change.OnNotice(a.Mailer.Enqueue)
	return nil
}

// receiver is a person's address, and the language they chose or the installation's.
func (a *App) receiver(ctx context.Context, id db.ID) (r notice.Receiver, err error) {
	var row struct {
		Name string  `db:"name"`
		Lang *string `db:"lang"`
	}
	found, err := db.Find(ctx, a.DB.Read(), &row, `SELECT p.name, a.lang FROM person p LEFT JOIN account a ON a.person_id = p.id WHERE p.id = $1 AND p.ended_at = 0`, id)
	if err != nil || !found {
		return r, err // has left: nobody to write to
	}
	c, err := a.Org.ReadContact(ctx, a.DB.Read(), id)
	if err != nil {
		return r, err
	}
	r = notice.Receiver{Address: c.Email, Name: row.Name, Lang: a.Install.Lang()}
	if row.Lang != nil {
		r.Lang = *row.Lang
	}
	return r, nil
}

// attachment is a meeting's entry for the calendar, with whatever changes it.
func (a *App) attachment(ctx context.Context, kind string, subject db.ID) (*notice.Attachment, error) {
	switch kind {
	case "meeting.invited", "meeting.moved", "meeting.cancelled":
	default:
		return nil, nil
	}
	text, err := a.Meeting.Calendar(ctx, access.SystemActor("job"), subject, a.Address()+"/meetings/"+subject.String())
	var f *fault.Fault
	if errors.As(err, &f) && f.Kind == fault.KindNotFound {
		return nil, nil // gone meanwhile; the mail still says what happened
	}
	return &notice.Attachment{Name: "meeting.ics", Type: "text/calendar", Content: []byte(text)}, err
}
