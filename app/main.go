// Command folkmoot is the whole service: messaging, governance and billing in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type commands struct {
	Config

	Serve      Serve      `cmd:"" help:"Serve people."`
	Scrutineer Scrutineer `cmd:"" help:"Run the scrutineers' signer: a program of their own, on a machine of their own."`
	Open       Open       `cmd:"" help:"Open ballots that were cast online, as a scrutineer with a key file."`
	Migrate    Migrate    `cmd:"" help:"Bring the database to this program's schema."`
	Seed       Seed       `cmd:"" help:"Make a society with a history, or test accounts for load generators (development only)."`
	Officers   Officers   `cmd:"" help:"Appoint the first officers, and list them."`
	Parked     Parked     `cmd:"" name:"parked" help:"List what could not be delivered, with the reason."`
	Books      Books      `cmd:"" help:"Export the public books, or verify them."`
	Notices    Notices    `cmd:"" help:"The annual notice: bring it out, or see what would go out."`
	Count      Count      `cmd:"" help:"Count an election's papers from a BLT file, as anybody may."`
	Degrees    Degrees    `cmd:"" help:"Say how far the people of a network are from those who pay, from two lists."`
	Verify     Verify     `cmd:"" name:"certificate" help:"Check the certificate of an election, and count its papers again."`
	Payments   Payments   `cmd:"" help:"Set payment providers up."`
	Doctor     Doctor     `cmd:"" help:"Try out what this program depends on."`
	Audit      Audit      `cmd:"" help:"Verify an election that was held online, from its public files alone."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run is main with its surroundings as parameters. The exit codes: 0 well, 1 failed, 2 asked wrongly, 3 a count that needs a lot.
func run(ctx context.Context, args []string) int {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("folkmoot"),
		kong.Description("A messenger owned and governed by the people who use it."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "folkmoot:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "folkmoot:", err)
		return 2
	}
	if !c.Count.asked() && !c.Degrees.asked() && !c.Verify.asked() && !c.Audit.asked() && !c.Open.asked() { // they keep nothing, so they need no place for it
		if err := c.settle(); err != nil {
			fmt.Fprintln(os.Stderr, "folkmoot:", err)
			return 1
		}
	}
	if err := command.Run(&c.Config); err != nil {
		fmt.Fprintln(os.Stderr, "folkmoot:", err)
		return exitCode(err)
	}
	return 0
}

// coded is an error with an exit code of its own.
type coded struct {
	error

	code int
}

func (c coded) Unwrap() error { return c.error }

func exitCode(err error) int {
	if c, ok := errors.AsType[coded](err); ok {
		return c.code
	}
	return 1
}
