package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"folkmoot/governance/ballot"
	"folkmoot/governance/scrutineer"
)

// Open is a scrutineer's part in the opening of ballots, by command line. The key stays on this machine. It needs no database and keeps nothing.
type Open struct {
	Society string `help:"Address of the society's server." default:"http://localhost:8080" env:"FOLKMOOT_SOCIETY"`
	Token   string `help:"Token that the election's page for scrutineers made for you." required:"" env:"FOLKMOOT_OPENER_TOKEN"`
	Key     string `arg:"" help:"Key file that you made on that page." type:"existingfile"`
}

// asked reports whether this is the command to run: it alone has this argument.
func (o *Open) asked() bool { return o.Key != "" }

const keyFormat = "folkmoot-scrutineer-key/1"

var errNoKeyFile = errors.New("that is no scrutineer's key file")

// Run opens what is there for this scrutineer to open, class by class, until nothing is left.
func (o *Open) Run(ctx context.Context) error {
	society, err := scrutineer.NewClient(o.Society, o.Token)
	if err != nil {
		return fmt.Errorf("--society: %w", err)
	}
	key, err := readKeyFile(o.Key)
	if err != nil {
		return fmt.Errorf("%s: %w", o.Key, err)
	}
	is, err := society.ToOpen(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(os.Stdout, is.Title)
	for _, class := range is.Classes {
		did, err := society.Open(ctx, class, key)
		if err != nil {
			return fmt.Errorf("the %s class: %w", class, err)
		}
		_, _ = fmt.Fprintf(os.Stdout, "%s: took %d seals off for others, opened %d ballots, of which %d did not open; %d were not cast as they should be, and left alone\n",
			class, did.Peeled, did.Opened, did.NotOpened, did.LeftOut)
	}
	return nil
}

func readKeyFile(name string) (key ballot.ScrutineerKey, err error) {
	raw, err := readWhole(name)
	if err != nil {
		return key, err
	}
	var file struct {
		Format  string `json:"format"`
		Private []byte `json:"private"`
		Public  []byte `json:"public"`
	}
	if json.Unmarshal(raw, &file) != nil || file.Format != keyFormat {
		return key, errNoKeyFile
	}
	if key, err = ballot.ReadScrutineerKey(file.Private); err != nil || !slices.Equal(key.Public(), file.Public) {
		return key, errNoKeyFile
	}
	return key, nil
}
