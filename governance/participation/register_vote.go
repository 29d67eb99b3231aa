package participation

func voteKinds() []Kind {
	running := []Reader{Returning, Officers, Operators}
	return []Kind{
		{ID: "election", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("elections", "id title rule rule_book minute notice nominations_open nominations_close record objections_close hustings_open "+
				"hustings_close poll_opens poll_closes count_on terms_begin proposed_by proposed_at confirmed_by confirmed_at noticed_at ended_by "+
				"ended_why ended_at certified_at seated_at ballots motion needs about"),
			in("election_seats", "election class seats"),
			in("contests", "election class seats outcome ceased manifest manifest_hash opened_at beacon beacon_by beacon_at papers emptied_by "+
				"emptied_why emptied_at log_home log_size log_root log_sums"),
			in("rolls", "election version ordinary operators contributors hash correction made_at"),
		}},
		{ID: "duty", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("election_duties", "election account duty"),
			in("duty_replacements", "id election whom successor why proposed_by proposed_at confirmed_by confirmed_at dropped_by dropped_at"),
		}},
		{ID: "election_letter", Group: AboutVotes, Readers: append([]Reader{You, Post}, running...), Places: []Place{
			in("election_notices", "election member mailed_at bounced_at bounced_why posted"),
			letter("Notice"), letter("Nominee"), letter("Result"),
		}},
		{ID: "roll", Group: AboutVotes, Readers: append([]Reader{You, Signer}, running...), Places: []Place{
			in("roll_entries", "election member version class"),
			in("roll_drafts", "election member class"),
			in("roll_corrections", "id election member class why proposed_by proposed_at confirmed_by confirmed_at dropped_by dropped_at"),
			in("roll_objections", "id election member words made_at answer answered_by answered_at"),
		}},
		{ID: "nomination", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("nominations", "id election class candidate proposer name statement interests proposed_at accepted_at withdrawn_at"),
			in("contest_candidates", "election class number nomination name struck_by struck_why struck_at"),
		}},
		{ID: "seconder", Group: AboutVotes, Readers: []Reader{Operators}, Places: []Place{
			in("nomination_seconders", "nomination member seconded_at"),
		}},
		{ID: "hustings", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("hustings_questions", "id election class member words asked_at hidden_by hidden_why hidden_at"),
			in("hustings_answers", "question nomination words answered_at"),
		}},
		{ID: "marked", Group: AboutVotes, Readers: append([]Reader{You}, running...), Places: []Place{
			in("marked_register", "election member class issued_at received_by received_at blinded blind_signature"),
		}},
		{ID: "paper", Group: AboutVotes, Readers: running, Places: []Place{
			in("paper_entries", "election class paper entered_by marks rejected entered_at"),
			in("paper_rulings", "election class paper marks rejected why ruled_by ruled_at"),
		}},
		{ID: "box", Group: AboutVotes, Readers: []Reader{Scrutineers, Operators}, Places: []Place{
			in("casts", "contest key_hash sequence entry statement sealed logged"),
			in("peeled_casts", "contest entry pair peeled"),
			in("opened_casts", "contest entry pair spoiled opening"),
		}},
		{ID: "log", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			file("bulletin/**"),
		}},
		{ID: "voting_store", Group: AboutVotes, Readers: []Reader{You}, Places: []Place{
			kept("folkmoot-votes-*", "votes recoveries"),
		}},
		{ID: "recovery", Group: AboutVotes, Readers: []Reader{You}, Places: []Place{
			in("voter_recoveries", "election member ciphertext"),
		}},
		{ID: "tendered", Group: AboutVotes, Readers: running, Places: []Place{
			in("tendered_ballots", "election member class why issued_by issued_at commitment sealed"),
		}},
		{ID: "voting_keys", Group: AboutVotes, Readers: []Reader{Scrutineers, Officers, Operators}, Places: []Place{
			in("election_signers", "election token_hash linked_by linked_at address issuer"),
			in("election_keys", "election class scrutineers society"),
			in("opening_keys", "election account number public made_at token_hash"),
			in("issued_statements", "election class voters issued signature"),
		}},
		{ID: "second_signer", Group: AboutVotes, Readers: []Reader{Signer, Post}, Places: []Place{
			signed("signer_elections", "election title poll_closes roll_hash"),
			signed("signer_contests", "election class private contest told"),
			signed("signer_voters", "election member class address mailed blinded blind_signature"),
			told("SignerCopy", "election title poll_closes roll manifests"),
			told("RollLine", "member class address issued"),
			letter("VoteCode"),
		}},
		{ID: "certificate", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("certificates", "election version body papers why made_by made_at"),
			in("certificate_signatures", "election version account duty name signed_at"),
		}},
		{ID: "challenge", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("election_challenges", "id election member words made_at outcome answer minute decided_by decided_at"),
		}},
		{ID: "seat", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("board_seats", "id class seat member name interests way election minute since until recorded_by recorded_at ended ended_why ended_by ended_at"),
			in("board_interests", "id member words declared_at"),
		}},
		{ID: "board_work", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("board_meetings", "id held minute corrects recorded_by recorded_at"),
			in("board_attendance", "meeting seat here"),
			in("board_decisions", "id decided words reasons minute corrects recorded_by recorded_at"),
			in("board_votes", "decision seat vote"),
			in("board_vouchers", "decision seat holds words said_at"),
		}},
		{ID: "board_question", Group: AboutVotes, Readers: []Reader{Everybody}, Places: []Place{
			in("board_questions", "id member shown_as words asked_at due hidden_by hidden_why hidden_at"),
			in("board_answers", "id question seat words answered_by answered_at"),
			in("board_answers_hidden", "answer hidden_by hidden_why hidden_at"),
		}},
	}
}
