package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"folkmoot/governance/member"
)

// Handler is the whole site. This is its map: find the address, follow the method.
func (s *Site) Handler() http.Handler {
	e := echo.New()
	e.HideBanner = true
	e.IPExtractor = s.sourceOf()
	e.HTTPErrorHandler = s.refuse
	e.Use(s.logged, headers(s.Production), speaking, recovered, middleware.BodyLimitWithConfig(middleware.BodyLimitConfig{Limit: maxBody, Skipper: roomy}), s.sameSite)

	e.Match([]string{http.MethodGet, http.MethodHead}, "/assets/*", echo.WrapHandler(s.Assets))

	known := []echo.MiddlewareFunc{middleware.ContextTimeout(patience), s.recognised}
	anyone := func(method, path string, do echo.HandlerFunc, also ...echo.MiddlewareFunc) {
		e.Add(method, path, do, slices.Concat(known, also)...)
		if method == http.MethodGet {
			e.HEAD(path, do, slices.Concat(known, also)...)
		}
	}
	person := func(method, path string, do echo.HandlerFunc, also ...echo.MiddlewareFunc) {
		anyone(method, path, do, slices.Concat([]echo.MiddlewareFunc{signedInOnly}, also)...)
	}
	paced := s.paced()
	api := func(method, path string, do echo.HandlerFunc) { person(method, path, do, paced) }
	const get, post = http.MethodGet, http.MethodPost
	officer := func(method, path string, do echo.HandlerFunc, roles ...member.Role) {
		person(method, path, do, s.office(roles...))
	}
	const secretary, steward, treasurer = member.Secretary, member.Steward, member.Treasurer

	anyone(get, "/", s.front)
	anyone(get, "/how-it-works", s.howItWorks)
	anyone(get, "/sign-in", s.askAddress)
	anyone(post, "/sign-in", s.sendCode)
	anyone(get, "/sign-in/code", s.askCode)
	anyone(post, "/sign-in/code", s.enter)
	anyone(post, "/sign-in/another", s.sendAnother)
	anyone(post, "/sign-out", s.signOut)
	anyone(get, "/i/:token", s.invitation)
	anyone(get, "/maildrop", s.maildrop, s.onlyHere)

	anyone(get, clockPath, s.practiceClock, s.practising, s.clockMoves)
	anyone(post, clockPath, s.moveClock, s.practising, s.clockMoves)

	anyone(get, "/finances", s.finances)
	anyone(get, "/finances/books/:file", s.bookFile)
	anyone(get, "/join", s.askToJoin, s.leadsToProviders)
	anyone(get, "/practice/stripe/checkout/:id", s.practiceCheckout, s.practising)
	anyone(post, "/practice/stripe/checkout/:id", s.payCheckout, s.practising)
	anyone(get, "/practice/gocardless/flow/:id", s.practiceMandate, s.practising)
	anyone(post, "/practice/gocardless/flow/:id", s.signMandate, s.practising)

	anyone(get, "/contributors", s.contributors)
	anyone(get, "/operators", s.operatorsList)
	anyone(get, "/practice/forge/login/oauth/authorize", s.practiceSignIn, s.forgePractised)
	anyone(post, "/practice/forge/login/oauth/authorize", s.practiceSignedIn, s.forgePractised)

	anyone(get, "/elections", s.elections)
	officer(get, "/elections/call", s.askElection, secretary, steward, treasurer)
	officer(post, "/elections/call", s.callElection, secretary, steward, treasurer)
	anyone(get, "/elections/:id", s.election)
	person(post, "/elections/:id/objections", s.objectToRoll)
	anyone(get, "/elections/:id/candidates", s.candidates)
	person(post, "/elections/:id/candidates", s.stand)
	person(post, "/elections/:id/candidates/nominate", s.nominate)
	person(post, "/elections/:id/candidates/:nomination/accept", s.acceptNomination)
	person(post, "/elections/:id/candidates/:nomination/withdraw", s.withdrawNomination)
	person(post, "/elections/:id/candidates/:nomination/second", s.secondNomination)
	person(post, "/elections/:id/questions", s.askCandidates)
	person(post, "/elections/:id/questions/:question", s.replyToQuestion)
	person(post, "/elections/:id/questions/:question/hide", s.hideQuestion, s.running)
	person(get, "/elections/:id/work", s.electionWork, s.running)
	officer(post, "/elections/:id/confirm", s.confirmElection, secretary, steward, treasurer)
	officer(post, "/elections/:id/call-off", s.callOffElection, secretary, steward, treasurer)
	person(post, "/elections/:id/returned", s.noticeReturned, s.running)
	person(get, "/elections/:id/letters", s.letters, s.running)
	person(post, "/elections/:id/letters/:member", s.letterPosted, s.running)
	person(post, "/elections/:id/objections/:objection", s.answerObjection, s.running)
	person(post, "/elections/:id/corrections", s.correctRoll, s.running)
	person(post, "/elections/:id/corrections/:correction/confirm", s.confirmCorrection, s.running)
	person(post, "/elections/:id/corrections/:correction/drop", s.dropCorrection, s.running)

	person(post, "/i/:token", s.acceptInvitation)
	person(get, "/welcome", s.askName)
	person(post, "/welcome", s.chooseName)
	person(get, "/chat", s.chat, named)
	person(get, "/devices", s.devices)
	person(get, "/devices/:id/revoke", s.askRevoke)
	person(post, "/devices/:id/revoke", s.revoke)

	person(get, "/membership/register", s.ownEntry)
	person(post, "/membership/register", s.correctOwnEntry)
	person(post, "/membership/register/charges/:charge", s.replyToCharge)

	person(get, "/contribute", s.contribute, s.leadsToForges)
	person(post, "/contribute/link", s.beginLink, s.leadsToForges)
	person(get, "/contribute/linked/:forge", s.linked, s.leadsToForges)
	person(post, "/contribute/unlink/:id", s.unlink, s.leadsToForges)
	person(post, "/contribute/address", s.linkAddress, s.leadsToForges)
	person(post, "/contribute/name", s.beCalled, s.leadsToForges)
	person(post, "/contribute/full-time", s.declare, s.leadsToForges)
	person(post, "/contribute/class", s.chooseClass, s.leadsToForges)
	person(get, "/practice/forge", s.practiceWork, s.forgePractised)
	person(post, "/practice/forge", s.practiceMerge, s.forgePractised)

	officer(get, "/register", s.register, secretary, steward)
	officer(get, "/register/members", s.members, secretary, steward)
	officer(get, "/register/entry/:id", s.entry, secretary, steward)
	officer(post, "/register/entry/:id/admit", s.admitApplicant, secretary)
	officer(post, "/register/entry/:id/refuse", s.refuseApplicant, secretary)
	officer(post, "/register/entry/:id/correct", s.correctEntry, secretary)
	officer(post, "/register/entry/:id/resigned", s.resigned, secretary)
	officer(post, "/register/entry/:id/died", s.died, secretary)
	officer(post, "/register/entry/:id/settle", s.shareSettled, secretary)
	officer(post, "/register/entry/:id/charge", s.bringCharge, secretary, steward)
	officer(post, "/register/entry/:id/charges/:charge/serve", s.serveCharge, secretary, steward)
	officer(post, "/register/entry/:id/charges/:charge/reply", s.writeReply, secretary, steward)
	officer(post, "/register/entry/:id/charges/:charge/decide", s.decideCharge, secretary)
	officer(post, "/register/entry/:id/operator", s.appointOperator, secretary, steward)
	officer(post, "/register/entry/:id/contributor", s.exceptMember, secretary, steward)
	officer(get, "/register/operators", s.registerOperators, secretary, steward, treasurer)
	officer(post, "/register/operators/:id/confirm", s.confirmOperator, secretary, steward, treasurer)
	officer(post, "/register/operators/:id/end", s.endOperator, secretary, steward, treasurer)
	officer(get, "/register/contribution", s.registerWork, secretary, steward, treasurer)
	officer(post, "/register/contribution/repositories", s.listRepository, secretary)
	officer(post, "/register/contribution/repositories/:id/delist", s.delistRepository, secretary)
	officer(post, "/register/contribution/exceptions", s.exceptChange, secretary, steward, treasurer)
	officer(post, "/register/contribution/exceptions/:id/confirm", s.confirmException, secretary, steward, treasurer)
	officer(post, "/register/contribution/exceptions/:id/end", s.endException, secretary, steward, treasurer)
	officer(post, "/register/contribution/full-time/:id/confirm", s.confirmFullTime, secretary)
	officer(post, "/register/contribution/full-time/:id/end", s.endFullTime, secretary)
	officer(get, "/register/officers", s.officers, secretary, steward, treasurer)
	officer(post, "/register/officers", s.proposeOfficer, secretary, steward, treasurer)
	officer(post, "/register/officers/:id/confirm", s.confirmOfficer, secretary, steward, treasurer)
	officer(post, "/register/officers/:id/withdraw", s.withdrawOfficer, secretary, steward, treasurer)
	officer(get, "/register/lapses", s.lapses, steward)
	officer(post, "/register/lapses/:id/lapse", s.lapse, steward)
	officer(post, "/register/lapses/:id/leave", s.spare, steward)
	officer(post, "/register/lapses/:id/restore", s.restore, steward)
	officer(get, "/register/inspections", s.inspections, secretary)
	officer(post, "/register/inspections", s.askInspection, secretary)
	officer(post, "/register/inspections/:id", s.answerInspection, secretary)
	officer(get, "/register/rules", s.rules, secretary)
	officer(post, "/register/rules", s.setRules, secretary)
	officer(get, "/register/audit", s.auditLog, secretary, steward, treasurer)

	e.POST(hookDoor, s.webhook, middleware.ContextTimeout(patience))
	e.POST(forgeDoor, s.forgeHook, middleware.ContextTimeout(patience))

	person(post, "/join", s.join, s.leadsToProviders)
	person(get, "/join/done", s.joined, belonging)
	person(get, "/membership", s.membership, belonging)
	person(get, "/membership/amount", s.askAmount, belonging, s.leadsToProviders)
	person(post, "/membership/amount", s.changeAmount, belonging, s.leadsToProviders)
	person(get, "/membership/dues", s.askWay, belonging, s.leadsToProviders)
	person(post, "/membership/dues", s.changeWay, belonging, s.leadsToProviders)
	person(get, "/membership/share", s.askShare, belonging, s.leadsToProviders)
	person(post, "/membership/share", s.payShare, belonging, s.leadsToProviders)
	person(get, "/membership/share/done", s.sharePaid, belonging)
	person(get, "/membership/leave", s.askLeave, belonging)
	person(post, "/membership/leave", s.leave, belonging)
	person(get, "/membership/refund", s.askRefund, belonging)
	person(post, "/membership/refund", s.refund, belonging)
	person(get, "/membership/receipts/:number", s.receipt, belonging)
	person(get, "/membership/export", s.export, belonging)
	person(get, "/impact", s.impact, belonging)
	person(post, "/impact", s.wishImpact, belonging)
	person(get, "/practice", s.playTheBank, s.practising)
	person(post, "/practice", s.play, s.practising)

	officer(get, "/treasury", s.treasury, treasurer)
	officer(post, "/treasury/close", s.closeMonth, treasurer)
	officer(post, "/treasury/statement", large(s.importStatement), treasurer)
	officer(post, "/treasury/lines/:id/match", s.matchLine, treasurer)
	officer(post, "/treasury/lines/:id/explain", s.explainLine, treasurer)
	officer(post, "/treasury/lines/:id/sort", s.sortLine, treasurer)
	officer(get, "/treasury/costs", s.askCosts, treasurer)
	officer(post, "/treasury/costs", s.recordCost, treasurer)
	officer(post, "/treasury/costs/import", large(s.importCosts), treasurer)
	officer(post, "/treasury/correct", s.takeBack, treasurer)
	officer(get, "/treasury/exceptions", s.exceptions, treasurer)
	officer(post, "/treasury/exceptions/again", s.lookAgain, treasurer)
	officer(post, "/treasury/exceptions/aside", s.putAside, treasurer)
	officer(get, "/treasury/members", s.findMember, treasurer)
	officer(get, "/treasury/members/:id", s.memberDues, treasurer)
	officer(post, "/treasury/members/:id/waive", s.waive, treasurer)
	officer(get, "/treasury/refund", s.askRefundOf, treasurer)
	officer(post, "/treasury/refund", s.refundOf, treasurer)
	officer(get, "/treasury/year", s.year, treasurer)
	officer(get, "/treasury/year.csv", s.yearFile, treasurer)

	person(get, "/ws", s.socket)
	person(post, "/api/people", s.addPerson)
	api(get, "/api/me", s.me)
	api(get, "/api/people", s.people)
	api(post, "/api/people/:account/accept", s.acceptPerson)
	api(post, "/api/people/:account/decline", s.declinePerson)
	api(post, "/api/people/:account/block", s.blockPerson)
	api(post, "/api/people/:account/unblock", s.unblockPerson)
	api(post, "/api/people/:account/remove", s.removePerson)
	api(post, "/api/invitations", s.invite)

	return e
}
