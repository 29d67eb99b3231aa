package meeting

// Check holds a call against the rules.
var Check = Call.check
