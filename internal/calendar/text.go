package calendar

// MarshalText writes the day as String does, and no day as nothing: so it stands in the files that people export.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d = Date{}
	if len(text) > 0 {
		*d, err = ParseDate(string(text))
	}
	return err
}

// MarshalText writes the month as String does, and no month as nothing.
func (m Month) MarshalText() ([]byte, error) {
	if m.IsZero() {
		return nil, nil
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Month) UnmarshalText(text []byte) (err error) {
	*m = Month{}
	if len(text) > 0 {
		*m, err = ParseMonth(string(text))
	}
	return err
}
