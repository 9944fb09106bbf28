package llm

import "fmt"

// StatusError is the cause of a failure that a provider reported, for the log. It holds neither the
// request nor what a provider says about a key, because some repeat it.
func StatusError(class Class, status int, code, message string) error {
	if class == BadKey {
		message = ""
	}
	return fmt.Errorf("status %d %s: %.200s", status, code, message)
}
