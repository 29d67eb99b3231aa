package participation

func accountKinds(p Periods) []Kind {
	return []Kind{
		{ID: "account", Group: AboutAccount, Readers: []Reader{You, Contacts, Operators}, Places: []Place{
			in("accounts", "id name language since opened"),
		}},
		{ID: "address", Group: AboutAccount, Readers: []Reader{You, Contacts, Operators}, Places: []Place{
			in("addresses", "scheme value typed account since verified"),
		}},
		{ID: "code", Group: AboutAccount, Readers: []Reader{Operators, Post}, Lasts: p.Challenge, Places: []Place{
			in("challenges", "id scheme value typed language source since expires tries spent"),
			letter("Code"),
		}},
		{ID: "device", Group: AboutAccount, Readers: []Reader{You, Operators}, Places: []Place{
			in("devices", "id account name secret since seen revoked"),
		}},
		{ID: "session", Group: AboutAccount, Readers: []Reader{Operators}, Lasts: p.Session, Places: []Place{
			in("sessions", "token device renewed expires"),
		}},
		{ID: "device_cookies", Group: AboutAccount, Readers: []Reader{You}, Lasts: p.DeviceCookie, Places: []Place{
			cookie("__Host-session"), cookie("__Host-device"),
		}},
		{ID: "code_cookie", Group: AboutAccount, Readers: []Reader{You}, Lasts: p.ChallengeCookie, Places: []Place{
			cookie("__Host-challenge"),
		}},
		{ID: "said_cookie", Group: AboutAccount, Readers: []Reader{You}, Lasts: p.SaidCookie, Places: []Place{
			cookie("__Host-said"),
		}},
	}
}

func chatKinds(p Periods) []Kind {
	return []Kind{
		{ID: "in", Group: AboutChats, Readers: []Reader{You, Chatting, Operators}, Lasts: p.In, Places: []Place{
			topic("in"),
		}},
		{ID: "mailbox", Group: AboutChats, Readers: []Reader{You, Operators}, Lasts: p.Mailbox, Places: []Place{
			topic("m-*"),
			in("mailboxes", "id cell topic partition incarnation ready account made_at"),
			in("cursors", "device mailbox incarnation next_offset acked_at"),
		}},
		{ID: "chat_store", Group: AboutChats, Readers: []Reader{You}, Places: []Place{
			kept("folkmoot-*-*", "messages outbox returned conversations people notes"),
		}},
		{ID: "conversation", Group: AboutChats, Readers: []Reader{You, Chatting, Operators}, Places: []Place{
			in("conversations", "id kind cell partition made_at"),
			in("participants", "conversation account"),
		}},
		{ID: "contact", Group: AboutChats, Readers: []Reader{You, Operators}, Places: []Place{
			in("contacts", "owner account address added_at"),
		}},
		{ID: "addition", Group: AboutChats, Readers: []Reader{Operators}, Places: []Place{
			in("additions", "id owner added_at"),
		}},
		{ID: "block", Group: AboutChats, Readers: []Reader{You, Operators}, Places: []Place{
			in("blocks", "owner account blocked_at"),
		}},
		{ID: "request", Group: AboutChats, Readers: []Reader{You, Chatting, Operators}, Lasts: p.Request, Places: []Place{
			in("requests", "recipient sender conversation pos_incarnation pos_partition pos_offset state copy asked_at"),
		}},
		{ID: "verdict", Group: AboutChats, Readers: []Reader{You, Operators}, Lasts: p.Verdict, Places: []Place{
			in("verdicts", "device message nth recipient pos_incarnation pos_partition pos_offset outcome reason judged_at"),
		}},
		{ID: "parked", Group: AboutChats, Readers: []Reader{Operators}, Lasts: p.Parked, Places: []Place{
			in("parked", "pos_incarnation pos_partition pos_offset recipient reason record parked_at"),
			in("outbox", "id account kind subject queued_at parked_at reason"),
		}},
		{ID: "invitation", Group: AboutChats, Readers: []Reader{You, Operators}, Lasts: p.Invite, Places: []Place{
			in("invitations", "token_hash account uses_left made_at expires_at"),
		}},
		{ID: "said", Group: AboutChats, Readers: []Reader{You, Operators}, Lasts: p.Said, Places: []Place{
			in("society_messages", "id told text said_at"),
		}},
	}
}
