package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// payable is csp for the pages whose forms lead to a provider's own page: browsers hold a form to form-action through redirects, too.
var payable = strings.Replace(csp, "form-action 'self'",
	"form-action 'self' https://checkout.stripe.com https://pay.gocardless.com https://pay-sandbox.gocardless.com", 1)

// leadsToProviders lets a page's form end on a payment provider's page. With practice mode there is none.
func (s *Site) leadsToProviders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Practice == nil {
			c.Response().Header().Set("Content-Security-Policy", payable)
		}
		return next(c)
	}
}

// application reads what somebody answered, as they typed it.
func application(said url.Values) templates.Join {
	return templates.Join{
		LegalName: said.Get("legal_name"), Postal: said.Get("postal"), Postcode: said.Get("postcode"), Age: strings.TrimSpace(said.Get("age")),
		Email: strings.TrimSpace(said.Get("email")), Dues: duesSaid(said),
	}
}

func duesSaid(said url.Values) templates.Dues {
	return templates.Dues{
		Amount: said.Get("amount"), Reduced: said.Get("reduced"), More: said.Get("more"),
		Interval: billing.Interval(said.Get("interval")), Provider: billing.ProviderName(said.Get("provider")),
	}
}

// asked fills in what the society asks for and what this server offers.
func (s *Site) asked(d templates.Dues) templates.Dues {
	ways := s.Dues.Providers()
	d.Standard, d.Least = billing.StandardDues, billing.LeastDues
	d.Card, d.Debit = slices.Contains(ways, billing.Stripe), slices.Contains(ways, billing.GoCardless)
	if d.Provider == "" && len(ways) == 1 {
		d.Provider = ways[0]
	}
	return d
}

func (s *Site) askToJoin(c echo.Context) error {
	page := templates.Join{Dues: templates.Dues{Amount: "standard", Interval: billing.Monthly}}
	if visitor, in := visitor(c); in {
		m, is, err := s.Register.Of(c.Request().Context(), visitor.Account)
		if err != nil {
			return err
		}
		if is && (m.State == member.Admitted || m.State == member.Applied) {
			return c.Redirect(http.StatusSeeOther, "/membership")
		}
		own, err := s.Accounts.Addresses(c.Request().Context(), visitor.Account)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(own, func(a identity.Address) bool { return a.Scheme == identity.Email }); i >= 0 {
			page.Email = own[i].Typed // the one that they sign in with; they may give another
		}
	}
	return s.showJoin(c, http.StatusOK, page)
}

func (s *Site) showJoin(c echo.Context, status int, page templates.Join) error {
	rules, err := s.Register.Rules(c.Request().Context())
	if err != nil {
		return err
	}
	page.Frame, page.MinimumAge, page.Share, page.RefundDays = s.frame(c), rules.MinimumAge, member.ShareNominal, billing.RightDays
	page.Dues, page.Practice = s.asked(page.Dues), s.Practice != nil
	page.Dues.AtOnce = rules.AdmitOnPayment
	return show(c, status, templates.JoinPage(page))
}

// join takes the application and leads on to the provider's page. Where that cannot be opened just now, the application is kept all the same.
func (s *Site) join(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	page := application(said)
	age, _ := strconv.Atoi(page.Age) // what is no number is no age
	a := member.Application{Name: page.LegalName, Address: page.Postal, Postcode: page.Postcode, Email: page.Email, Age: age}
	problems, err := s.applicationProblems(c, s.Register.Check(ctx, a))
	if err != nil {
		return err
	}
	terms, more := s.answered(c, page.Dues)
	if page.Problems = append(problems, more...); len(page.Problems) > 0 {
		return s.showJoin(c, http.StatusUnprocessableEntity, page)
	}
	id, err := s.Register.Apply(ctx, signedIn(c).Account, a)
	if errors.Is(err, member.ErrMember) {
		return c.Redirect(http.StatusSeeOther, "/membership")
	}
	if err != nil {
		return err
	}
	return s.toProvider(c, member.Member{ID: id, State: member.Applied, Email: page.Email, Name: page.LegalName}, s.asked(page.Dues).Provider, terms)
}

// applicationProblems says which fields the register does not take. The error is any other.
func (s *Site) applicationProblems(c echo.Context, amiss error) (problems templates.Problems, err error) {
	ctx := c.Request().Context()
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return nil, err
	}
	for _, is := range []struct {
		err            error
		field, problem string
	}{
		{member.ErrName, "legal_name", text.T(ctx, "form.missing_name")},
		{member.ErrAddress, "postal", text.T(ctx, "form.missing_postal")},
		{member.ErrPostcode, "postcode", text.T(ctx, "form.bad_postcode")},
		{member.ErrAge, "age", text.T(ctx, "form.missing_age")},
		{member.ErrTooYoung, "age", text.N(ctx, "form.too_young", rules.MinimumAge)},
		{member.ErrEmail, "email", text.T(ctx, "form.missing_email")},
	} {
		for _, part := range parts(amiss) {
			if errors.Is(part, is.err) {
				problems = append(problems, templates.Problem{Field: is.field, Text: unkeptOr(ctx, part, is.problem)})
			}
		}
	}
	if len(problems) == 0 {
		return nil, amiss
	}
	return problems, nil
}

// answered reads what somebody will pay and how.
func (s *Site) answered(c echo.Context, d templates.Dues) (billing.Terms, templates.Problems) {
	terms, problems := amountAnswered(c, d)
	if problem := s.wayProblem(c, d); d.Amount != "nothing" && problem.Text != "" {
		problems = append(problems, problem)
	}
	return terms, problems
}

func amountAnswered(c echo.Context, d templates.Dues) (terms billing.Terms, problems templates.Problems) {
	ctx := c.Request().Context()
	wrong := func(field, key string, pairs ...any) {
		problems = append(problems, templates.Problem{Field: field, Text: text.T(ctx, key, pairs...)})
	}
	terms.Interval = d.Interval
	switch d.Amount {
	case "standard":
		terms.Amount = billing.StandardDues
	case "nothing":
		terms.Interval = billing.Monthly
	case "reduced", "more":
		typed := d.More
		if d.Amount == "reduced" {
			typed = d.Reduced
		}
		amount, err := money.Parse(typed)
		terms.Amount = amount
		switch {
		case err != nil:
			wrong(d.Amount, "form.not_pounds")
		case d.Amount == "reduced" && amount < billing.LeastDues:
			wrong(d.Amount, "form.too_little", "Least", billing.LeastDues)
		case d.Amount == "reduced" && amount >= billing.StandardDues:
			wrong(d.Amount, "form.not_less", "Standard", billing.StandardDues)
		case d.Amount == "more" && amount <= billing.StandardDues:
			wrong(d.Amount, "form.not_more", "Standard", billing.StandardDues)
		case (billing.Terms{Amount: amount, Interval: billing.Monthly}).Check() != nil:
			wrong(d.Amount, "form.too_much")
		}
	default:
		wrong("amount", "form.missing_amount")
	}
	if terms.Interval != billing.Monthly && terms.Interval != billing.Annual {
		wrong("interval", "form.missing_interval")
	}
	return terms, problems
}

func (s *Site) wayProblem(c echo.Context, d templates.Dues) templates.Problem {
	if slices.Contains(s.Dues.Providers(), s.asked(d).Provider) {
		return templates.Problem{}
	}
	return templates.Problem{Field: "provider", Text: text.T(c.Request().Context(), "form.missing_way")}
}

// toProvider sends somebody to the page on which they authorise their dues, or back to their membership if there is nothing to authorise.
func (s *Site) toProvider(c echo.Context, m member.Member, p billing.ProviderName, terms billing.Terms) error {
	done, nothing := "/join/done", "/join/done"
	if m.State == member.Admitted {
		done, nothing = "/membership/dues/done", "/membership?said=amount"
	}
	who := billing.Payer{Email: m.Email, Name: m.Name, Done: s.Base + done, Quit: s.Base + turnedBack}
	if p == billing.Stripe {
		who.Done += "?stripe={CHECKOUT_SESSION_ID}" // Stripe fills it in
	}
	to, err := s.Dues.Begin(c.Request().Context(), m.ID, p, terms, who)
	return leadOn(c, cmp.Or(to, nothing), err)
}

// turnedBack is where a provider's page sends those who do not pay there.
const turnedBack = "/membership?said=quit"

// leadOn sends somebody on to a provider's page, or says why there is none.
func leadOn(c echo.Context, to string, err error) error {
	switch {
	case errors.Is(err, billing.ErrBusy):
		return c.Redirect(http.StatusSeeOther, "/membership?said=busy")
	case errors.Is(err, billing.ErrRefused):
		return c.Redirect(http.StatusSeeOther, "/membership?said=refused")
	case err != nil:
		return err
	}
	maySay(c, turnedBack)
	return c.Redirect(http.StatusSeeOther, to)
}
