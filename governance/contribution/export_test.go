package contribution

import "net/http"

// OpenDelivery is what a forge's delivery says, without a database.
func OpenDelivery(f *Forge, header http.Header, body []byte) (m Merged, merged bool, err error) {
	d, err := f.open(header, body)
	if err != nil || d.change == nil {
		return Merged{}, false, err
	}
	return d.change.Merged, true, nil
}

// NumberIn is a change's number in a commit's message.
func NumberIn(message string) string { return numberIn(message) }

// Trailers are the addresses of the co-authors in a commit's message.
func Trailers(message string) (addresses []string) {
	for _, t := range trailers(message) {
		addresses = append(addresses, t.email)
	}
	return addresses
}

// TakesBack reports whether a title is that of a revert.
func TakesBack(title string) bool { return takesBack(title) }
