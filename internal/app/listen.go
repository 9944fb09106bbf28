package app

import (
	"context"
	"errors"
	"net"
	"syscall"

	"github.com/lectern-project/lectern/internal/book"
)

// CheckAddress returns Invalid for an address that is no HOST:PORT, whatever the network is like. The
// error names the setting. Nothing is opened, and no host is looked up.
func CheckAddress(setting, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", port) // asks no server
	}
	if err != nil {
		return book.Wrap(book.Invalid, err, "%s is %q; it must be HOST:PORT with a port up to 65535, "+
			"such as 127.0.0.1:8090", setting, address)
	}
	return nil
}

// Listen opens the port of the address that a flag gives; the error names what to do when it is in
// use.
func Listen(ctx context.Context, flag, address string) (net.Listener, error) {
	if address == "" { // the network package would take any port of all addresses
		return nil, book.Errorf(book.Invalid, "%s is empty; give it as HOST:PORT, such as "+
			"127.0.0.1:8080", flag)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, book.Wrap(book.Conflict, err, "%s is in use by another program; stop that, or "+
			"choose another port with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, book.Wrap(book.Unavailable, err, "%s may not be listened on by this user; "+
			"choose a port above 1023 with %s", address, flag)
	case err != nil:
		return nil, book.Wrap(book.Invalid, err, "%s cannot be listened on; give %s as "+
			"HOST:PORT, such as 127.0.0.1:8080", address, flag)
	}
	return l, nil
}
