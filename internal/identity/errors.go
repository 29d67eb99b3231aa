package identity

import (
	"errors"
	"fmt"
	"time"
)

// What can be wrong with what a person gave us.
var (
	ErrBadAddress  = errors.New("not an address that a code can be sent to")
	ErrBadName     = errors.New("not a name that can be shown")
	ErrCodeExpired = errors.New("the code has expired")
	ErrCodeSpent   = errors.New("the code has been used")
	ErrNoSession   = errors.New("nobody is signed in")
	ErrNoAccount   = errors.New("no such account")
	ErrNoDevice    = errors.New("the account has no such device")
)

// TooManyError says that no more codes are sent for now, to this address or at the asking of this source.
type TooManyError struct{ RetryAfter time.Duration }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many codes were asked for: wait %s", e.RetryAfter.Round(time.Second))
}

// WrongCodeError says how many guesses are left. At 0 even the right code comes too late.
type WrongCodeError struct{ Left int }

func (e *WrongCodeError) Error() string { return fmt.Sprintf("wrong code, %d tries left", e.Left) }
