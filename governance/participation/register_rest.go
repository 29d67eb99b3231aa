package participation

func partKinds() []Kind {
	return []Kind{}
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
		{ID: "rules", Group: AboutBooks, Readers: []Reader{Officers, Operators}, Places: []Place{
			in("rule_book", "id admit_on_payment minimum_age minimum_membership account why at contribution_window"),
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
