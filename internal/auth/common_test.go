package auth

import "testing"

func TestCommonPasswords(t *testing.T) {
	if n := len(commonPasswords()); n != 3000 {
		t.Errorf("the list has %d passwords", n)
	}
	for _, password := range []string{
		"password", "PassWord1", "12345678", "1234567890", "iloveyou", "qwertyuiop", "1q2w3e4r5t",
		"sunshine", "princess", "football", "jennifer",
	} {
		if !isCommon(password) {
			t.Errorf("%q is not common", password)
		}
	}
	for _, password := range []string{goodPassword, "", "kwyrilat", "password-of-ada"} {
		if isCommon(password) {
			t.Errorf("%q is common", password)
		}
	}
}
