package auditor_test

import (
	"context"
	"crypto/ed25519"
)

// bg is the context of what all tests share, which outlives the first that needs it.
var bg = context.Background()

// other is somebody else's key.
func other() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }
