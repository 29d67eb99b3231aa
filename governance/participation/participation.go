// Package participation keeps what members propose and what became of it: proposals and the board's answers, the roadmap, the quarterly ballot of
// priorities, and what the service holds about people and how that may change.
package participation
