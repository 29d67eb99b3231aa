package messaging

import (
	"crypto/sha256"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging/wire"
)

// SocietyAccount is whom the society speaks as. Nobody can sign in to it or be given it: NewID knows no zeros. It has no mailbox, since
// nobody reads answers. Clients know the society by this id, which the server tells them, and never by a name: any account may take one.
const SocietyAccount identity.AccountID = "0000000000000000000society"

// SocietyName is what the society is called in people's address books.
const SocietyName = "Folkmoot"

// societyDevice is the device that its envelopes are stamped with.
const societyDevice = identity.DeviceID(SocietyAccount)

// saidID is the id of a message of the society: the same for the same person and key, so that whatever is said twice is a repeat.
func saidID(to identity.AccountID, key string) string {
	sum := sha256.Sum256([]byte("society\x00" + string(to) + "\x00" + key))
	return lowerBase32.EncodeToString(sum[:])[:26]
}

// societyBody is a text as envelopes carry it, or ErrUnsayable.
func societyBody(text string) ([]byte, error) {
	if text == "" || !utf8.ValidString(text) {
		return nil, ErrUnsayable
	}
	body, err := proto.Marshal(&wire.Content{What: &wire.Content_Text{Text: &wire.Text{Text: text}}})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsayable, err)
	}
	if len(body) > MaxBody {
		return nil, ErrUnsayable
	}
	return body, nil
}
