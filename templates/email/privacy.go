package email

import (
	"strings"

	"folkmoot/governance/participation"
	"folkmoot/templates/text"
)

// PrivacyChangeMessage tells a member of a privacy change in their chats. page is where it is.
func PrivacyChangeMessage(lang string, c participation.PrivacyChange, page string) string {
	words := text.In(lang)
	intro := "privacy_letter.intro"
	if c.Emergency {
		intro = "privacy_letter.urgent"
	}
	return strings.Join([]string{
		words.T(intro, "Title", c.Title), words.T("privacy_letter.until", "Day", day(words, c.CommentsUntil)), words.T("privacy_letter.where", "URL", page),
	}, "\n\n")
}
