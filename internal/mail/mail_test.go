package mail_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"folkmoot/internal/mail"
)

var letter = mail.Letter{
	To: "ann@example.org", Subject: "Ihr Code: 123456 – grüß Gott", Text: "Your code is 123456.\n.\nGrüße", HTML: "<p>123456</p>",
}

// postOffice speaks SMTP on loopback, one conversation at a time.
type postOffice struct {
	host  string
	port  int
	tls   *tls.Config       // offered by STARTTLS unless nil
	says  map[string]string // answers to commands, unlike its usual ones; "" is the kind of TLS
	heard chan []string     // the commands of a conversation
	taken chan string       // the letters
}

func openPostOffice(t *testing.T, sealed *tls.Config, says map[string]string) *postOffice {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().(*net.TCPAddr)
	p := &postOffice{addr.IP.String(), addr.Port, sealed, says, make(chan []string, 9), make(chan string, 9)}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.heard <- p.converse(conn)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-closed
	})
	return p
}

func (p *postOffice) converse(conn net.Conn) (heard []string) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	sealed := p.says[""] == string(mail.Implicit)
	if sealed {
		conn = tls.Server(conn, p.tls)
	}
	words := bufio.NewReader(conn)
	say := func(line string) { _, _ = fmt.Fprint(conn, line+"\r\n") }
	say("220 post.example ESMTP")
	for {
		line, err := words.ReadString('\n')
		if err != nil {
			return heard
		}
		line = strings.TrimRight(line, "\r\n")
		if sealed {
			heard = append(heard, "(sealed) "+line)
		} else {
			heard = append(heard, line)
		}
		verb := strings.ToUpper(strings.SplitN(strings.SplitN(line, " ", 2)[0], ":", 2)[0])
		if answer, ok := p.says[verb]; ok {
			say(answer)
			if strings.HasPrefix(answer, "421") {
				return heard
			}
			continue
		}
		switch verb {
		case "EHLO":
			extra := ""
			if p.tls != nil && !sealed {
				extra = "250-STARTTLS\r\n"
			}
			say("250-post.example\r\n" + extra + "250-8BITMIME\r\n250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, p.tls)
			words, sealed = bufio.NewReader(conn), true
		case "AUTH":
			say("235 welcome")
		case "DATA":
			say("354 go on")
			p.taken <- readLetter(words)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return heard
		default:
			say("250 fine")
		}
	}
}

func readLetter(words *bufio.Reader) string {
	var text strings.Builder
	for {
		line, err := words.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return text.String()
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (p *postOffice) sender(t *testing.T, change func(*mail.Config)) *mail.SMTP {
	t.Helper()
	config := mail.Config{Host: p.host, Port: p.port, TLS: mail.None, From: "Folkmoot <hello@folkmoot.example>"}
	if change != nil {
		change(&config)
	}
	sender, err := mail.NewSMTP(config)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestLetterArrivesAsWritten(t *testing.T) {
	p := openPostOffice(t, nil, nil)
	if err := p.sender(t, nil).Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	heard := strings.Join(<-p.heard, "\n")
	for _, line := range []string{"EHLO folkmoot.example", "MAIL FROM:<hello@folkmoot.example>", "RCPT TO:<ann@example.org>", "QUIT"} {
		if !strings.Contains(heard, line) {
			t.Errorf("the server did not hear %q in\n%s", line, heard)
		}
	}
	got, err := netmail.ReadMessage(strings.NewReader(<-p.taken))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != letter.Subject {
		t.Errorf("subject is %q %v", subject, err)
	}
	if id := got.Header.Get("Message-Id"); !strings.HasSuffix(id, "@folkmoot.example>") {
		t.Errorf("message id is %q", id)
	}
	if text, html := parts(t, got); text != letter.Text || html != letter.HTML {
		t.Errorf("got %q and %q", text, html)
	}
}

func parts(t *testing.T, message *netmail.Message) (text, html string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	both := multipart.NewReader(message.Body, params["boundary"])
	for _, into := range []*string{&text, &html} {
		part, err := both.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*into = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return text, html
}

func TestPasswordTravelsSealed(t *testing.T) {
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Certificate())
	seal := &tls.Config{Certificates: certificate.TLS.Certificates, MinVersion: tls.VersionTLS12}
	for _, way := range []mail.TLS{mail.StartTLS, mail.Opportunistic, mail.Implicit} {
		p := openPostOffice(t, seal, map[string]string{"": string(way)})
		err := p.sender(t, func(c *mail.Config) {
			c.TLS, c.User, c.Password, c.Roots = way, "moot", "secret", roots
		}).Send(t.Context(), letter)
		if err != nil {
			t.Errorf("%s: %v", way, err)
		}
		if heard := strings.Join(<-p.heard, "\n"); !strings.Contains(heard, "(sealed) AUTH PLAIN") {
			t.Errorf("%s: the server heard\n%s", way, heard)
		}
	}
}

func TestNoSealNoPassword(t *testing.T) {
	p := openPostOffice(t, nil, nil)
	err := p.sender(t, func(c *mail.Config) {
		c.TLS, c.User, c.Password = mail.StartTLS, "moot", "secret"
	}).Send(t.Context(), letter)
	if err == nil {
		t.Error("sent without TLS")
	}
	if heard := strings.Join(<-p.heard, "\n"); strings.Contains(heard, "AUTH") || strings.Contains(heard, "RCPT") {
		t.Errorf("the server heard\n%s", heard)
	}
}

func TestRefusalNamesNobody(t *testing.T) {
	for verb, answer := range map[string]string{
		"RCPT": "550 5.1.1 <ann@example.org>: no such person", "DATA": "554 5.7.1 ann@example.org is not wanted",
		"MAIL": "421 4.3.2 ann@example.org: later",
	} {
		p := openPostOffice(t, nil, map[string]string{verb: answer})
		err := p.sender(t, nil).Send(t.Context(), letter)
		if err == nil || strings.Contains(err.Error(), "ann") || !strings.Contains(err.Error(), answer[:3]) {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

func TestOnlyARefusedRecipientIsNobody(t *testing.T) {
	for _, c := range []struct {
		verb, answer string
		nobody       bool
	}{
		{"RCPT", "550 5.1.1 no such person", true},
		{"RCPT", "553 5.1.3 no such name", true},
		{"RCPT", "450 4.2.1 come back later", false},
		{"DATA", "554 5.7.1 not wanted", false},
		{"MAIL", "550 5.7.1 not from you", false},
	} {
		p := openPostOffice(t, nil, map[string]string{c.verb: c.answer})
		if err := p.sender(t, nil).Send(t.Context(), letter); err == nil || errors.Is(err, mail.ErrNobody) != c.nobody {
			t.Errorf("%s %s: %v", c.verb, c.answer, err)
		}
	}
}

// Whoever must not send twice sends again only what surely was not taken.
func TestOnlyAServerThatSaysNoHasSurelyNotTakenALetter(t *testing.T) {
	for _, c := range []struct {
		verb, answer string
		surely       bool
	}{
		{"RCPT", "550 5.1.1 no such person", true},
		{"RCPT", "450 4.2.1 come back later", true},
		{"MAIL", "421 4.3.2 later", true},
		{"DATA", "554 5.7.1 not wanted", true},
		{"RSET", "421 4.3.2 going away", false}, // after its yes
	} {
		p := openPostOffice(t, nil, map[string]string{c.verb: c.answer})
		if err := p.sender(t, nil).Send(t.Context(), letter); err != nil && errors.Is(err, mail.ErrNotTaken) != c.surely {
			t.Errorf("%s %s: %v", c.verb, c.answer, err)
		}
	}
	away := openPostOffice(t, nil, nil).sender(t, func(c *mail.Config) { c.Port = 1 })
	if err := away.Send(t.Context(), letter); !errors.Is(err, mail.ErrNotTaken) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestALetterTellsMailProgramsHowToSwitchItOff(t *testing.T) {
	p := openPostOffice(t, nil, nil)
	off := letter
	off.Unsubscribe = "https://folkmoot.example/notices/off/a.b"
	if err := p.sender(t, nil).Send(t.Context(), off); err != nil {
		t.Fatal(err)
	}
	got, err := netmail.ReadMessage(strings.NewReader(<-p.taken))
	if err != nil {
		t.Fatal(err)
	}
	if to, how := got.Header.Get("List-Unsubscribe"), got.Header.Get("List-Unsubscribe-Post"); to != "<"+off.Unsubscribe+">" || how != "List-Unsubscribe=One-Click" {
		t.Errorf("got %q and %q", to, how)
	}
}

func TestTakenLetterIsSentThoughTheFarewellFails(t *testing.T) {
	p := openPostOffice(t, nil, map[string]string{"QUIT": "421 too late"})
	if err := p.sender(t, nil).Send(t.Context(), letter); err != nil {
		t.Error(err)
	}
}

func TestNobodyAtThePostOffice(t *testing.T) {
	p := openPostOffice(t, nil, nil)
	sender := p.sender(t, func(c *mail.Config) { c.Port = 1 })
	if err := sender.Send(t.Context(), letter); err == nil || !strings.Contains(err.Error(), "reach the mail server") {
		t.Error(err)
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes calls and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	p := &postOffice{host: "127.0.0.1", port: silent.Addr().(*net.TCPAddr).Port}
	sender := p.sender(t, func(c *mail.Config) { c.Patience = 20 * time.Millisecond })
	if err := sender.Send(t.Context(), letter); err == nil {
		t.Error("sent to a server that said nothing")
	}
}

func TestHeadersCannotBeSmuggled(t *testing.T) {
	p := openPostOffice(t, nil, nil)
	sender := p.sender(t, nil)
	bad := letter
	bad.To = "ann@example.org\r\nBcc: bob@example.org"
	if err := sender.Send(t.Context(), bad); err == nil || strings.Contains(err.Error(), "ann") {
		t.Errorf("got %v", err)
	}
	bad = letter
	bad.Subject = "Hello\r\nBcc: bob@example.org"
	if err := sender.Send(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	got, err := netmail.ReadMessage(strings.NewReader(<-p.taken))
	if err != nil || got.Header.Get("Bcc") != "" {
		t.Errorf("smuggled %v %v", got, err)
	}
}

func TestUnsafeMailSettingsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*mail.Config){
		"no from":     func(c *mail.Config) { c.From = "" },
		"no host":     func(c *mail.Config) { c.Host = "" },
		"odd tls":     func(c *mail.Config) { c.TLS = "maybe" },
		"no password": func(c *mail.Config) { c.User = "moot" },
		"no user":     func(c *mail.Config) { c.Password = "secret" },
	} {
		config := mail.Config{Host: "post.example", From: "hello@folkmoot.example"}
		change(&config)
		if _, err := mail.NewSMTP(config); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMaildropKeepsTheLastTwoHundred(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)
	drop := mail.NewMaildrop(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	for i := range 203 {
		if err := drop.Send(t.Context(), mail.Letter{To: "ann@example.org", Text: fmt.Sprint(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	letters := drop.Letters()
	if len(letters) != 200 || letters[0].ID != 203 || letters[0].Text != "203" || letters[199].ID != 4 || !letters[0].At.Equal(now) {
		t.Errorf("%d letters, from %+v to %+v", len(letters), letters[0], letters[len(letters)-1])
	}
	if !strings.Contains(log.String(), "text=203") {
		t.Error("the code is not on the log")
	}
}
