package mail

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// TLS says how the way to the server is sealed.
type TLS string

// StartTLS is for port 587, Implicit for 465. Opportunistic takes what it gets, and None is for a server on this machine.
const (
	StartTLS      TLS = "starttls"
	Implicit      TLS = "implicit"
	Opportunistic TLS = "opportunistic"
	None          TLS = "none"
)

// Config names a server and who we are to it.
type Config struct {
	Host           string
	Port           int // 0 is 465 with Implicit and 587 otherwise
	User, Password string
	TLS            TLS            // "" is StartTLS
	From           string         // "Folkmoot <hello@example.org>"
	Roots          *x509.CertPool // who vouches for the server; nil is whom the system trusts
	Patience       time.Duration  // how long one letter may take; 0 is half a minute
}

// SMTP gives letters to a server, one conversation each.
type SMTP struct {
	config  Config
	options []gomail.Option
	seal    *tls.Config
	domain  string // of From; the library would tell this machine's name
}

// policies are the library's words for ours.
var policies = map[TLS]gomail.TLSPolicy{
	"":            gomail.TLSMandatory,
	StartTLS:      gomail.TLSMandatory,
	Opportunistic: gomail.TLSOpportunistic,
	Implicit:      gomail.TLSOpportunistic, // it finds the line sealed already
	None:          gomail.NoTLS,
}

// NewSMTP checks the settings; it does not call the server yet.
func NewSMTP(c Config) (*SMTP, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf(`mail is from an address like "Folkmoot <hello@example.org>": %w`, err)
	}
	if (c.User == "") != (c.Password == "") {
		return nil, errors.New("mail has a user without a password, or a password without a user")
	}
	policy, ok := policies[c.TLS]
	if !ok {
		return nil, fmt.Errorf("mail knows no TLS called %q: it may be starttls, implicit, opportunistic or none", c.TLS)
	}
	port := 587
	if c.TLS == Implicit {
		port = 465
	}
	c.Port, c.Patience = cmp.Or(c.Port, port), cmp.Or(c.Patience, 30*time.Second)
	s := &SMTP{
		config: c,
		seal:   &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:], // net/mail found an @ in it
	}
	s.options = []gomail.Option{
		gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.seal), gomail.WithPort(c.Port),
		gomail.WithTimeout(c.Patience), gomail.WithHELO(s.domain),
	}
	if c.User != "" {
		s.options = append(s.options, gomail.WithUsername(c.User), gomail.WithPassword(c.Password),
			gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	if _, err := gomail.NewClient(c.Host, s.options...); err != nil {
		return nil, fmt.Errorf("set up mail: %w", err)
	}
	return s, nil
}

// Send gives a letter to the server; nil means that the server has taken it on. Its errors name nobody.
func (s *SMTP) Send(ctx context.Context, letter Letter) error {
	message, err := s.message(letter)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Patience)
	defer cancel() // hangs up
	client, err := gomail.NewClient(s.config.Host, append(slices.Clone(s.options), gomail.WithDialContextFunc(s.caller(ctx)))...)
	if err != nil {
		return fmt.Errorf("send a letter: %w", err)
	}
	server, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("send a letter: %w: reach the mail server: %w", ErrNotTaken, err)
	}
	if err := client.SendWithSMTPClient(server, message); err != nil {
		return discreet(ctx, err)
	}
	// The server has it: a farewell that fails must not have it sent twice.
	_ = client.CloseWithSMTPClient(server)
	return nil
}

// caller dials, and hangs up when until ends. The library would leave the line open when it fails half-way, and not look at ctx again.
func (s *SMTP) caller(until context.Context) gomail.DialContextFunc {
	return func(ctx context.Context, network, addr string) (line net.Conn, err error) {
		if s.config.TLS == Implicit {
			line, err = (&tls.Dialer{Config: s.seal}).DialContext(ctx, network, addr)
		} else {
			line, err = (&net.Dialer{}).DialContext(ctx, network, addr)
		}
		if err != nil {
			return nil, err
		}
		context.AfterFunc(until, func() { _ = line.Close() })
		return line, nil
	}
}

func (s *SMTP) message(letter Letter) (*gomail.Msg, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.From(s.config.From); err != nil {
		return nil, errors.New("write a letter: the sender's address is not one")
	}
	if err := message.To(letter.To); err != nil {
		return nil, errors.New("write a letter: the recipient's address is not one")
	}
	message.Subject(letter.Subject)
	message.SetDate()
	message.SetMessageIDWithValue(messageID(s.domain))
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	if letter.Unsubscribe != "" {
		message.SetGenHeader("List-Unsubscribe", "<"+letter.Unsubscribe+">")
		message.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	message.SetBodyString(gomail.TypeTextPlain, letter.Text)
	if letter.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, letter.HTML)
	}
	return message, nil
}

// ErrNobody says that the server refuses the recipient for good (RFC 5321, 4.2.1: 5yz).
var ErrNobody = errors.New("nobody has mail there")

// ErrNotTaken says that the server surely has not taken a letter. Without it, an error may have come after the server's yes was lost.
var ErrNotTaken = errors.New("the mail server has not taken the letter")

// before are the steps at which a server's no means that it has not taken the letter.
var before = []gomail.SendErrReason{gomail.ErrSMTPMailFrom, gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose}

// discreet says why a letter was not taken, but not in the server's words: servers repeat the recipient's address.
func discreet(ctx context.Context, err error) error {
	var refused *gomail.SendError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("send a letter: %w", ctx.Err())
	case errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo && refused.ErrorCode()/100 == 5:
		return fmt.Errorf("send a letter: %w: it answered %d: %w", ErrNotTaken, refused.ErrorCode(), ErrNobody)
	case errors.As(err, &refused) && refused.ErrorCode() != 0 && slices.Contains(before, refused.Reason):
		return fmt.Errorf("send a letter: %w: it answered %d: %s", ErrNotTaken, refused.ErrorCode(), refused.Reason)
	case errors.As(err, &refused) && refused.ErrorCode() != 0:
		return fmt.Errorf("send a letter: the mail server answered %d: %s", refused.ErrorCode(), refused.Reason)
	}
	return errors.New("send a letter: the mail server broke off")
}

// messageID is unique and says nothing of this machine.
func messageID(domain string) string { return rand.Text() + "@" + domain }
