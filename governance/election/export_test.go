package election

// ReadRuleBooks is for tests of files that are not the society's.
var ReadRuleBooks = readRuleBooks
