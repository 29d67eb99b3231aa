package identity

import "time"

type accountRow struct {
	ID, Name, Language string
	Since              time.Time
	Opened             *time.Time
}

func (accountRow) TableName() string { return "accounts" }

type addressRow struct {
	Scheme, Value, Typed string
	Account              AccountID
	Since                time.Time
	Verified             *time.Time
}

func (addressRow) TableName() string { return "addresses" }

type challengeRow struct {
	ID                             ChallengeID
	Scheme, Value, Typed, Language string
	Source                         []byte
	Since, Expires                 time.Time
	Tries                          int
	Spent                          *time.Time
}

func (challengeRow) TableName() string { return "challenges" }

func (r challengeRow) address() Address { return Address{r.Scheme, r.Value, r.Typed} }

func (r challengeRow) challenge() Challenge {
	return Challenge{
		ID: r.ID, Address: r.address(), Language: r.Language,
		Since: r.Since.UTC(), Expires: r.Expires.UTC(), TriesLeft: codeTries - r.Tries, Spent: r.Spent != nil,
	}
}

type deviceRow struct {
	ID      DeviceID
	Account AccountID
	Name    string
	Secret  []byte
	Since   time.Time
	Seen    time.Time
	Revoked *time.Time
}

func (deviceRow) TableName() string { return "devices" }

type sessionRow struct {
	Token            []byte
	Device           DeviceID
	Renewed, Expires time.Time
}

func (sessionRow) TableName() string { return "sessions" }
