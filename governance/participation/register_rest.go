package participation

import "time"

const aDay = 24 * time.Hour

func partKinds() []Kind {
	return []Kind{
		{ID: "proposal", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("proposals", "id author shown_as version made_at reached_at threshold supporters answer_due told outcome closed_at taken_down_by "+
				"taken_down_why taken_down_at"),
			in("proposal_versions", "proposal number title problem change affected cost why substantial made_at"),
			in("proposal_answers", "id proposal version outcome reasons minute due answered_by acted_as answered_at"),
			in("proposals_fts", "proposal title body"), only("postgres", in("proposals_fts", "words")),
			only("sqlite", in("proposals_fts_config", "k v")), only("sqlite", in("proposals_fts_content", "id c0 c1 c2")),
			only("sqlite", in("proposals_fts_data", "id block")), only("sqlite", in("proposals_fts_docsize", "id sz")),
			only("sqlite", in("proposals_fts_idx", "segid term pgno")),
			letter("Proposal"),
		}},
		{ID: "supporter", Group: AboutPart, Readers: []Reader{You, Operators}, Lasts: rememberDays * aDay, Places: []Place{
			in("proposal_supporters", "proposal member seen"),
		}},
		{ID: "proposal_comment", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("proposal_comments", "id proposal member shown_as words made_at hidden_by hidden_why hidden_at"),
		}},
		{ID: "roadmap", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("roadmap_items", "id version added_at"),
			in("roadmap_versions", "item number title words status owner proposal minute estimate actual why changed_by acted_as changed_at"),
		}},
		{ID: "priority", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("priority_ballots", "id quarter take members opened_by opened_at closes_at counted_at seed"),
			in("priority_choices", "ballot number item title"),
			in("priority_rankings", "ballot number class ranking"),
			in("priority_results", "ballot class ballots places"),
		}},
		{ID: "priority_vote", Group: AboutPart, Readers: []Reader{You, Operators}, Places: []Place{
			in("priority_votes", "ballot member class ranking"),
		}},
		{ID: "meeting", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("meetings", "id kind title why meets_at place link motions_by amendments_by chair chair_name minutes minutes_name proposed_by proposed_at "+
				"confirmed_by confirmed_at ordered_at adjourned opened_at opened_name present quorum closed_at ended_by ended_why ended_at signed_at signed_name"),
			in("meeting_seats", "meeting nth chair_name minutes_name given_at"),
			in("meeting_motions", "id meeting proposer shown_as from_board title reasons needs version made_at seconder seconded_at gone_at ruled_by ruled_why "+
				"number outcome decided_at election ballot_yes ballot_no"),
			in("meeting_versions", "motion number words amendment made_at"),
			in("meeting_amendments", "id motion version proposer shown_as words reasons floor made_at seconder seconded_at gone_at ruled_by ruled_why outcome decided_at"),
			in("meeting_votes", "id meeting motion amendment version opened_at room_yes room_no room_abstain closed_at yes no abstain carried off_why"),
			in("meeting_notes", "meeting item words noted_at"),
			in("meeting_additions", "id meeting words added_by added_as added_at"),
			in("meeting_actions", "id meeting words who due made_by made_at done_by done_at note"),
		}},
		{ID: "meeting_notice", Group: AboutPart, Readers: []Reader{You, Officers, Operators, Post}, Places: []Place{
			in("meeting_notices", "meeting what member mailed_at bounced_at bounced_why posted"),
			letter("Meeting"),
		}},
		{ID: "meeting_presence", Group: AboutPart, Readers: []Reader{You, Members, Operators}, Places: []Place{
			in("meeting_attendance", "meeting member way came_at left_at"),
			in("meeting_ballot_askers", "motion member"),
		}},
		{ID: "meeting_choice", Group: AboutPart, Readers: []Reader{You, Operators}, Places: []Place{
			in("meeting_choices", "vote member choice"),
		}},
		{ID: "notice_wish", Group: AboutPart, Readers: []Reader{You, Operators}, Places: []Place{
			in("notice_wishes", "account chat mail card counted put_away since"),
		}},
		{ID: "notice", Group: AboutPart, Readers: []Reader{You, Operators, Post}, Places: []Place{
			in("notices", "year account told guarded chat mail unsettled tries next_at said_at claimed_at mailed_at"),
			letter("AnnualLetter"),
		}},
		{ID: "how_far", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("notice_campaigns", "year day prepared_by prepared_at attempt worked_out_at released_by released_at"),
			in("notice_histogram", "year told people"),
		}},
		{ID: "privacy_change", Group: AboutPart, Readers: []Reader{Everybody}, Places: []Place{
			in("privacy_changes", "id title was becomes why risk major emergency urgency drafted_by drafted_at published_by published_at notice comments_until "+
				"decide_by expires withdrawn_by withdrawn_why withdrawn_at outcome changes reasons minute decided_by decided_at election called_by called_at "+
				"carried voted_at"),
		}},
		{ID: "privacy_comment", Group: AboutPart, Readers: []Reader{Everybody}, Lasts: forgetAfter * aDay, Places: []Place{
			in("privacy_comments", "id change nth member words said_on hidden_by hidden_as hidden_why hidden_at"),
		}},
		{ID: "privacy_answer", Group: AboutPart, Readers: []Reader{You, Operators}, Lasts: forgetAfter * aDay, Places: []Place{
			in("privacy_answers", "comment member class answer"),
			in("privacy_counts", "comment class answer members"),
		}},
	}
}

func bookKinds() []Kind {
	return []Kind{
		{ID: "ledger", Group: AboutBooks, Readers: []Reader{Treasurers, Operators}, Places: []Place{
			in("entries", "source_key date month kind words member document lines recorded_at"),
			in("postings", "entry line account amount"),
			in("costs", "entry account amount supplier invoice over"),
			in("months", "month bank closed_by closed_at"),
		}},
		{ID: "bank", Group: AboutBooks, Readers: []Reader{Treasurers, Operators}, Places: []Place{
			in("bank_lines", "id nth date month words amount balance imported_by imported_at entry matched_by matched_at"),
		}},
		{ID: "active", Group: AboutBooks, Readers: []Reader{Everybody}, Places: []Place{
			in("monthly_active", "month people counted_at"),
		}},
		{ID: "rules", Group: AboutBooks, Readers: []Reader{Everybody}, Places: []Place{
			in("rule_book", "id admit_on_payment minimum_age minimum_membership account why at contribution_window support_least support_permille answer_days comment_days "+
				"emergency_days meeting_days quorum_least quorum_percent ballot_askers"),
		}},
		{ID: "repositories", Group: AboutBooks, Readers: []Reader{Everybody}, Places: []Place{
			in("work_repositories", "id forge subject path clone listed_by listed_why listed_at delisted_by delisted_at"),
		}},
	}
}

func technicalKinds(p Periods) []Kind {
	return []Kind{
		{ID: "job", Group: AboutTechnical, Readers: []Reader{Operators}, Lasts: p.JobDone, Again: p.JobGivenUp, Places: []Place{
			in("river_job", "id args attempt attempted_at attempted_by created_at errors finalized_at kind max_attempts metadata priority queue state "+
				"scheduled_at tags unique_key unique_states"),
		}},
		{ID: "queue", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			in("river_client", "id created_at metadata paused_at updated_at"),
			in("river_client_queue", "river_client_id name created_at max_workers metadata num_jobs_completed num_jobs_running updated_at"),
			in("river_leader", "elected_at expires_at leader_id name"),
			in("river_queue", "name created_at metadata paused_at updated_at"),
			in("river_migration", "line version created_at"),
		}},
		{ID: "files", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			file("folkmoot.db"), file("folkmoot.db-wal"), file("folkmoot.db-shm"), file("kafka/**"),
			file("scrutineer/folkmoot.db"), file("scrutineer/folkmoot.db-wal"), file("scrutineer/folkmoot.db-shm"),
		}},
		{ID: "server_key", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			file("server.key"), file("scrutineer/server.key"),
		}},
		{ID: "state", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			in("in_logs", "cell identity incarnation"),
			in("settings", "name value"),
			in("leases", "name holder until"),
			in("dues_marks", "provider upto"),
			in("forge_marks", "repository source upto"),
			in("goose_db_version", "id version_id is_applied tstamp"),
			{Store: InDatabase, Name: "sqlite_sequence", Parts: []string{"name", "seq"}, Only: "sqlite"},
			signed("goose_db_version", "id version_id is_applied tstamp"), signed("river_migration", "line version created_at"),
			only("sqlite", signed("proposals_fts_config", "k v")), only("sqlite", signed("proposals_fts_data", "id block")), // made with the schema, empty
			{Store: InSigner, Name: "sqlite_sequence", Parts: []string{"name", "seq"}, Only: "sqlite"},
			topic("__consumer_offsets"),
			file("clock"),
		}},
		{ID: "request_log", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			{Store: InMemory, Name: "request log", Parts: []string{"route", "method", "status", "ms", "request"}},
			{Store: InMemory, Name: "metrics"},
		}},
		{ID: "limits", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			{Store: InMemory, Name: "sockets"}, {Store: InMemory, Name: "rate limits"},
		}},
		{ID: "maildrop", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			{Store: InMemory, Name: "maildrop"},
		}},
		{ID: "practice", Group: AboutTechnical, Readers: []Reader{Operators}, Places: []Place{
			in("practice_objects", "provider id kind about number body made_at changed_at"),
			in("practice_keys", "provider name request status answer made_at"),
			in("practice_events", "provider id number kind about body made_at sent_at"),
		}},
	}
}
