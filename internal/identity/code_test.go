package identity_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"folkmoot/internal/identity"
)

func TestCodeIsGoodOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		entry, err := w.Enter(t.Context(), id, w.Code(id), "", "Firefox on Linux")
		if err != nil || !entry.NewAccount {
			t.Fatal(entry, err)
		}
		if _, err := w.Enter(t.Context(), id, w.Code(id), "", ""); !errors.Is(err, identity.ErrCodeSpent) {
			t.Errorf("the second time: %v", err)
		}
		if session, err := w.Session(t.Context(), entry.Token); err != nil || session != entry.Session {
			t.Errorf("the replay disturbed the session: %+v %v, want %+v", session, err, entry.Session)
		}
		if c, err := w.Challenged(t.Context(), id); err != nil || !c.Spent {
			t.Errorf("challenge is %+v %v, want spent", c, err)
		}
	})
}

func TestCodeIsGoodOnceForTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		var in, late int
		for err := range together(8, func(int) error {
			_, err := w.Enter(t.Context(), id, w.Code(id), "", "")
			return err
		}) {
			switch {
			case err == nil:
				in++
			case errors.Is(err, identity.ErrCodeSpent):
				late++
			default:
				t.Error(err)
			}
		}
		if in != 1 || late != 7 {
			t.Errorf("%d came in, %d were late; want 1 and 7", in, late)
		}
	})
}

func TestCodeLastsTenMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		first, second := w.ask(t), w.ask(t)
		w.later(10*time.Minute - time.Microsecond)
		if _, err := w.Enter(t.Context(), first, w.Code(first), "", ""); err != nil {
			t.Errorf("in the last moment: %v", err)
		}
		w.later(time.Microsecond)
		if _, err := w.Enter(t.Context(), second, w.Code(second), "", ""); !errors.Is(err, identity.ErrCodeExpired) {
			t.Errorf("a moment too late: %v", err)
		}
	})
}

func TestSixthGuessIsRefusedEvenIfRight(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		for left := 4; left >= 0; left-- {
			if got := w.left(t, id, w.wrong(id)); got != left {
				t.Fatalf("%d guesses left, want %d", got, left)
			}
		}
		if got := w.left(t, id, w.Code(id)); got != 0 {
			t.Errorf("%d guesses left after the sixth", got)
		}
	})
}

func TestFifthGuessMayBeRight(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		for range 4 {
			w.left(t, id, w.wrong(id))
		}
		if _, err := w.Enter(t.Context(), id, w.Code(id), "", ""); err != nil {
			t.Error(err)
		}
	})
}

func TestGuessesAtTheSameMomentAreCountedEach(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		seen := map[int]int{}
		for err := range together(12, func(int) error {
			_, err := w.Enter(t.Context(), id, w.wrong(id), "", "")
			return err
		}) {
			var wrong *identity.WrongCodeError
			if !errors.As(err, &wrong) {
				t.Error(err)
				continue
			}
			seen[wrong.Left]++
		}
		if got, want := fmt.Sprint(seen), fmt.Sprint(map[int]int{4: 1, 3: 1, 2: 1, 1: 1, 0: 8}); got != want {
			t.Errorf("guesses left were told as %s, want %s", got, want)
		}
	})
}

func TestMalformedCodesAreWrongOnes(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		for i, code := range []string{"", w.Code(id) + "0", w.Code(id)[:5], "٠١٢٣٤٥"} {
			if got := w.left(t, id, code); got != 4-i {
				t.Errorf("%q: %d left, want %d", code, got, 4-i)
			}
		}
	})
}

func TestCodeOfAnotherChallengeIsWrong(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		mine, other := w.ask(t), w.ask(t)
		if w.Code(mine) == w.Code(other) {
			t.Skip("one in a million: both challenges have the same code")
		}
		if got := w.left(t, mine, w.Code(other)); got != 4 {
			t.Errorf("%d left, want 4", got)
		}
	})
}

func TestUnknownChallengeHasExpired(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := identity.ChallengeID(identity.NewID())
		if _, err := w.Enter(t.Context(), id, w.Code(id), "", ""); !errors.Is(err, identity.ErrCodeExpired) {
			t.Errorf("enter: %v", err)
		}
		if _, err := w.Challenged(t.Context(), id); !errors.Is(err, identity.ErrCodeExpired) {
			t.Errorf("challenged: %v", err)
		}
	})
}

func TestChallengeKnowsWhereItsCodeGoes(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		to := address(t, "  Ann@Bücher.Example ")
		asked := w.clock.Truncate(time.Microsecond)
		id, err := w.Challenge(t.Context(), to, "192.0.2.7", "de")
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Challenged(t.Context(), id)
		want := identity.Challenge{
			ID: id, Address: identity.Address{Scheme: "email", Value: "ann@xn--bcher-kva.example", Typed: "Ann@Bücher.Example"},
			Language: "de", Since: asked, Expires: asked.Add(10 * time.Minute), TriesLeft: 5,
		}
		if err != nil || got != want {
			t.Errorf("got %+v %v\nwant %+v", got, err, want)
		}
		if n := w.queued(t, "send_code"); n != 1 {
			t.Errorf("%d codes are to be sent, want 1", n)
		}
	})
}

// left enters by a code that must be refused, and is how many guesses that leaves.
func (w *town) left(t *testing.T, id identity.ChallengeID, code string) int {
	t.Helper()
	_, err := w.Enter(t.Context(), id, code, "", "")
	var wrong *identity.WrongCodeError
	if !errors.As(err, &wrong) {
		t.Fatalf("code %q: got %v, want a wrong code", code, err)
	}
	return wrong.Left
}

// together runs f n times at once.
func together(n int, f func(i int) error) <-chan error {
	errs := make(chan error, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			errs <- f(i)
		})
	}
	close(begin)
	all.Wait()
	close(errs)
	return errs
}
