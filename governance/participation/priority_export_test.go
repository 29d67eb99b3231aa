package participation

// Apart is the rule of small classes, which tests hold against tables.
var Apart = apart
