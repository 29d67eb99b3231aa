package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"folkmoot/internal/clock"
	"folkmoot/messaging/bus/embedded"
)

// Config is every setting: a flag, an environment variable and a line of `serve --help` each. All work unset in development.
type Config struct {
	Data string `help:"Directory for everything this program keeps on disk." default:"./data" env:"FOLKMOOT_DATA" type:"path"`

	Database string `help:"Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. Unset: an SQLite file in the data directory." env:"FOLKMOOT_DATABASE"`

	Kafka          []string `help:"Apache Kafka 4.x bootstrap servers, host:port, for 'in' and for mailboxes. Unset: brokers inside this program." env:"FOLKMOOT_KAFKA" placeholder:"HOST:PORT"`
	KafkaMailboxes []string `help:"Bootstrap servers of another cluster for mailboxes. Unset: the same as --kafka." env:"FOLKMOOT_KAFKA_MAILBOXES" placeholder:"HOST:PORT"`
	KafkaPrefix    string   `help:"Put before every topic and group name, to share a cluster." env:"FOLKMOOT_KAFKA_PREFIX"`
	InPartitions   int32    `help:"Partitions of 'in', fixed when it is made. 0: 2 embedded, 32 on Apache Kafka." default:"0" env:"FOLKMOOT_IN_PARTITIONS"`
	MailboxStock   int      `help:"Spare mailboxes to keep ready for people who sign up." default:"50" env:"FOLKMOOT_MAILBOX_STOCK"`

	Log string `help:"How to write the log: text or json." enum:"text,json" default:"text" env:"FOLKMOOT_LOG"`

	Production bool `help:"Refuse whatever is not safe for the public. This build is not end-to-end encrypted yet, so it refuses altogether." env:"FOLKMOOT_PRODUCTION"`
}

// MailConfig is how mails go out.
type MailConfig struct {
	SMTP         string `help:"Mail server, host:port. Unset: mails stay here and can be read at /maildrop on this machine." env:"FOLKMOOT_SMTP" placeholder:"HOST:PORT"`
	SMTPUser     string `help:"User name at the mail server." env:"FOLKMOOT_SMTP_USER"`
	SMTPPassword string `help:"Password at the mail server; better in a file, see --smtp-password-file." env:"FOLKMOOT_SMTP_PASSWORD"`
	SMTPPassFile string `name:"smtp-password-file" help:"File that holds the password at the mail server." env:"FOLKMOOT_SMTP_PASSWORD_FILE" type:"path"`
	SMTPTLS      string `name:"smtp-tls" help:"TLS to the mail server: starttls (port 587), implicit (465), opportunistic or none (a server on this machine only)." enum:"starttls,implicit,opportunistic,none" default:"starttls" env:"FOLKMOOT_SMTP_TLS"`
	MailFrom     string `help:"Sender of our mails." default:"Folkmoot <noreply@localhost>" env:"FOLKMOOT_MAIL_FROM"`
}

// ServeConfig is what only a server needs to know.
type ServeConfig struct {
	Listen  string   `help:"Address to serve people at." default:"localhost:8080" env:"FOLKMOOT_LISTEN"`
	Base    string   `help:"Address that people type, as in https://folkmoot.example. Unset: http:// and the listen address." env:"FOLKMOOT_BASE"`
	Proxies []string `help:"Networks of the proxies in front of us, as in 10.0.0.0/8. Nobody else is believed about whom they forward for." env:"FOLKMOOT_PROXIES" placeholder:"CIDR"`
	Metrics string   `help:"Loopback address for metrics, health and profiles. Empty: none." default:"localhost:8081" env:"FOLKMOOT_METRICS"`
	Member  string   `help:"Name of this process among its fellows, kept over restarts. The default is for one process alone: of two with one name, the later puts the earlier out." default:"router-1" env:"FOLKMOOT_MEMBER"`

	NoticesPerMinute int `help:"How many annual notices go out in a minute." default:"600" env:"FOLKMOOT_NOTICES_PER_MINUTE"`

	Contact     string `help:"An email address at which people reach the society and its officers; each page has it at its end. Unset: no page has one." env:"FOLKMOOT_CONTACT"`
	BankAccount string `help:"The society's bank account, as somebody needs it who pays by transfer: payee, sort code and account number. Unset: they are told whom to ask." env:"FOLKMOOT_BANK_ACCOUNT"`

	MailConfig
	PaymentConfig
	ForgeConfig
	ElectionConfig

	KeyFile string `help:"File with the key that codes are made from, the same for all processes on one database. Unset: server.key in the data directory, made once." env:"FOLKMOOT_KEY_FILE" type:"path"`
}

var errNotEncrypted = errors.New("this build is not end-to-end encrypted yet, so it must not serve the public: leave --production off and use it for development only")

// settle fills in what follows from the rest and refuses what is unsafe, saying how to mend it.
func (c *Config) settle() error {
	if c.Production {
		return errNotEncrypted
	}
	if c.Database == "" {
		c.Database = ownDatabase(c.Data)
	}
	if len(c.KafkaMailboxes) == 0 {
		c.KafkaMailboxes = c.Kafka
	}
	if len(c.Kafka) == 0 && len(c.KafkaMailboxes) > 0 {
		return errors.New("--kafka-mailboxes needs --kafka")
	}
	if c.InPartitions == 0 {
		c.InPartitions = embedded.InPartitions
		if len(c.Kafka) > 0 {
			c.InPartitions = 32
		}
	}
	if c.InPartitions < 1 || c.InPartitions > 1024 {
		return fmt.Errorf("--in-partitions is from 1 to 1024, not %d", c.InPartitions)
	}
	if c.MailboxStock < 1 || c.MailboxStock > 10_000 {
		return fmt.Errorf("--mailbox-stock is from 1 to 10000, not %d", c.MailboxStock)
	}
	return os.MkdirAll(c.Data, 0o700)
}

// ownDatabase is where data are kept that nobody chose another place for.
func ownDatabase(data string) string { return "sqlite:" + filepath.Join(data, "folkmoot.db") }

func (c *MailConfig) settle() error {
	if c.SMTPPassFile != "" {
		raw, err := os.ReadFile(c.SMTPPassFile)
		if err != nil {
			return fmt.Errorf("--smtp-password-file: %w", err)
		}
		c.SMTPPassword = strings.TrimSpace(string(raw))
	}
	return nil
}

func checkBase(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Path != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("--base is an address like https://folkmoot.example, not %q", base)
	}
	return nil
}

func (c *ServeConfig) settle() error {
	if c.Base == "" {
		c.Base = "http://" + c.Listen
	}
	if err := checkBase(c.Base); err != nil {
		return err
	}
	if c.Metrics != "" && !loopback(c.Metrics) {
		return fmt.Errorf("--metrics %s can be reached from outside: use an address on loopback, as in localhost:8081", c.Metrics)
	}
	if c.NoticesPerMinute < 1 || c.NoticesPerMinute > mostNotices {
		return fmt.Errorf("--notices-per-minute is from 1 to %d, not %d", mostNotices, c.NoticesPerMinute)
	}
	if err := c.MailConfig.settle(); err != nil {
		return err
	}
	if err := c.PaymentConfig.settle(); err != nil {
		return err
	}
	return c.ForgeConfig.settle()
}

// mostNotices a minute are more than any mail server takes.
const mostNotices = 100_000

func (c *ServeConfig) proxies() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range c.Proxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--proxies %q: write a network, as in 10.0.0.0/8", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// clock is what those who practise go by, whatever the machine says.
func (c *Config) clock() (*clock.Clock, error) { return clock.Open(filepath.Join(c.Data, "clock")) }

const keySize = 32

// serverKey reads the key that codes are made from, making one in the data directory the first time.
func serverKey(data, file string) ([]byte, error) {
	given := file != ""
	if !given {
		file = filepath.Join(data, "server.key")
	}
	key, err := os.ReadFile(file) //nolint:gosec // the operator names it
	switch {
	case err == nil && len(key) < keySize:
		return nil, fmt.Errorf("the key in %s has %d bytes; it needs %d", file, len(key), keySize)
	case err == nil:
		return key, nil
	case given || !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	key = make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: it would end the program
	if err := keepKey(file, key); err != nil {
		return nil, fmt.Errorf("make the server's key: %w", err)
	}
	return key, nil
}

// keepKey writes a key where none is, and has it on disk before anything is made from it.
func keepKey(file string, key []byte) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return err // also when another process was quicker: started again, we read its key
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(file) // half a key would be refused at every start
		}
	}()
	if _, err := f.Write(key); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// logger writes what happens: for people in development, for machines when told so.
func (c *Config) logger() *slog.Logger {
	if c.Log == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// secret is a setting that can be in a file of its own.
type secret struct {
	value      *string
	file, flag string // the file's own flag is the same and -file
}

// readSecrets reads those that are in files.
func readSecrets(all ...secret) error {
	for _, s := range all {
		if s.file == "" {
			continue
		}
		if *s.value != "" {
			return fmt.Errorf("%s and %s-file are both set: leave one off", s.flag, s.flag)
		}
		raw, err := os.ReadFile(s.file)
		if err != nil {
			return fmt.Errorf("%s-file: %w", s.flag, err)
		}
		if *s.value = strings.TrimSpace(string(raw)); *s.value == "" {
			return fmt.Errorf("%s-file: %s is empty", s.flag, s.file)
		}
	}
	return nil
}
