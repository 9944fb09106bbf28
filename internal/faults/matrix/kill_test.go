package matrix

// killed ends the process before a step, so also after the one before, for good.
var killed = fault{
	sampled: inPostgres,
	plan:    func(a *attempt) plan { return plan{before: a.by.kill} },
}
