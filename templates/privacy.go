package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"folkmoot/governance/participation"
	"folkmoot/templates/text"
)

// Privacy is the register of what the service holds, for everybody.
type Privacy struct {
	Frame
	Groups  []PrivacyGroup
	Version string
}

// PrivacyGroup are the kinds of data about one thing.
type PrivacyGroup struct {
	ID    participation.Group
	Kinds []PrivacyKind
}

// PrivacyKind is a kind of data in words. Programs get it so, too.
type PrivacyKind struct {
	ID     string                `json:"id"`
	Group  participation.Group   `json:"group"`
	Name   string                `json:"name"`
	What   string                `json:"what"`
	Why    string                `json:"why"`
	Kept   string                `json:"kept"`
	Who    []string              `json:"who"`
	Yours  string                `json:"yours"`
	Lasts  int64                 `json:"lasts_seconds,omitempty"`
	Places []participation.Place `json:"places"`
}

// PrivacyKinds puts the register into words.
func PrivacyKinds(w text.Words, register []participation.Kind) []PrivacyKind {
	all := make([]PrivacyKind, len(register))
	for i, k := range register {
		say := func(what string) string {
			return w.T("privacy_kind."+k.ID+"_"+what, "Lasts", period(w, k.Lasts), "Again", period(w, k.Again))
		}
		all[i] = PrivacyKind{
			ID: k.ID, Group: k.Group, Name: say("name"), What: say("what"), Why: say("why"), Kept: say("kept"), Yours: say("yours"),
			Lasts: int64(k.Lasts / time.Second), Places: k.Places,
		}
		for _, r := range k.Readers {
			all[i].Who = append(all[i].Who, w.T("privacy_reader."+string(r)))
		}
	}
	return all
}

// PrivacyGroups sorts kinds by what they are about, in the order of the page.
func PrivacyGroups(kinds []PrivacyKind) []PrivacyGroup {
	var all []PrivacyGroup
	for _, g := range participation.Groups {
		of := PrivacyGroup{ID: g}
		for _, k := range kinds {
			if k.Group == g {
				of.Kinds = append(of.Kinds, k)
			}
		}
		if len(of.Kinds) > 0 {
			all = append(all, of)
		}
	}
	return all
}

// Sum is a kind's hash: it changes when anything changes that is said of it.
func (k PrivacyKind) Sum() (string, error) { return hashOf(k) }

// PrivacyVersion is the hash of the whole register, in one language.
func PrivacyVersion(kinds []PrivacyKind) (string, error) { return hashOf(kinds) }

func hashOf(of any) (string, error) {
	raw, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("write the register of data down: %w", err)
	}
	hash := sha256.Sum256(raw)
	return hex.EncodeToString(hash[:]), nil
}

const aDay = 24 * time.Hour

// period is a length of time in words.
func period(w text.Words, d time.Duration) string {
	switch {
	case d >= aDay && d%aDay == 0:
		return w.N("privacy.days", int(d/aDay))
	case d >= time.Hour && d%time.Hour == 0:
		return w.N("privacy.hours", int(d/time.Hour))
	default:
		return w.N("privacy.minutes", int(d/time.Minute))
	}
}
