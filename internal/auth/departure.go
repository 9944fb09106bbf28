package auth

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/store"
)

// departurePage is how many departures, and how many documents, are read at once.
const departurePage = 100

// DeletionRequest says what becomes of an account's documents: they are deleted, or handed over to
// the account that Heir names.
type DeletionRequest struct {
	Password        string // the account's own, for whoever deletes the own account
	DeleteDocuments bool
	Heir            string // user name or e-mail address
}

// DeleteMe begins to delete the caller's account: nobody gets in from now on, and FinishDepartures
// does the rest. Forbidden for a wrong password, a key that allows less than its account, and the
// built-in account; Invalid unless it is said what becomes of the documents; Conflict for the last
// administrator; RateLimited as for Login.
func (s *Service) DeleteMe(ctx context.Context, p book.Principal, r DeletionRequest) error {
	user, err := s.whole(ctx, p)
	if err != nil {
		return err
	}
	if user.PasswordHash != "" {
		if err := s.checkPassword(ctx, user, &r.Password); err != nil {
			return err
		}
	}
	return s.beginDeparture(ctx, p, user, r)
}

// DeleteUser begins to delete the named account, for administrators, as DeleteMe does; NotFound for an
// unknown one.
func (s *Service) DeleteUser(
	ctx context.Context, p book.Principal, username string, r DeletionRequest,
) error {
	if err := Require(p, book.Admin); err != nil {
		return err
	}
	user, err := s.userByName(ctx, username)
	if err != nil {
		return err
	}
	return s.beginDeparture(ctx, p, user, r)
}

func (s *Service) beginDeparture(
	ctx context.Context, p book.Principal, u book.User, r DeletionRequest,
) error {
	if err := changeable(u); err != nil {
		return err
	}
	if r.DeleteDocuments == (r.Heir != "") {
		return book.Errorf(book.Invalid, "say what becomes of the account's documents: they are "+
			"either deleted, or handed over to another account")
	}
	d := book.Departure{UserID: u.ID}
	detail := "documents are deleted"
	if r.Heir != "" {
		heir, err := s.store.UserByLogin(ctx, r.Heir)
		if book.CodeOf(err) == book.NotFound {
			return book.Wrap(book.Invalid, err, "there is no account %q to hand the documents over to",
				r.Heir)
		}
		if err != nil {
			return err
		}
		d.HeirID = heir.ID
		detail = "documents go to " + heir.Username
	}
	defer s.seen.Remove(u.ID)
	ctx = Audited(ctx, p, book.AccountDelete, book.AccountTarget(u), detail)
	if err := s.store.BeginDeparture(ctx, d); err != nil {
		return err
	}
	failpoint.Hit("departure.afterBegin")
	return nil
}

// Documents is what departures need of documents: see store.Documents and ingest.Service.
type Documents interface {
	ListDocuments(ctx context.Context, q store.DocumentQuery) ([]book.Document, error)
	Update(
		ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
	) (book.Document, error)
	Delete(ctx context.Context, docID string, owner uuid.UUID) error
}

// FinishDepartures goes on with every departure: it hands over or deletes the documents, then removes
// the account. It may be stopped anywhere, and run in several places at once: what is done is found
// done. An account that cannot be removed yet, since a request that began before is still writing, is
// left to the next run.
func (s *Service) FinishDepartures(ctx context.Context, documents Documents) error {
	after := uuid.Nil
	for {
		page, err := s.store.ListDepartures(ctx, after, departurePage)
		if err != nil || len(page) == 0 {
			return err
		}
		var errs []error
		for _, d := range page {
			errs = append(errs, s.finishDeparture(ctx, documents, d))
			after = d.UserID
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
}

func (s *Service) finishDeparture(
	ctx context.Context, documents Documents, d book.Departure,
) error {
	user, err := s.store.UserByID(ctx, d.UserID)
	if book.CodeOf(err) == book.NotFound { // another process was faster
		return nil
	}
	if err != nil {
		return err
	}
	after := ""
	for {
		page, err := documents.ListDocuments(ctx, store.DocumentQuery{
			View: book.View{All: true}, OwnerID: d.UserID, After: after, Limit: departurePage,
		})
		if err != nil {
			return err
		}
		for _, doc := range page {
			if err := s.letGo(ctx, documents, d, doc.DocID); err != nil {
				return err
			}
			after = doc.DocID
			failpoint.Hit("departure.afterDocument")
		}
		if len(page) < departurePage {
			break
		}
	}
	target := book.AccountTarget(user)
	ctx = Audited(ctx, book.Principal{}, book.AccountGone, target, "")
	err = s.store.DeleteUser(ctx, d.UserID)
	failpoint.Hit("departure.afterDelete")
	if code := book.CodeOf(err); code == book.Conflict || code == book.NotFound {
		return nil
	}
	return err
}

// letGo hands one document over, or deletes it.
func (s *Service) letGo(
	ctx context.Context, documents Documents, d book.Departure, docID string,
) error {
	const detail = "its owner's account is being deleted"
	var err error
	if d.HeirID != uuid.Nil {
		ctx = Audited(ctx, book.Principal{}, book.DocumentUpdate, book.DocumentTarget(docID), detail)
		_, err = documents.Update(
			ctx, docID, d.UserID, store.DocumentChange{OwnerID: &d.HeirID})
	} else {
		ctx = Audited(ctx, book.Principal{}, book.DocumentDelete, book.DocumentTarget(docID), detail)
		err = documents.Delete(ctx, docID, d.UserID)
	}
	if book.CodeOf(err) == book.NotFound {
		return nil
	}
	return err
}
