package participation

func membershipKinds(p Periods) []Kind {
	return []Kind{
		{ID: "entry", Group: AboutMembership, Readers: []Reader{You, Secretary, Stewards, Members, Operators}, Places: []Place{
			in("members", "id state name address postcode email age sought name_key address_key place_key email_key applied_at decided_at decided_by "+
				"refused_why entered ceased ending ended_why"),
		}},
		{ID: "decision_letter", Group: AboutMembership, Readers: []Reader{You, Post}, Places: []Place{
			letter("Decision"), letter("Standing"),
		}},
		{ID: "share", Group: AboutMembership, Readers: []Reader{You, Secretary, Stewards, Treasurers, Operators}, Places: []Place{
			in("shares", "member issued paid wish settled"),
		}},
		{ID: "joined", Group: AboutMembership, Readers: []Reader{Operators}, Places: []Place{
			in("member_accounts", "member account latest"),
		}},
		{ID: "looks", Group: AboutMembership, Readers: []Reader{You, Operators}, Places: []Place{
			in("register_access", "day account purpose member at"),
		}},
		{ID: "inspection", Group: AboutMembership, Readers: []Reader{Secretary, Operators}, Places: []Place{
			in("inspections", "id who why asked answer shown noted_by answered_by answered_at"),
		}},
		{ID: "charge", Group: AboutMembership, Readers: []Reader{You, Secretary, Stewards, Operators}, Places: []Place{
			in("charges", "id member rule words brought_by brought_at served reply_until reply replied_at decision minute decided_by decided_at"),
		}},
		{ID: "class", Group: AboutMembership, Readers: []Reader{You, Operators}, Places: []Place{
			in("class_choices", "id member class chosen_at"),
		}},
		{ID: "merged", Group: AboutMembership, Readers: []Reader{You, Officers, Operators}, Places: []Place{
			in("merged_changes", "id repository number merged_at title sha source ignored evidence recorded_at"),
			in("change_credits", "change forge subject login part recorded_at"),
			file("repositories/**"),
		}},
		{ID: "forge_link", Group: AboutMembership, Readers: []Reader{You, Operators}, Places: []Place{
			in("contributor_links", "id forge subject member login linked_at unlinked_at"),
		}},
		{ID: "forge_sign_in", Group: AboutMembership, Readers: []Reader{Operators, Forges}, Lasts: p.ForgeSignIn, Places: []Place{
			in("forge_sign_ins", "state forge member verifier made_at"),
			told("forge", "client_id redirect_uri response_type state code_challenge code_challenge_method scope"),
		}},
		{ID: "forge_delivery", Group: AboutMembership, Readers: []Reader{Operators}, Lasts: p.Delivery, Places: []Place{
			in("forge_deliveries", "forge id outcome received_at"),
		}},
		{ID: "contributor_name", Group: AboutMembership, Readers: []Reader{Everybody}, Places: []Place{
			in("contributor_names", "id member name said_at"),
		}},
		{ID: "exception", Group: AboutMembership, Readers: []Reader{You, Officers, Operators}, Places: []Place{
			in("work_exceptions", "id kind change member first last why proposed_by proposed_at confirmed_by confirmed_at ended_by ended_why ended_at"),
			in("full_time", "id member words first last declared_at confirmed_by confirmed_at ended_by ended_why ended_at"),
		}},
		{ID: "operator", Group: AboutMembership, Readers: []Reader{Everybody}, Places: []Place{
			in("operators", "id member name runs since minute why proposed_by proposed_at confirmed_by held_from end_asked_by end_why ended_by ended_at"),
		}},
		{ID: "office", Group: AboutMembership, Readers: []Reader{You, Officers, Operators}, Places: []Place{
			in("offices", "id account role why proposed_by proposed_at confirmed_by held_from end_asked_by end_why ended_by ended_at"),
		}},
		{ID: "audit", Group: AboutMembership, Readers: []Reader{You, Officers, Operators}, Places: []Place{
			in("audit", "id account role what about why at"),
		}},
	}
}

func duesKinds() []Kind {
	return []Kind{
		{ID: "terms", Group: AboutDues, Readers: []Reader{You, Treasurers, Stewards, Operators}, Places: []Place{
			in("dues_members", "member joined gone since"),
			in("dues_terms", "member n amount paid from_period chosen_at"),
			in("dues_facts", "id member kind period day provider payment account why recorded_at"),
		}},
		{ID: "authority", Group: AboutDues, Readers: []Reader{You, Treasurers, Operators, Processors}, Places: []Place{
			in("dues_flows", "key provider id member amount paid share starts url state made_at"),
			in("dues_methods", "provider ref member state description customer paid_to replaced_by wanted version made_at"),
		}},
		{ID: "payment", Group: AboutDues, Readers: []Reader{You, Treasurers, Operators, Processors}, Places: []Place{
			in("dues_attempts", "id member period periods attempt provider method amount share charge_on state live payment reason made_at"),
			in("dues_payments", "provider ref member attempt method state amount share periods fee refunded disputed made_at paid_at charge_on next_try "+
				"action reason payout version entries booked booked_fee booked_disputed booked_lost"),
			in("dues_parts", "id provider payment member kind period month amount whole released"),
			in("dues_receipts", "year n member provider payment amount share issued_on"),
			in("dues_refunds", "id provider payment member amount total account role why state ref reason made_at"),
			in("dues_put_aside", "matter provider ref trouble day"),
		}},
		{ID: "providers", Group: AboutDues, Readers: []Reader{Processors}, Places: []Place{
			told("Setup", "Key Member Email Name Terms Share First Done Quit"),
			told("Collection", "Key Member Method Amount Share On Words"),
			told("RefundOrder", "Key Payment Amount Total"),
		}},
		{ID: "dues_letter", Group: AboutDues, Readers: []Reader{You, Treasurers, Operators, Post}, Places: []Place{
			in("dues_notices", "member since n due_at sent_at"),
			letter("Dues"), letter("WayLost"),
		}},
		{ID: "impact", Group: AboutDues, Readers: []Reader{You, Operators, Post}, Places: []Place{
			in("impact_told", "month member mailed_at"),
			in("impact_wishes", "member mails messages since"),
			letter("Impact"),
		}},
		{ID: "webhook", Group: AboutDues, Readers: []Reader{Treasurers, Operators}, Places: []Place{
			in("dues_inbox", "provider event kind about_kind about at received_at state tries reason"),
		}},
		{ID: "payout", Group: AboutDues, Readers: []Reader{Treasurers, Operators, Processors}, Places: []Place{
			in("dues_payouts", "provider ref amount arrives state words trouble version entries booked"),
			in("dues_payout_items", "provider payout n kind payment amount"),
		}},
	}
}
