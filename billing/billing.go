// Package billing keeps what members owe and paid, and the society's books.
package billing
